// What an export of BigQuery brings back: everything that clients can read, and nothing else.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startTestServer } from '../test-client.ts';
import type { TestServer } from '../test-client.ts';

let before: TestServer;
let after: TestServer;
let dir: string;

beforeAll(async () => {
  [before, after] = await Promise.all([startTestServer(), startTestServer()]);
});
afterAll(() => Promise.all([before.emulator.close(), after.emulator.close()]));
beforeEach(async () => {
  await Promise.all([before.emulator.clear(), after.emulator.clear()]);
  dir = await mkdtemp(path.join(tmpdir(), 'bigquery-export-'));
});

async function moveOver(): Promise<void> {
  await before.emulator.exportTo(dir);
  await after.emulator.importFrom(dir);
  await rm(dir, { recursive: true });
}

test('datasets, tables, views and functions come back with their metadata', async () => {
  const [dataset] = await before.client.createDataset('d', { labels: { team: 'a' } });
  await dataset.createTable('t', {
    schema: { fields: [{ name: 'day', type: 'DATE', mode: 'REQUIRED', description: 'when' }] },
    timePartitioning: { type: 'DAY', field: 'day' },
  });
  await dataset.createTable('bare', {});
  await before.client.query('CREATE FUNCTION d.twice(x INT64) AS (x * 2)');
  await before.client.query('CREATE VIEW d.v AS SELECT d.twice(21) AS answer');
  await moveOver();
  const resource = async ({ client }: TestServer, id: string) => {
    const { selfLink: _, ...rest } = (await client.dataset('d').table(id).getMetadata())[0];
    return rest;
  };
  for (const id of ['t', 'bare', 'v']) expect(await resource(after, id)).toEqual(await resource(before, id));
  expect((await after.client.dataset('d').getMetadata())[0]).toMatchObject({ labels: { team: 'a' } });
  expect((await after.client.query('SELECT answer FROM d.v'))[0]).toEqual([{ answer: 42 }]);
});

test('rows of every type come back in their order, also those just streamed', async () => {
  await before.client.createDataset('d');
  await before.client.query(`CREATE TABLE d.t AS
    SELECT 1 AS i, 0.5 AS f, NUMERIC '1.5' AS n, BIGNUMERIC '2.25' AS b, b'\\x00\\xff' AS bytes, DATE '2024-02-29' AS day,
      TIME '01:02:03.000004' AS clock, DATETIME '2024-02-29 01:02:03' AS wall, TIMESTAMP '2024-02-29 01:02:03.000004+00' AS at,
      JSON '{"a":[1,null]}' AS json, TRUE AS yes, [STRUCT('x' AS name, ['y'] AS tags)] AS people, INTERVAL 3 DAY AS span
    UNION ALL SELECT 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL`);
  await before.client
    .dataset('d')
    .table('t')
    .insert([{ i: 3, json: '"z"' }]);
  await moveOver();
  const rows = async ({ client }: TestServer) => (await client.dataset('d').table('t').getRows())[0];
  expect(await rows(after)).toHaveLength(3);
  expect(JSON.stringify(await rows(after))).toBe(JSON.stringify(await rows(before)));
  await after.client.query('UPDATE d.t SET f = 1 WHERE i = 3');
});

test('names that differ in case only, or hold what no file name takes, are kept apart', async () => {
  const [dataset] = await before.client.createDataset('d');
  for (const [n, id] of ['t', 'T', 'a b', 'ü'].entries()) {
    const [table] = await dataset.createTable(id, { schema: 'n:INTEGER' });
    await table.insert([{ n }]);
  }
  await moveOver();
  const first = async (id: string) => (await after.client.dataset('d').table(id).getRows())[0];
  expect(await Promise.all(['t', 'T', 'a b', 'ü'].map(first))).toEqual([
    [{ n: 0 }],
    [{ n: 1 }],
    [{ n: 2 }],
    [{ n: 3 }],
  ]);
});

test('an import replaces datasets of the same name and leaves others alone', async () => {
  await before.client.createDataset('d');
  await before.client.query('CREATE TABLE d.t AS SELECT 1 AS x');
  await after.client.createDataset('d');
  await after.client.createDataset('other');
  await after.client.query('CREATE TABLE d.old AS SELECT 2 AS x');
  await after.client.query('CREATE TABLE other.t AS SELECT 3 AS x');
  await moveOver();
  const [tables] = await after.client.dataset('d').getTables();
  expect(tables.map(({ id }) => id)).toEqual(['t']);
  expect((await after.client.query('SELECT a.x AS x, o.x AS y FROM d.t AS a, other.t AS o'))[0]).toEqual([
    { x: 1, y: 3 },
  ]);
});
