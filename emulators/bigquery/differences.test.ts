// Each row of DIFFERENCES.md that speaks of REST, jobs, rows and streaming: what is different is shown here.
// The rows about SQL are shown in `sql/differences.test.ts`.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { startTestServer, useTestServer } from './test-client.ts';

const server = useTestServer();
const table = (id = 't') => server.client.dataset('d').table(id);
const count = async () => (await server.rows('SELECT COUNT(*) AS n FROM d.t'))[0];
const streamed = (rows: object[]) => server.send('POST', '/datasets/d/tables/t/insertAll', { rows });
const MINUTE = 60_000;
const DAY = 86_400_000;

beforeEach(async () => {
  await server.client.createDataset('d');
});

const rows: Readonly<Record<string, () => Promise<void>>> = {
  'A job is done when its request is answered; `cancel` only shows it, timeouts do not fire': async () => {
    const query = 'SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 100000)) AS x';
    const { body } = await server.send('POST', '/queries', { query, useLegacySql: false, timeoutMs: 0 });
    expect(body).toMatchObject({ jobComplete: true, rows: [{ f: [{ v: '100000' }] }] });
    const [job] = await server.client.createQueryJob({ query, jobTimeoutMs: 1 });
    expect(job.metadata.status).toEqual({ state: 'DONE' });
    await job.cancel();
    expect((await job.getQueryResults())[0]).toEqual([{ n: 100_000 }]);
  },

  'DML is taken back when a row that was streamed within the window is not as it was; an UPDATE that leaves such a row equal passes':
    async () => {
      await table().create({ schema: 'n:INTEGER' });
      await table().insert([{ n: 1 }]);
      await expect(server.rows('UPDATE d.t SET n = 2 WHERE n = 1')).rejects.toThrow('streaming buffer');
      await server.rows('UPDATE d.t SET n = 1 WHERE n = 1');
      expect(await server.rows('SELECT n FROM d.t')).toEqual([{ n: 1 }]);
    },

  'Streamed rows are visible at once, always': async () => {
    await table().create({ schema: 'n:INTEGER' });
    await table().insert([{ n: 1 }]);
    expect((await table().getRows())[0]).toEqual([{ n: 1 }]);
    await table().copy(table('copied'));
    expect((await table('copied').getRows())[0]).toEqual([{ n: 1 }]);
  },

  'insertId is remembered for exactly one minute, per table': async () => {
    await table().create({ schema: 'n:INTEGER' });
    const send = () => streamed([{ insertId: 'same', json: { n: 1 } }]);
    await send();
    server.clock.advance(MINUTE - 1);
    await send();
    expect(await count()).toEqual({ n: 1 });
    server.clock.advance(1);
    await send();
    expect(await count()).toEqual({ n: 2 });
  },

  'A row of insertAll has one error: the first that is found': async () => {
    await table().create({ schema: 'n:INTEGER, m:INTEGER' });
    const { body } = await streamed([{ json: { n: 'x', m: 'y' } }]);
    expect(body['insertErrors']).toEqual([
      { index: 0, errors: [expect.objectContaining({ location: 'n', reason: 'invalid' })] },
    ]);
  },

  '`numBytes`, `totalBytesProcessed` and what `maximumBytesBilled` is held against are estimates of 8 bytes a value, of whole tables; nothing is billed':
    async () => {
      await server.rows(`CREATE TABLE d.t AS SELECT 1 AS n, 'a long text of many bytes' AS s, 'x' AS c`);
      expect((await table().getMetadata())[0]).toMatchObject({ numBytes: '24' });
      const [job] = await server.client.createQueryJob('SELECT n FROM d.t');
      expect(job.metadata.statistics).toMatchObject({
        totalBytesProcessed: '24',
        query: { totalBytesBilled: '0' },
      });
    },

  'A query plan has one stage, slots cost nothing': async () => {
    const query = 'SELECT a FROM UNNEST([1, 2]) AS a JOIN UNNEST([2, 3]) AS b ON a = b ORDER BY 1';
    const [job] = await server.client.createQueryJob(query);
    const { statistics } = job.metadata;
    expect(statistics.query.queryPlan).toHaveLength(1);
    expect(statistics).toMatchObject({ totalSlotMs: '0', query: { totalSlotMs: '0' } });
  },

  'Partitioning and clustering do not change how rows are stored; a decorator (`$20260101`) selects rows by the partitioning column':
    async () => {
      await server.rows('CREATE TABLE d.t (day DATE, n INT64) PARTITION BY day CLUSTER BY n');
      await server.rows(`INSERT INTO d.t VALUES ('2026-01-02', 3), ('2026-01-01', 2), ('2026-01-02', 1)`);
      const numbers = async (id: string) => (await table(id).getRows())[0].map(({ n }: { n?: number }) => n);
      expect(await numbers('t')).toEqual([3, 2, 1]);
      expect(await numbers('t$20260102')).toEqual([3, 1]);
    },

  '`requirePartitionFilter` wants the column named anywhere after WHERE or ON': async () => {
    await server.rows(
      'CREATE TABLE d.t (day DATE) PARTITION BY day OPTIONS (require_partition_filter = true)',
    );
    await expect(server.rows('SELECT day FROM d.t')).rejects.toThrow('without a filter over column(s)');
    // The service refuses this one: no partition is left out by it.
    expect(await server.rows('SELECT day FROM d.t WHERE day IS NULL OR TRUE')).toEqual([]);
  },

  'Rows of partitions that are too old go when the table is used next; expired tables at once': async () => {
    await table().create({
      schema: { fields: [{ name: 'at', type: 'TIMESTAMP' }] },
      timePartitioning: { type: 'DAY', field: 'at', expirationMs: String(2 * DAY) },
    });
    await table().insert([{ at: new Date(server.clock.now()).toISOString() }]);
    await table('gone').create({ schema: 'n:INTEGER', expirationTime: String(server.clock.now() + 4 * DAY) });
    server.clock.advance(3 * DAY);
    expect(await count()).toEqual({ n: 0 });
    expect(await table('gone').exists()).toEqual([true]);
    server.clock.advance(DAY);
    expect(await table('gone').exists()).toEqual([false]);
  },

  'Rows of tables partitioned by time of ingestion carry no time: `_PARTITIONTIME` and `_PARTITIONDATE` can be read as long as the table is no older than its newest partition, and not be written; decorators are not served (501)':
    async () => {
      await server.rows('CREATE TABLE d.t (n INT64) PARTITION BY _PARTITIONDATE');
      await table().insert([{ n: 1 }]);
      const today = new Date(server.clock.now()).toISOString().slice(0, 10);
      const found =
        'SELECT n, FORMAT_DATE("%F", _PARTITIONDATE) AS day FROM d.t WHERE _PARTITIONTIME >= TIMESTAMP(_PARTITIONDATE)';
      expect(await server.rows(found)).toEqual([{ n: 1, day: today }]);
      const write = 'INSERT INTO d.t (_PARTITIONTIME, n) VALUES (CURRENT_TIMESTAMP(), 1)';
      await expect(server.rows(write)).rejects.toMatchObject({ code: 501 });
      await expect(table('t$20260101').getRows()).rejects.toMatchObject({ code: 501 });
      server.clock.advance(DAY);
      await expect(server.rows(found)).rejects.toMatchObject({ code: 501 });
      expect(await count()).toEqual({ n: 1 });
    },

  'The collation `und:ci` compares without case for ASCII; `COUNT(DISTINCT …)` and fields of records ignore it':
    async () => {
      const field = { name: 's', type: 'STRING', collation: 'und:ci' };
      const schema = { fields: [field, { name: 'r', type: 'RECORD', fields: [field] }] };
      await table().create({ schema });
      await table().insert([
        { s: 'a', r: { s: 'a' } },
        { s: 'A', r: { s: 'A' } },
      ]);
      expect(
        await server.rows(
          `SELECT COUNTIF(s = 'a') AS equal, COUNT(DISTINCT s) AS distincts, COUNTIF(r.s = 'a') AS inner_equal FROM d.t`,
        ),
      ).toEqual([{ equal: 2, distincts: 2, inner_equal: 1 }]);
    },

  'The lengths of STRING(n) and BYTES(n) hold for rows that are streamed or loaded, not for those of DML; NUMERIC(p, s) is like NUMERIC':
    async () => {
      await server.rows('CREATE TABLE d.t (s STRING(2), n NUMERIC(3, 1))');
      const refused = await streamed([{ json: { s: 'abc' } }]);
      expect(refused.body).toHaveProperty('insertErrors');
      await server.rows(`INSERT INTO d.t VALUES ('abc', 1234.56)`);
      expect(await server.rows('SELECT s, CAST(n AS STRING) AS n FROM d.t')).toEqual([
        { s: 'abc', n: '1234.56' },
      ]);
    },

  'Every location is accepted, and a job that names none may read data of several; `US` is shown where none was given':
    async () => {
      await server.client.createDataset('mars', { location: 'mars' });
      await server.client.dataset('mars').createTable('t', { schema: 'n:INTEGER' });
      await table().create({ schema: 'n:INTEGER' });
      expect(await server.rows('SELECT a.n FROM mars.t AS a JOIN d.t AS b ON a.n = b.n')).toEqual([]);
      expect((await server.client.dataset('d').getMetadata())[0]).toMatchObject({ location: 'US' });
    },

  'Anybody may do anything: no credentials; IAM policies of tables are kept and not enforced': async () => {
    await table().create({ schema: 'n:INTEGER' });
    await table().setIamPolicy({
      bindings: [{ role: 'roles/bigquery.dataViewer', members: ['user:a@b.c'] }],
    });
    const { status } = await server.send('DELETE', '/datasets/d/tables/t', undefined, {
      authorization: 'Bearer of nobody',
    });
    expect(status).toBe(204);
  },

  'Persistence with `dataFile`: streamed rows reach the file within 200 ms; insertIds and jobs are forgotten on restart':
    async () => {
      const dir = await mkdtemp(path.join(tmpdir(), 'bigquery-test-'));
      const start = () => startTestServer(path.join(dir, 'data.duckdb'));
      const send = (running: Awaited<ReturnType<typeof start>>) =>
        running.send('POST', '/datasets/d/tables/t/insertAll', {
          rows: [{ insertId: 'same', json: { n: 1 } }],
        });
      const first = await start();
      await first.client.createDataset('d');
      await first.client.dataset('d').createTable('t', { schema: 'n:INTEGER' });
      const [job] = await first.client.createQueryJob('SELECT 1');
      await send(first);
      await first.emulator.close();
      const second = await start();
      await send(second);
      expect(await second.rows('SELECT n FROM d.t')).toEqual([{ n: 1 }, { n: 1 }]);
      expect(await second.client.job(job.id!).exists()).toEqual([false]);
      await second.emulator.close();
      await rm(dir, { recursive: true });
    },
};

describe('documented:', () => {
  test.each(Object.entries(rows))('%s', async (_, show) => {
    await expect(show()).resolves.toBeUndefined();
  });
});

/** What answers 501, by the words of DIFFERENCES.md, and the request that shows it. */
const unsupported: readonly (readonly [words: string, method: string, path: string, body: object])[] = [
  ['Cloud Storage URIs (`gs://`)', 'POST', '/jobs', loadJob({ sourceUris: ['gs://bucket/file'] })],
  ['external tables', 'POST', '/datasets/d/tables', newTable({ externalDataConfiguration: {} })],
  ['snapshots', 'POST', '/datasets/d/tables', newTable({ snapshotDefinition: {} })],
  ['Avro', 'POST', '/jobs', loadJob({ sourceFormat: 'AVRO', sourceUris: [`file://${__filename}`] })],
  ['ORC', 'POST', '/jobs', loadJob({ sourceFormat: 'ORC', sourceUris: [`file://${__filename}`] })],
  [
    'legacy SQL with `[project:dataset.table]`',
    'POST',
    '/queries',
    { query: 'SELECT * FROM [a:b.c]', useLegacySql: true },
  ],
  ['RANGE', 'POST', '/datasets/d/tables', newTable({ schema: { fields: [{ name: 'r', type: 'RANGE' }] } })],
  ['results in Arrow', 'POST', '/queries', { query: 'SELECT 1', queryResultsFormat: 'ARROW' }],
  [
    'TIMESTAMP of picoseconds',
    'POST',
    '/datasets/d/tables',
    newTable({ schema: { fields: [{ name: 'at', type: 'TIMESTAMP', timestampPrecision: '12' }] } }),
  ],
  [
    'functions in other languages than SQL',
    'POST',
    '/datasets/d/routines',
    { routineReference: { routineId: 'f' }, language: 'JAVASCRIPT', definitionBody: 'return 1' },
  ],
  ['models', 'GET', '/datasets/d/models/m', {}],
  ['row access policies', 'POST', '/datasets/d/tables/t/rowAccessPolicies', {}],
  ['IAM of routines', 'POST', '/datasets/d/routines/f:getIamPolicy', {}],
];

function newTable(resource: object): object {
  return { tableReference: { tableId: 't' }, ...resource };
}

function loadJob(load: object): object {
  return { configuration: { load: { destinationTable: { datasetId: 'd', tableId: 't' }, ...load } } };
}

test.each(unsupported)('%s answers 501 with its name', async (_, method, to, body) => {
  const answer = await server.send(method, to, method === 'GET' ? undefined : body);
  expect(answer.body['error']).toMatchObject({
    code: 501,
    status: 'UNIMPLEMENTED',
    message: expect.stringMatching(/ (is|are) not supported by this emulator$/) as unknown,
  });
});

test('every row of DIFFERENCES.md is shown by a test of its own', () => {
  const read = (name: string) => readFileSync(path.join(import.meta.dirname, name), 'utf8');
  const text = read('DIFFERENCES.md');
  const tests = read('differences.test.ts') + read('sql/differences.test.ts');
  const documented = [...text.matchAll(/^\| (?!Here |---)(.+?) \| /gm)].map(([, here]) => here!);
  expect(documented.length).toBeGreaterThan(20);
  expect(documented.filter((here) => !tests.includes(here))).toEqual([]);
  expect(unsupported.map(([words]) => words).filter((words) => !text.includes(words))).toEqual([]);
});
