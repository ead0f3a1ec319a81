// Load, copy and extract jobs through Google's client.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { startTestServer } from '../test-client.ts';
import type { TestServer } from '../test-client.ts';

let server: TestServer;
let client: BigQuery;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  // Uploads of the client fail without an auth client, even against an emulator.
  client = new BigQuery({ projectId: 'demo-test', authClient: new PassThroughClient() as never });
  await client.createDataset('files');
  folder = await mkdtemp(path.join(tmpdir(), 'bigquery-test-'));
});
afterAll(async () => {
  await server.emulator.close();
  await rm(folder, { recursive: true });
});

const rowsOf = async (table: string) => (await client.query(`SELECT * FROM files.${table} ORDER BY 1`))[0];

async function write(name: string, text: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, text);
  return file;
}

test('newline-delimited JSON is loaded with a detected schema', async () => {
  const file = await write(
    'rows.json',
    '{"id":1,"tags":["a"],"rec":{"f":1.5}}\n{"id":2,"tags":[],"rec":null}\n',
  );
  const [job] = await client
    .dataset('files')
    .table('json')
    .load(file, { sourceFormat: 'NEWLINE_DELIMITED_JSON', autodetect: true });
  expect(job).toMatchObject({ status: { state: 'DONE' }, statistics: { load: { outputRows: '2' } } });
  expect(await rowsOf('json')).toEqual([
    { id: 1, tags: ['a'], rec: { f: 1.5 } },
    { id: 2, tags: [], rec: null },
  ]);
});

test('CSV is loaded with a header, appended and replaced', async () => {
  const file = await write('rows.csv', 'id,name,born\n1,"a, b",2026-01-02\n2,,\n');
  const table = client.dataset('files').table('csv');
  await table.load(file, { autodetect: true });
  expect(await rowsOf('csv')).toEqual([
    { id: 1, name: 'a, b', born: expect.objectContaining({ value: '2026-01-02' }) },
    { id: 2, name: '', born: null },
  ]);
  await table.load(file, { skipLeadingRows: 1 });
  expect(await rowsOf('csv')).toHaveLength(4);
  await table.load(file, { skipLeadingRows: 1, writeDisposition: 'WRITE_TRUNCATE' });
  expect(await rowsOf('csv')).toHaveLength(2);
});

test('a bad row fails the job unless bad rows are allowed', async () => {
  const file = await write('bad.csv', '1\nx\n');
  const schema = { fields: [{ name: 'n', type: 'INTEGER' }] };
  const table = client.dataset('files').table('bad');
  await expect(table.load(file, { schema })).rejects.toThrow(
    'Cannot convert value to integer (bad value): x',
  );
  await table.load(file, { schema, maxBadRecords: 1 });
  expect(await rowsOf('bad')).toEqual([{ n: 1 }]);
});

test('tables are copied, and go through Parquet unchanged', async () => {
  await client.query(
    `CREATE TABLE files.source AS SELECT 1 AS id, NUMERIC '1.5' AS n, TIMESTAMP '2026-01-02 00:00:00+00' AS at`,
  );
  const source = client.dataset('files').table('source');
  await source.copy(client.dataset('files').table('copied'));
  expect(await rowsOf('copied')).toEqual(await rowsOf('source'));

  const file = path.join(folder, 'out.parquet');
  const [job] = await client.createJob({
    configuration: {
      extract: {
        sourceTable: { projectId: 'demo-test', datasetId: 'files', tableId: 'source' },
        destinationUris: [`file://${file}`],
        destinationFormat: 'PARQUET',
      },
    },
  });
  expect(job.metadata.status).toEqual({ state: 'DONE' });
  await client.dataset('files').table('back').load(file, { sourceFormat: 'PARQUET' });
  expect(await rowsOf('back')).toEqual(await rowsOf('source'));
});

test('a resumable upload is put together from its chunks', async () => {
  const base = `${server.url}/upload/bigquery/v2/projects/demo-test/jobs`;
  const load = {
    destinationTable: { projectId: 'demo-test', datasetId: 'files', tableId: 'chunks' },
    schema: { fields: [{ name: 'n', type: 'INTEGER' }] },
    sourceFormat: 'CSV',
  };
  const begun = await fetch(`${base}?uploadType=resumable`, {
    method: 'POST',
    body: JSON.stringify({ configuration: { load } }),
  });
  const location = begun.headers.get('location')!;
  const first = await fetch(location, {
    method: 'PUT',
    body: '1\n2',
    headers: { 'content-range': 'bytes 0-2/*' },
  });
  expect([first.status, first.headers.get('range')]).toEqual([308, 'bytes=0-2']);
  const last = await fetch(location, {
    method: 'PUT',
    body: '3\n',
    headers: { 'content-range': 'bytes 3-4/5' },
  });
  expect(await last.json()).toMatchObject({ kind: 'bigquery#job', status: { state: 'DONE' } });
  expect(await rowsOf('chunks')).toEqual([{ n: 1 }, { n: 23 }]);
});

test('Cloud Storage is refused by name', async () => {
  await expect(
    client.createJob({
      configuration: {
        load: {
          sourceUris: ['gs://bucket/file.csv'],
          destinationTable: { projectId: 'demo-test', datasetId: 'files', tableId: 'gcs' },
        },
      },
    }),
  ).rejects.toMatchObject({ code: 501, message: 'Cloud Storage is not supported by this emulator' });
});

test('with a data file everything is there after a restart', async () => {
  const dataFile = path.join(folder, 'data.duckdb');
  const first = await startTestServer(dataFile);
  await first.client.createDataset('kept');
  const [table] = await first.client
    .dataset('kept')
    .createTable('t', { schema: 'id:STRING', description: 'mine' });
  await table.insert([{ id: 'a' }]);
  await first.emulator.close();

  const second = await startTestServer(dataFile);
  const [rows] = await second.client.query('SELECT id FROM kept.t');
  const [metadata] = await second.client.dataset('kept').table('t').getMetadata();
  await second.emulator.close();
  expect(rows).toEqual([{ id: 'a' }]);
  expect(metadata).toMatchObject({ description: 'mine' });
  expect(await readFile(dataFile)).not.toHaveLength(0);
});
