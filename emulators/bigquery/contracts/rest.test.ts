// What clients in other languages send, with plain HTTP.
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { useTestServer } from '../test-client.ts';

const server = useTestServer();
const send: typeof server.send = (...request) => server.send(...request);
const query = (body: object) => send('POST', '/queries', { useLegacySql: false, ...body });
const named = (name: string, type: object, value: object) => ({
  name,
  parameterType: type,
  parameterValue: value,
});

test('arrays of structs, nulls and big integers pass as parameters', async () => {
  const struct = { type: 'STRUCT', structTypes: [{ name: 'a', type: { type: 'INT64' } }] };
  const { body } = await query({
    query:
      'SELECT @big AS big, @none AS none, ARRAY(SELECT p.a FROM UNNEST(@list) AS p) AS list, @raw AS raw',
    parameterMode: 'NAMED',
    queryParameters: [
      named('big', { type: 'INT64' }, { value: '-9223372036854775808' }),
      named('none', { type: 'DATE' }, { value: null }),
      named(
        'list',
        { type: 'ARRAY', arrayType: struct },
        { arrayValues: [{ structValues: { a: { value: '7' } } }] },
      ),
      named('raw', { type: 'BYTES' }, { value: 'AP8=' }),
    ],
  });
  expect(body['schema']).toMatchObject({
    fields: [{ type: 'INTEGER' }, { type: 'DATE' }, { type: 'INTEGER', mode: 'REPEATED' }, { type: 'BYTES' }],
  });
  expect(body['rows']).toEqual([
    { f: [{ v: '-9223372036854775808' }, { v: null }, { v: [{ v: '7' }] }, { v: 'AP8=' }] },
  ]);
});

test('a query with optional job creation answers with rows and an id', async () => {
  const { body } = await query({ query: 'SELECT 1', jobCreationMode: 'JOB_CREATION_OPTIONAL' });
  expect(body).toMatchObject({ jobComplete: true, totalRows: '1', queryId: expect.any(String) as unknown });
});

test('timestamps come in the form that was asked for', async () => {
  const cell = async (formatOptions?: object) => {
    const { status, body } = await query({
      query: `SELECT TIMESTAMP '2024-01-15 12:34:56.123456+00'`,
      formatOptions,
    });
    return status === 200 ? (body['rows'] as { f: { v: string }[] }[])[0]!.f[0]!.v : status;
  };
  expect(await cell()).toBe('1.705322096123456E9');
  expect(await cell({ useInt64Timestamp: true })).toBe('1705322096123456');
  expect(await cell({ timestampOutputFormat: 'ISO8601_STRING' })).toBe('2024-01-15T12:34:56.123456Z');
  expect(await cell({ useInt64Timestamp: true, timestampOutputFormat: 'INT64' })).toBe(400);
});

test('requests may be compressed and etags stand in If-Match', async () => {
  const response = await fetch(`${server.url}/bigquery/v2/projects/demo-test/datasets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: gzipSync(JSON.stringify({ datasetReference: { datasetId: 'd' } })),
  });
  expect(response.status).toBe(200);
  const { etag } = (await response.json()) as { etag: string };
  expect((await send('PATCH', '/datasets/d', { description: 'a' }, { 'if-match': etag })).status).toBe(200);
  expect((await send('PATCH', '/datasets/d', { description: 'b' }, { 'if-match': etag })).status).toBe(412);
});

test('a method that a client cannot send stands in a header', async () => {
  await server.client.createDataset('d', { labels: { kept: 'yes' } });
  const change = { description: 'patched' };
  const { status, body } = await send('POST', '/datasets/d', change, { 'x-http-method-override': 'PATCH' });
  expect(status).toBe(200);
  expect(body).toMatchObject({ description: 'patched', labels: { kept: 'yes' } });
});

test('errors have Google’s form', async () => {
  const { status, body } = await send('GET', '/datasets/none');
  expect(status).toBe(404);
  expect(body['error']).toMatchObject({
    code: 404,
    status: 'NOT_FOUND',
    errors: [{ reason: 'notFound', domain: 'global' }],
  });
});

test.each([
  ['POST', '/datasets/d/models', 'Models'],
  ['GET', '/datasets/d/models/m', 'Models'],
  ['POST', '/datasets/d/tables/t/rowAccessPolicies', 'Row access policies'],
  ['POST', '/datasets/d/routines/r:getIamPolicy', 'IAM policies other than of tables'],
])('%s %s answers 501 with its name', async (method, path, name) => {
  expect((await send(method, path)).body['error']).toMatchObject({
    code: 501,
    message: `${name} is not supported by this emulator`,
    errors: [{ reason: 'notImplemented' }],
  });
});

test('of what cannot be made there is none', async () => {
  await server.client.createDataset('d');
  await server.client.dataset('d').createTable('t', { schema: 'a' });
  expect((await server.client.dataset('d').getModels())[0]).toEqual([]);
  expect(await send('GET', '/datasets/d/tables/t/rowAccessPolicies')).toMatchObject({
    status: 200,
    body: {},
  });
  expect((await send('GET', '/datasets/none/models')).status).toBe(404);
});

test.each([
  [{ query: 'SELECT 1', queryResultsFormat: 'ARROW' }, 'Results in Arrow format'],
  [{ query: 'SELECT x FROM [demo-test:d.t]', useLegacySql: true }, 'Legacy SQL'],
  [{ query: `SELECT CAST('1' AS INT64 FORMAT '9')` }, 'CAST with FORMAT'],
])('%j answers 501 with its name', async (request, name) => {
  expect((await query(request)).body['error']).toMatchObject({
    code: 501,
    message: `${name} is not supported by this emulator`,
  });
});

test.each([
  ['columns of one name are numbered', 'SELECT 1 AS a, 2 AS a', [{ f: [{ v: '1' }, { v: '2' }] }]],
  ['GEOGRAPHY is text', `SELECT CAST('POINT(1 2)' AS GEOGRAPHY)`, [{ f: [{ v: 'POINT(1 2)' }] }]],
])('documented: %s', async (_, sql, rows) => {
  await send('POST', '/datasets', { datasetReference: { datasetId: 'd' } });
  await query({ query: 'CREATE TABLE d.t AS SELECT 1 AS x' });
  const { body } = await query({ query: sql });
  expect(body['rows'] ?? body).toEqual(rows);
});

test('documented: a variable of a script hides a column', async () => {
  const { body } = await query({ query: 'DECLARE x INT64 DEFAULT 5; SELECT x FROM UNNEST([1]) AS x;' });
  expect(body['rows']).toEqual([{ f: [{ v: '5' }] }]);
});

test('a first word that no statement begins with is a syntax error with its place', async () => {
  const { status, body } = await query({ query: 'SELEC 1' });
  expect(status).toBe(400);
  expect(body).toMatchObject({
    error: {
      message: 'Syntax error: Unexpected identifier "SELEC" at [1:1]',
      errors: [{ reason: 'invalidQuery' }],
    },
  });
});

test('a column may be qualified by its table as FROM names it', async () => {
  await server.client.createDataset('d');
  await server.client.query('CREATE TABLE d.t AS SELECT 1 AS x');
  expect(await server.rows('SELECT `d.t`.`x` FROM `d.t` WHERE `d.t`.x = t.x')).toEqual([{ x: 1 }]);
  await server.client.query('CREATE TABLE d.u AS SELECT [1, 2] AS list');
  const aliased = 'SELECT y FROM `d.u` `d.u_1`, unnest(`d.u_1`.`list`) AS `y` ORDER BY y';
  expect(await server.rows(aliased)).toEqual([{ y: 1 }, { y: 2 }]);
});
