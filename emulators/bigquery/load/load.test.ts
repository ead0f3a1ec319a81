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
  const [job] = await table.load(file, { schema, maxBadRecords: 1 });
  expect(job).toMatchObject({ statistics: { load: { outputRows: '1', badRecords: '1' } } });
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

test('a Parquet file is read as the types of the job’s schema, or of the table', async () => {
  await client.query(`CREATE TABLE files.few AS SELECT 'POINT(1 2)' AS place, '{"a":1}' AS doc, 7 AS n`);
  const file = path.join(folder, 'few.parquet');
  await client.createJob({
    configuration: {
      extract: {
        sourceTable: { projectId: 'demo-test', datasetId: 'files', tableId: 'few' },
        destinationUris: [`file://${file}`],
        destinationFormat: 'PARQUET',
      },
    },
  });
  const fields = [
    { name: 'n', type: 'NUMERIC', mode: 'REQUIRED' },
    { name: 'place', type: 'GEOGRAPHY' },
    { name: 'doc', type: 'JSON' },
    { name: 'more', type: 'STRING' },
  ];
  const table = client.dataset('files').table('many');
  await table.load(file, { sourceFormat: 'PARQUET', schema: { fields } });
  expect((await table.getMetadata())[0].schema.fields).toEqual(fields);
  await table.load(file, { sourceFormat: 'PARQUET' });
  const [rows] = await client.query('SELECT CAST(n AS STRING) AS n, place, doc.a, more FROM files.many');
  const row = { n: '7', place: 'POINT(1 2)', a: '1', more: null };
  expect(rows).toEqual([row, row]);
  const as = (type: string) => ({
    fields: [
      { name: 'n', type },
      { name: 'place', type: 'STRING' },
      { name: 'doc', type: 'STRING' },
    ],
  });
  const other = client.dataset('files').table('other');
  await expect(other.load(file, { sourceFormat: 'PARQUET', schema: as('DATE') })).rejects.toThrow(
    `Parquet column 'n' has type INTEGER which does not match the target type DATE`,
  );
  const days = { fields: [{ name: 'n', type: 'DATE' }] };
  await expect(table.load(file, { sourceFormat: 'PARQUET', schema: days })).rejects.toThrow(
    'no such field: place',
  );
});

/** A Parquet file with one column `n`, a DECIMAL(76, 38). */
const WIDE_DECIMAL =
  'UEFSMRUAFUwVTCwVAhUAFQYVBhwAAAACAAAAAgEAAAAAAAAAAAAAAAAAAAAAcNjy/IfKJrcOTzNgAAAAABUEGSw1ABgGc2No' +
  'ZW1hFQIAFQ4VQBUCGAFuJQoVTBWYASxcFUwVmAEAAAAWAhkcGRwmABwVDhklBgAZGAFuFQAWAhZyFnImCEkcFQAVABUCADwp' +
  'BhkmAAIAAAAWchYCJggWcgAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGRwcAAAAjAAAAFBBUjE=';

/** The same, with NULL for its value. */
const WIDE_NULL =
  'UEFSMRUAFQwVDCwVAhUAFQYVBhwAAAACAAAAAgAVBBksNQAYBnNjaGVtYRUCABUOFUAVAhgBbiUKFUwVmAEsXBVMFZgBAAAA' +
  'FgIZHBkcJgAcFQ4ZJQYAGRgBbhUAFgIWMhYyJghJHBUAFQAVAgA8KQYZJgIAAAAAFjIWAiYIFjIAKCBwYXJxdWV0LWNwcC1h' +
  'cnJvdyB2ZXJzaW9uIDI2LjAuMRkcHAAAAIwAAABQQVIx';

test('decimals that would lose digits are refused by name', async () => {
  const file = path.join(folder, 'wide.parquet');
  await writeFile(file, Buffer.from(WIDE_DECIMAL, 'base64'));
  await expect(
    client.dataset('files').table('wide').load(file, { sourceFormat: 'PARQUET' }),
  ).rejects.toMatchObject({
    code: 501,
    message: 'A DECIMAL of more than 38 digits (column n) is not supported by this emulator',
  });
  await writeFile(file, Buffer.from(WIDE_NULL, 'base64'));
  const table = client.dataset('files').table('wide');
  await table.load(file, { sourceFormat: 'PARQUET' });
  expect((await table.getMetadata())[0].schema.fields).toMatchObject([{ name: 'n', type: 'BIGNUMERIC' }]);
  expect((await table.getRows())[0]).toEqual([{ n: null }]);
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

test('several files are loaded together, or none of them', async () => {
  const schema = { fields: [{ name: 'n', type: 'INTEGER' }] };
  const load = (...files: string[]) =>
    client.createJob({
      configuration: {
        load: {
          sourceUris: files.map((file) => `file://${file}`),
          schema,
          destinationTable: { projectId: 'demo-test', datasetId: 'files', tableId: 'several' },
        },
      },
    });
  const [one, two] = [await write('1.csv', '1\n'), await write('2.csv', '2\n')];
  const [job] = await load(one, two);
  expect(job.metadata.statistics.load).toMatchObject({ inputFiles: '2', outputRows: '2' });
  await expect(load(one, await write('3.csv', 'x\n'))).rejects.toThrow('Cannot convert value to integer');
  expect(await rowsOf('several')).toEqual([{ n: 1 }, { n: 2 }]);
});

test('a table that a load makes has the properties that the job gives it', async () => {
  const table = client.dataset('files').table('described');
  const properties = { description: 'mine', friendlyName: 'Mine', labels: { team: 'a' } };
  await table.load(await write('described.csv', '1\n'), {
    schema: { fields: [{ name: 'n', type: 'INTEGER' }] },
    destinationTableProperties: properties,
  });
  expect((await table.getMetadata())[0]).toMatchObject(properties);
});

test('what a file leaves out has the default of its column', async () => {
  await client.query(
    `CREATE TABLE files.defaults (n INT64, s STRING DEFAULT 'x', at TIMESTAMP DEFAULT CURRENT_TIMESTAMP())`,
  );
  const table = client.dataset('files').table('defaults');
  const json = await write('defaults.json', '{"n":1}\n{"n":2,"s":null}\n{"n":3,"s":"y"}\n');
  await table.load(json, { sourceFormat: 'NEWLINE_DELIMITED_JSON' });
  const schema = { fields: [{ name: 'n', type: 'INTEGER' }] };
  await table.load(await write('defaults.csv', '4\n'), { schema });
  await client.query('CREATE TABLE files.five AS SELECT 5 AS n');
  const parquet = path.join(folder, 'five.parquet');
  await client.createJob({
    configuration: {
      extract: {
        sourceTable: { projectId: 'demo-test', datasetId: 'files', tableId: 'five' },
        destinationUris: [`file://${parquet}`],
        destinationFormat: 'PARQUET',
      },
    },
  });
  await table.load(parquet, { sourceFormat: 'PARQUET' });
  server.clock.advance(1000);
  const [job] = await client.createQueryJob({
    query: 'SELECT 6 AS n',
    destination: table,
    writeDisposition: 'WRITE_APPEND',
  });
  await job.promise();
  const [rows] = await client.query(
    'SELECT n, s, at IS NULL AS missing, at = MAX(at) OVER () AS last FROM files.defaults ORDER BY n',
  );
  expect(rows).toEqual([
    { n: 1, s: 'x', missing: false, last: false },
    { n: 2, s: null, missing: false, last: false },
    { n: 3, s: 'y', missing: false, last: false },
    { n: 4, s: 'x', missing: false, last: false },
    { n: 5, s: 'x', missing: false, last: false },
    { n: 6, s: 'x', missing: false, last: true },
  ]);
});

test.each([
  ['Encoding UTF-16LE', { encoding: 'UTF-16LE' }],
  ['Load option timestampFormat', { timestampFormat: 'YYYY' }],
  ['Load format AVRO', { sourceFormat: 'AVRO' }],
])('%s answers 501 with its name', async (name, options) => {
  const file = await write('any.csv', '1\n');
  const table = client.dataset('files').table('unsupported');
  await expect(table.load(file, { schema: 'n:INTEGER', ...options } as never)).rejects.toMatchObject({
    code: 501,
    message: `${name} is not supported by this emulator`,
  });
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
