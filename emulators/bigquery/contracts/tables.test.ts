// Datasets and tables as Google's own client uses them, beyond what `server.test.ts` tells.
import { beforeEach, expect, test } from '@jest/globals';
import { BigQuery } from '@google-cloud/bigquery';
import type { Dataset } from '@google-cloud/bigquery';
import { useTestServer } from '../test-client.ts';

const server = useTestServer();
let dataset: Dataset;

beforeEach(async () => {
  [dataset] = await server.client.createDataset('d');
});

test('autoCreate makes what is missing, exists tells', async () => {
  expect(await server.client.dataset('new').exists()).toEqual([false]);
  await server.client.dataset('new').get({ autoCreate: true });
  const table = server.client.dataset('new').table('t');
  expect(await table.exists()).toEqual([false]);
  await table.get({ autoCreate: true, schema: 'a, b:integer' } as object);
  expect((await table.getMetadata())[0].schema.fields).toMatchObject([
    { name: 'a', type: 'STRING' },
    { name: 'b', type: 'INTEGER' },
  ]);
});

test('datasets and tables are listed page by page', async () => {
  for (const id of ['a', 'b', 'c']) await server.client.createDataset(id);
  expect((await server.client.getDatasets({ maxResults: 2 }))[0]).toHaveLength(2);
  const [page, next] = await server.client.getDatasets({ maxResults: 3, autoPaginate: false });
  expect([page.length, next !== null]).toEqual([3, true]);
  for (const id of ['x', 'y', 'z']) await dataset.createTable(id, { schema: 'a' });
  expect((await dataset.getTables({ maxResults: 5 }))[0]).toHaveLength(3);
});

test('access, default expiration and case insensitivity of a dataset are kept', async () => {
  const [metadata] = await dataset.setMetadata({
    access: [{ role: 'READER', userByEmail: 'a@example.com' }],
    defaultTableExpirationMs: '3600000',
    description: 'all',
  });
  expect(metadata).toMatchObject({
    access: [{ role: 'READER', userByEmail: 'a@example.com' }],
    defaultTableExpirationMs: '3600000',
  });
  const [table] = await dataset.createTable('t', { schema: 'a' });
  expect(Number(table.metadata.expirationTime)).toBe(server.clock.now() + 3_600_000);
});

test('a table is gone when its expiration is over', async () => {
  const [table] = await dataset.createTable('t', {
    schema: 'a',
    expirationTime: String(server.clock.now() + 1000),
  });
  expect(await table.exists()).toEqual([true]);
  server.clock.advance(1001);
  expect(await table.exists()).toEqual([false]);
  expect((await dataset.getTables())[0]).toHaveLength(0);
  await expect(server.client.query('SELECT * FROM d.t')).rejects.toThrow('Not found: Table');
  await dataset.createTable('t', { schema: 'b' });
});

test('every type goes in by streaming and comes out the same', async () => {
  const fields = [
    { name: 'big', type: 'INT64' },
    { name: 'f', type: 'FLOAT64' },
    { name: 'num', type: 'NUMERIC' },
    { name: 'bignum', type: 'BIGNUMERIC' },
    { name: 'bytes', type: 'BYTES' },
    { name: 'day', type: 'DATE' },
    { name: 'clock', type: 'TIME' },
    { name: 'wall', type: 'DATETIME' },
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'place', type: 'GEOGRAPHY' },
    { name: 'json', type: 'JSON' },
    { name: 'on', type: 'BOOL' },
    {
      name: 'people',
      type: 'RECORD',
      mode: 'REPEATED',
      fields: [
        { name: 'name', type: 'STRING' },
        { name: 'tags', type: 'STRING', mode: 'REPEATED' },
      ],
    },
  ];
  const [table] = await dataset.createTable('t', { schema: { fields } });
  const row = {
    big: BigQuery.int('9007199254740993'),
    f: 0.1,
    num: '1.5',
    bignum: '1.000000000000000001',
    bytes: Buffer.from([0, 255]),
    day: BigQuery.date('2024-02-29'),
    clock: BigQuery.time('13:04:05.000006'),
    wall: BigQuery.datetime('2024-02-29T13:04:05.000006'),
    at: BigQuery.timestamp('2024-02-29T13:04:05.123456Z'),
    place: BigQuery.geography('POINT(1 2)'),
    json: JSON.stringify({ a: [1, { b: null }] }),
    on: false,
    people: [
      { name: 'a', tags: ['x', 'y'] },
      { name: 'b', tags: [] },
    ],
  };
  await table.insert([row]);
  const [[read]] = (await table.getRows({ wrapIntegers: true } as object)) as unknown as [
    [Record<string, { value?: unknown; toString(): string }>],
  ];
  expect(read['big']?.value).toBe('9007199254740993');
  expect(read).toMatchObject({ f: 0.1, bytes: Buffer.from([0, 255]), on: false, people: row.people });
  expect([read['num'], read['bignum']].map(String)).toEqual(['1.5', '1.000000000000000001']);
  expect(['day', 'clock', 'wall', 'at', 'place'].map((name) => read[name]!.value)).toEqual([
    '2024-02-29',
    '13:04:05.000006',
    '2024-02-29T13:04:05.000006',
    '2024-02-29T13:04:05.123456000Z',
    'POINT(1 2)',
  ]);
  expect(JSON.parse(String(read['json']))).toEqual({ a: [1, { b: null }] });
});

test('columns may be selected, also inside records, and rows may start later', async () => {
  await server.client.query(
    'CREATE TABLE d.t AS SELECT x, STRUCT(x AS a, x * 2 AS b) AS r FROM UNNEST([1, 2, 3]) AS x ORDER BY x',
  );
  const get = async (options: object) => (await dataset.table('t').getRows(options))[0];
  expect(await get({ selectedFields: 'x', startIndex: '1', autoPaginate: false })).toEqual([
    { x: 2 },
    { x: 3 },
  ]);
  expect(await get({ selectedFields: 'r.b', maxResults: 1, autoPaginate: false })).toEqual([{ r: { b: 2 } }]);
  expect(await get({})).toHaveLength(3);
});

test('a default value fills what a row leaves out', async () => {
  await server.client.query(
    `CREATE TABLE d.t (id INT64, s STRING DEFAULT 'abc', at TIMESTAMP DEFAULT CURRENT_TIMESTAMP(), n INT64 DEFAULT 1 + 1)`,
  );
  await server.client.query('INSERT INTO d.t (id) VALUES (1)');
  await server.client.query('INSERT INTO d.t (id, s, n) VALUES (2, DEFAULT, NULL)');
  await dataset.table('t').insert([{ id: 3 }, { id: 4, s: null }]);
  await server.client.query(
    'MERGE d.t USING (SELECT 5 AS id) AS s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)',
  );
  const [rows] = await server.client.query('SELECT id, s, n, at IS NULL AS late FROM d.t ORDER BY id');
  expect(rows).toEqual([
    { id: 1, s: 'abc', n: 2, late: false },
    { id: 2, s: 'abc', n: null, late: false },
    { id: 3, s: 'abc', n: 2, late: false },
    { id: 4, s: null, n: 2, late: false },
    { id: 5, s: 'abc', n: 2, late: false },
  ]);
  await server.client.query(`ALTER TABLE d.t ALTER COLUMN s SET DEFAULT 'z'`);
  await server.client.query('ALTER TABLE d.t ALTER COLUMN n DROP DEFAULT');
  await server.client.query('INSERT d.t (id) VALUES (6)');
  expect((await server.client.query('SELECT s, n FROM d.t WHERE id = 6'))[0]).toEqual([{ s: 'z', n: null }]);
});

test('copy jobs take several sources', async () => {
  await server.client.query('CREATE TABLE d.a AS SELECT 1 AS x; CREATE TABLE d.b AS SELECT 2 AS x;');
  const [job] = await dataset.table('a').createCopyFromJob([dataset.table('b')], {
    writeDisposition: 'WRITE_APPEND',
  });
  await job.promise();
  expect((await dataset.table('a').getRows())[0]).toEqual([{ x: 1 }, { x: 2 }]);
});

test('a view answers table.get with its schema and takes a new query', async () => {
  const [view] = await dataset.createTable('v', { view: { query: 'SELECT 1 AS a', useLegacySql: false } });
  expect(view.metadata).toMatchObject({ type: 'VIEW', schema: { fields: [{ name: 'a', type: 'INTEGER' }] } });
  await view.setMetadata({ view: { query: 'SELECT 2 AS b', useLegacySql: false } });
  expect((await server.client.query('SELECT * FROM d.v'))[0]).toEqual([{ b: 2 }]);
});

test('names that differ in case only are different tables', async () => {
  await server.client.query('CREATE TABLE d.t AS SELECT 1 AS x; CREATE TABLE d.T (x INT64);');
  await dataset.table('T').insert([{ x: 2 }]);
  expect((await dataset.table('t').getRows())[0]).toEqual([{ x: 1 }]);
  expect((await server.client.query('SELECT * FROM d.T'))[0]).toEqual([{ x: 2 }]);
});
