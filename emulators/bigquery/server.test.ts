// The emulator as Google's own client sees it, over a real socket.
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Dataset, Table } from '@google-cloud/bigquery';
import { useTestServer } from './test-client.ts';

const server = useTestServer();
let dataset: Dataset;

beforeEach(async () => {
  [dataset] = await server.client.createDataset('analytics');
});

const schema = {
  fields: [
    { name: 'id', type: 'STRING', mode: 'REQUIRED' },
    { name: 'n', type: 'INTEGER' },
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'tags', type: 'STRING', mode: 'REPEATED' },
    {
      name: 'place',
      type: 'RECORD',
      fields: [
        { name: 'city', type: 'STRING' },
        { name: 'zip', type: 'INT64' },
      ],
    },
  ],
};

async function createTable(id = 'sessions', fields: object = schema): Promise<Table> {
  const [table] = await dataset.createTable(id, { schema: fields });
  return table;
}

const rawRow = (insertId: string | undefined, json: object) =>
  insertId === undefined ? { json } : { insertId, json };
const insertRaw = (table: Table, rows: object[], options: object = {}) =>
  table.insert(rows, { raw: true, ...options });
const query = async (sql: string, params?: object) =>
  (
    await server.client.query(params === undefined ? { query: sql } : { query: sql, params: params as never })
  )[0] as Record<string, unknown>[];
const count = async () => (await query('SELECT COUNT(*) AS n FROM analytics.sessions'))[0]!['n'];

describe('datasets', () => {
  test('are created, listed by label, patched and deleted', async () => {
    await dataset.setMetadata({ description: 'rows', labels: { team: 'data' } });
    const [metadata] = await dataset.getMetadata();
    expect(metadata).toMatchObject({ description: 'rows', labels: { team: 'data' }, location: 'US' });
    const [labelled] = await server.client.getDatasets({ filter: 'labels.team:data' });
    expect(labelled.map(({ id }) => id)).toEqual(['analytics']);
    const [others] = await server.client.getDatasets({ filter: 'labels.team:web' });
    expect(others).toEqual([]);
    await createTable();
    await expect(dataset.delete()).rejects.toThrow('Dataset demo-test:analytics is still in use');
    await dataset.delete({ force: true });
    expect((await dataset.exists())[0]).toBe(false);
  });

  test('refuse a second one of the same name and unknown ones with the service’s reasons', async () => {
    await expect(server.client.createDataset('analytics')).rejects.toMatchObject({
      code: 409,
      errors: [expect.objectContaining({ reason: 'duplicate', domain: 'global' })],
    });
    await expect(server.client.dataset('nothing').getMetadata()).rejects.toMatchObject({
      code: 404,
      message: 'Not found: Dataset demo-test:nothing',
      errors: [expect.objectContaining({ reason: 'notFound' })],
    });
  });
});

describe('tables', () => {
  test('keep and return partitioning, clustering, description and the schema', async () => {
    const [table] = await dataset.createTable('events', {
      schema,
      description: 'all of them',
      timePartitioning: { type: 'DAY', field: 'at' },
      clustering: { fields: ['id'] },
      labels: { a: 'b' },
    });
    const [metadata] = await table.getMetadata();
    expect(metadata).toMatchObject({
      type: 'TABLE',
      description: 'all of them',
      timePartitioning: { type: 'DAY', field: 'at' },
      clustering: { fields: ['id'] },
      numRows: '0',
      schema: {
        fields: [
          { name: 'id', type: 'STRING', mode: 'REQUIRED' },
          { name: 'n', type: 'INTEGER' },
          {},
          {},
          {},
        ],
      },
    });
    expect(metadata.schema.fields[4].fields[1].type).toBe('INTEGER');
  });

  test('take additional columns and refuse incompatible schemas', async () => {
    const table = await createTable();
    await insertRaw(table, [rawRow(undefined, { id: 'a' })]);
    await table.setMetadata({ schema: { fields: [...schema.fields, { name: 'extra', type: 'FLOAT' }] } });
    await insertRaw(table, [rawRow(undefined, { id: 'b', extra: 1.5 })]);
    expect(await query('SELECT id, extra FROM analytics.sessions ORDER BY id')).toEqual([
      { id: 'a', extra: null },
      { id: 'b', extra: 1.5 },
    ]);
    await expect(
      table.setMetadata({ schema: { fields: [{ name: 'id', type: 'INTEGER' }] } }),
    ).rejects.toThrow('Provided Schema does not match Table demo-test:analytics.sessions.');
  });

  test('refuse a change made with an outdated etag', async () => {
    const table = await createTable();
    const [{ etag }] = await table.getMetadata();
    await table.setMetadata({ description: 'one', etag });
    await expect(table.setMetadata({ description: 'two', etag })).rejects.toMatchObject({ code: 412 });
  });

  test('can be views over tables and over views', async () => {
    const table = await createTable();
    await insertRaw(table, [
      rawRow('1', { id: 'a', n: 1 }),
      rawRow('2', { id: 'a', n: 2 }),
      rawRow('3', { id: 'b', n: 3 }),
    ]);
    const [view] = await dataset.createTable('latest', {
      view: {
        query:
          'SELECT * EXCEPT(at) FROM `demo-test.analytics.sessions` WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY n DESC) = 1',
        useLegacySql: false,
      },
    });
    await dataset.createTable('names', {
      view: { query: 'SELECT id FROM analytics.latest', useLegacySql: false },
    });
    const [metadata] = await view.getMetadata();
    expect(metadata.type).toBe('VIEW');
    expect(metadata.schema.fields.map(({ name }: { name: string }) => name)).toEqual([
      'id',
      'n',
      'tags',
      'place',
    ]);
    expect(await query('SELECT id, n FROM analytics.latest ORDER BY latest.id')).toEqual([
      { id: 'a', n: 2 },
      { id: 'b', n: 3 },
    ]);
    expect(await query('SELECT COUNT(*) AS n FROM `analytics`.`names`')).toEqual([{ n: 2 }]);
    await expect(
      dataset.createTable('broken', {
        view: { query: 'SELECT nope FROM analytics.sessions', useLegacySql: false },
      }),
    ).rejects.toMatchObject({ code: 400 });
  });
});

describe('insertAll', () => {
  test('makes rows visible to the next query and to tabledata.list', async () => {
    const table = await createTable();
    await insertRaw(table, [
      rawRow('1', {
        id: 'a',
        n: '7',
        at: '2026-01-02T03:04:05.123456Z',
        tags: ['x', 'y'],
        place: { city: 'Kyoto', zip: 1 },
      }),
    ]);
    const [row] = await query('SELECT * FROM analytics.sessions');
    expect(row).toMatchObject({ id: 'a', n: 7, tags: ['x', 'y'], place: { city: 'Kyoto', zip: 1 } });
    expect(row!['at']).toEqual(expect.objectContaining({ value: '2026-01-02T03:04:05.123456000Z' }));
    const [rows] = await table.getRows();
    expect(rows).toEqual([row]);
  });

  test('inserts nothing when one row is bad: its neighbours are stopped', async () => {
    const table = await createTable();
    const rows = [rawRow('1', { id: 'a' }), rawRow('2', { id: 'b', n: 'seven' }), rawRow('3', { id: 'c' })];
    const failure = (await insertRaw(table, rows, { partialRetries: 0 }).catch(
      (error: unknown) => error,
    )) as {
      response: { insertErrors: unknown };
    };
    expect(failure.response.insertErrors).toEqual([
      {
        index: 1,
        errors: [
          {
            reason: 'invalid',
            location: 'n',
            debugInfo: '',
            message: 'Cannot convert value to integer (bad value): seven',
          },
        ],
      },
      { index: 0, errors: [{ reason: 'stopped', location: '', debugInfo: '', message: '' }] },
      { index: 2, errors: [{ reason: 'stopped', location: '', debugInfo: '', message: '' }] },
    ]);
    expect(await count()).toBe(0);
  });

  test('skips bad rows when asked to', async () => {
    const table = await createTable();
    await expect(
      insertRaw(table, [rawRow('1', { id: 'a' }), rawRow('2', { n: 1 }), rawRow('3', { id: 'c', huh: 1 })], {
        skipInvalidRows: true,
      }),
    ).rejects.toMatchObject({
      errors: [
        { errors: [{ reason: 'invalid', message: 'Missing required field: id.' }] },
        { errors: [{ reason: 'invalid', message: 'no such field: huh.' }] },
      ],
    });
    expect(await count()).toBe(1);
  });

  test('forgets an insertId after a minute', async () => {
    const table = await createTable();
    await insertRaw(table, [rawRow('same', { id: 'a' })]);
    await insertRaw(table, [rawRow('same', { id: 'a' })]);
    expect(await count()).toBe(1);
    server.clock.advance(60_001);
    await insertRaw(table, [rawRow('same', { id: 'a' })]);
    expect(await count()).toBe(2);
  });

  test('answers 404 for a missing table and 400 or 413 beyond the limits', async () => {
    await expect(insertRaw(dataset.table('nothing'), [rawRow('1', {})])).rejects.toMatchObject({
      code: 404,
      message: 'Not found: Table demo-test:analytics.nothing',
    });
    const table = await createTable();
    const many = Array.from({ length: 50_001 }, () => ({ json: { id: 'a' } }));
    await expect(insertRaw(table, many)).rejects.toMatchObject({ code: 400 });
    await expect(insertRaw(table, [rawRow('x'.repeat(129), { id: 'a' })])).rejects.toMatchObject({
      code: 400,
    });
    await expect(insertRaw(table, [rawRow('1', { id: 'a'.repeat(10_485_760) })])).rejects.toMatchObject({
      code: 413,
    });
    expect(await count()).toBe(0);
  });

  test('takes eighty requests at once without losing or doubling a row', async () => {
    const table = await createTable();
    await Promise.all(
      Array.from({ length: 80 }, (_, i) => insertRaw(table, [rawRow(`id-${i}`, { id: `row-${i}`, n: i })])),
    );
    expect(
      await query('SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids, SUM(n) AS total FROM analytics.sessions'),
    ).toEqual([{ n: 80, ids: 80, total: 3160 }]);
  });

  test('keeps streamed rows from DML until the window is over, and shows the buffer', async () => {
    const table = await createTable();
    await insertRaw(table, [rawRow('1', { id: 'a' })]);
    const [metadata] = await table.getMetadata();
    expect(metadata.streamingBuffer).toMatchObject({ estimatedRows: '1' });
    expect(metadata.numRows).toBe('0');
    const remove = () => query('DELETE FROM analytics.sessions WHERE TRUE');
    await expect(remove()).rejects.toThrow(
      'UPDATE or DELETE statement over table demo-test.analytics.sessions would affect rows in the streaming buffer, which is not supported',
    );
    server.clock.advance(30 * 60_000 + 1);
    await remove();
    expect(await count()).toBe(0);
    expect((await table.getMetadata())[0].streamingBuffer).toBeUndefined();
  });
});

describe('faults', () => {
  test('hit before or after the rows are taken', async () => {
    const table = await createTable();
    const row = [rawRow(undefined, { id: 'a' })];
    server.faults.add({
      service: 'bigquery',
      method: 'insertAll',
      status: 503,
      reason: 'backendError',
      count: 1,
    });
    await expect(insertRaw(table, row)).rejects.toMatchObject({
      code: 503,
      errors: [expect.objectContaining({ reason: 'backendError', domain: 'global' })],
    });
    expect(await count()).toBe(0);
    server.faults.add({ service: 'bigquery', method: 'insertAll', status: 503, phase: 'after', count: 1 });
    await expect(insertRaw(table, row)).rejects.toMatchObject({ code: 503 });
    expect(await count()).toBe(1);
    server.faults.add({ service: 'bigquery', method: 'insertAll', drop: true, phase: 'after', count: 1 });
    await expect(insertRaw(table, row)).rejects.toThrow(
      /socket hang up|ECONNRESET|Premature close|other side closed/,
    );
    expect(await count()).toBe(2);
  });
});

describe('queries', () => {
  test('return every type, NULL, nested and repeated values as the client decodes them', async () => {
    const [row] =
      await query(`SELECT 1 AS i, 1.5 AS f, 'it\\'s' AS s, TRUE AS b, b'ab' AS y, NUMERIC '1.25' AS m,
      DATE '2026-01-02' AS d, TIME '03:04:05' AS t, DATETIME '2026-01-02T03:04:05' AS dt,
      TIMESTAMP '2026-01-02 03:04:05+00' AS ts, JSON '{"a":1}' AS j, CAST(NULL AS STRING) AS nothing,
      [1, 2] AS list, STRUCT('x' AS name, [STRUCT(1 AS n)] AS items) AS rec`);
    expect(row).toMatchObject({
      i: 1,
      f: 1.5,
      s: "it's",
      b: true,
      y: Buffer.from('ab'),
      nothing: null,
      list: [1, 2],
    });
    expect(row).toMatchObject({
      rec: { name: 'x', items: [{ n: 1 }] },
      d: { value: '2026-01-02' },
      t: { value: '03:04:05' },
    });
    expect(row).toMatchObject({
      dt: { value: '2026-01-02T03:04:05' },
      ts: { value: '2026-01-02T03:04:05.000Z' },
    });
    expect(String(row!['m'])).toBe('1.25');
    expect(JSON.parse(String(row!['j']))).toEqual({ a: 1 });
  });

  test('find the table under every spelling of its name', async () => {
    await createTable();
    for (const name of [
      'analytics.sessions',
      '`analytics.sessions`',
      '`demo-test.analytics.sessions`',
      '`demo-test`.analytics.sessions',
      'demo-test.analytics.sessions',
      '`demo-test`.`analytics`.`sessions`',
    ])
      expect(await query(`SELECT COUNT(*) AS n FROM ${name} AS t`)).toEqual([{ n: 0 }]);
    const [rows] = await server.client.query({
      query: 'SELECT COUNT(*) AS n FROM sessions',
      defaultDataset: { datasetId: 'analytics' },
    });
    expect(rows).toEqual([{ n: 0 }]);
  });

  test('take named and positional parameters of every kind', async () => {
    expect(
      await query('SELECT @s AS s, @n + 1 AS n, @list[OFFSET(1)] AS second, @rec.a AS a', {
        s: `it's "a" \\ test\n`,
        n: 41,
        list: ['x', 'y'],
        rec: { a: 5 },
      }),
    ).toEqual([{ s: `it's "a" \\ test\n`, n: 42, second: 'y', a: 5 }]);
    const [rows] = await server.client.query({
      query: 'SELECT ? AS a, ? AS b',
      params: [1, null],
      types: ['INT64', 'STRING'],
    });
    expect(rows).toEqual([{ a: 1, b: null }]);
  });

  test('page through results', async () => {
    const [job] = await server.client.createQueryJob({
      query: 'SELECT n FROM UNNEST(GENERATE_ARRAY(1, 25)) AS n ORDER BY n',
    });
    const [first, next] = await job.getQueryResults({ maxResults: 10, autoPaginate: false });
    expect(first.map(({ n }: { n: number }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(next).toMatchObject({ pageToken: expect.any(String) });
    const [all] = await job.getQueryResults();
    expect(all).toHaveLength(25);
    const [metadata] = await job.getMetadata();
    expect(metadata).toMatchObject({
      status: { state: 'DONE' },
      statistics: { query: { statementType: 'SELECT' } },
    });
    expect((await server.client.getJobs())[0].map(({ id }) => id)).toContain(job.id);
    await job.delete();
    expect((await job.exists())[0]).toBe(false);
  });

  test('fail with the service’s reasons', async () => {
    await expect(query('SELECT * FROM analytics.nothing')).rejects.toMatchObject({
      code: 404,
      message: 'Not found: Table demo-test:analytics.nothing was not found in location US',
    });
    await expect(query('SELECT FROM WHERE')).rejects.toMatchObject({
      code: 400,
      errors: [expect.objectContaining({ reason: 'invalidQuery' })],
    });
    await expect(query('SELECT nope')).rejects.toThrow('Unrecognized name: nope');
    await expect(query('SELECT 1/0')).rejects.toThrow('division by zero: 1 / 0');
  });

  test('answer a dry run with the schema and no job', async () => {
    const [job] = await server.client.createQueryJob({ query: 'SELECT 1 AS a', dryRun: true });
    expect(job.metadata.statistics.query.schema).toEqual({
      fields: [{ name: 'a', type: 'INTEGER', mode: 'NULLABLE' }],
    });
    expect((await server.client.getJobs())[0]).toEqual([]);
  });
});

describe('DML and DDL', () => {
  const run = async (sql: string) => {
    const [job] = await server.client.createQueryJob({ query: sql });
    await job.getQueryResults();
    return (await job.getMetadata())[0].statistics.query as {
      numDmlAffectedRows?: string;
      ddlOperationPerformed?: string;
    };
  };

  test('count the rows they change', async () => {
    await run(
      'CREATE TABLE analytics.t (id INT64 NOT NULL OPTIONS(description="key"), name STRING, tags ARRAY<STRING>) CLUSTER BY id',
    );
    expect(await run(`INSERT INTO analytics.t (id, name) VALUES (1, 'a'), (2, 'b')`)).toMatchObject({
      numDmlAffectedRows: '2',
    });
    expect(await run(`UPDATE analytics.t SET name = 'z' WHERE id = 1`)).toMatchObject({
      numDmlAffectedRows: '1',
    });
    expect(
      await run(`MERGE analytics.t AS T USING (SELECT 2 AS id UNION ALL SELECT 3) AS S ON T.id = S.id
        WHEN MATCHED THEN UPDATE SET name = 'm' WHEN NOT MATCHED THEN INSERT (id, name) VALUES (S.id, 'new')`),
    ).toMatchObject({ numDmlAffectedRows: '2' });
    expect(await query('SELECT id, name FROM analytics.t ORDER BY id')).toEqual([
      { id: 1, name: 'z' },
      { id: 2, name: 'm' },
      { id: 3, name: 'new' },
    ]);
    expect(await run('DELETE FROM analytics.t WHERE id > 1')).toMatchObject({ numDmlAffectedRows: '2' });
    expect(await run('TRUNCATE TABLE analytics.t')).toMatchObject({ numDmlAffectedRows: '1' });
    await expect(run('INSERT INTO analytics.t (name) VALUES (NULL)')).rejects.toThrow(
      'Required field id cannot be null',
    );
  });

  test('make, change and drop tables, views and schemas', async () => {
    expect(await run('CREATE SCHEMA IF NOT EXISTS other OPTIONS(location="EU")')).toMatchObject({
      ddlOperationPerformed: 'CREATE',
    });
    await run('CREATE TABLE other.a AS SELECT 1 AS x, [STRUCT("v" AS k)] AS items');
    await run('ALTER TABLE other.a ADD COLUMN y STRING, ADD COLUMN IF NOT EXISTS x INT64');
    await run('CREATE OR REPLACE VIEW other.v AS SELECT x, y FROM other.a');
    expect(await query('SELECT * FROM other.v')).toEqual([{ x: 1, y: null }]);
    await run('CREATE OR REPLACE TABLE other.a AS SELECT x + 1 AS x, y FROM other.a');
    expect(await query('SELECT * FROM other.v')).toEqual([{ x: 2, y: null }]);
    expect(
      await query(`SELECT table_name, table_type FROM other.INFORMATION_SCHEMA.TABLES ORDER BY table_name`),
    ).toEqual([
      { table_name: 'a', table_type: 'BASE TABLE' },
      { table_name: 'v', table_type: 'VIEW' },
    ]);
    expect(await run('DROP TABLE IF EXISTS other.nothing')).toMatchObject({ ddlOperationPerformed: 'SKIP' });
    await run('DROP SCHEMA other CASCADE');
    expect((await server.client.getDatasets())[0].map(({ id }) => id)).toEqual(['analytics']);
  });

  test('write a query’s rows to a destination table by its dispositions', async () => {
    const destination = dataset.table('result');
    const into = async (sql: string, writeDisposition: string) => {
      const [job] = await server.client.createQueryJob({ query: sql, destination, writeDisposition });
      await job.getQueryResults();
    };
    await into('SELECT 1 AS x', 'WRITE_EMPTY');
    await into('SELECT 2 AS x', 'WRITE_APPEND');
    expect(await query('SELECT x FROM analytics.result ORDER BY x')).toEqual([{ x: 1 }, { x: 2 }]);
    await into('SELECT MAX(x) + 1 AS x FROM analytics.result', 'WRITE_TRUNCATE');
    expect(await query('SELECT x FROM analytics.result')).toEqual([{ x: 3 }]);
    await expect(into('SELECT 1 AS x', 'WRITE_EMPTY')).rejects.toThrow('Already Exists');
  });
});
