// docs/add-a-collection.md, followed to the letter: its pipeline compiles, its schema makes the table, its view shows the
// row of a document that went through the functions' own handlers and into BigQuery on the emulator.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Timestamp } from 'firebase-admin/firestore';
import { startBigQuery } from '../../emulators/bigquery/server.ts';
import type { Emulator } from '../../emulators/shared/emulator.ts';
import { systemClock } from '../../emulators/shared/clock.ts';
import { Faults } from '../../emulators/shared/faults.ts';
import { syncDocument } from '../../functions/handlers/sync-document.ts';
import type { Pipeline } from '../../functions/pipelines/pipeline.ts';
import { createRowSink } from '../../functions/services/row-sink.ts';
import { createBigQuery, createLocalApi } from '../../test/contracts/bigquery.ts';
import { createFakeContext } from '../../test/contracts/fakes/context.ts';
import type { Table } from '../tables.ts';
import { readCode } from './read-code.ts';

const ROOT = path.join(__dirname, '..', '..');
const PAGE = 'add-a-collection.md';
const PATH = 'customers/花子@example.com/orders/o1';

let folder: string;
let file: string;
let emulator: Emulator;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'orders-'));
  file = path.join(folder, 'orders.ts');
  const [code = ''] = readCode(PAGE, 'ts');
  const pipelines = path.join(ROOT, 'functions', 'pipelines');
  writeFileSync(file, code.replaceAll("from './", `from '${pipelines}/`));
  emulator = await startBigQuery({ port: 0, faults: new Faults(), clock: systemClock, log: () => {} });
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

test('it is ten lines, and four of imports', () => {
  const [code = ''] = readCode(PAGE, 'ts');
  const [imports = '', decisions = ''] = code.trim().split('\n\n');
  expect([imports.split('\n').length, decisions.split('\n').length]).toEqual([4, 10]);
});

/** What the compiler says of the page's pipeline, with a change. */
function compile(change: (code: string) => string = (code) => code): string {
  const [code = ''] = readCode(PAGE, 'ts');
  const pipelines = path.join(ROOT, 'functions', 'pipelines');
  writeFileSync(path.join(folder, 'changed.ts'), change(code).replaceAll("from './", `from '${pipelines}/`));
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  const config = path.join(folder, 'tsconfig.json');
  const extended = { extends: path.join(ROOT, 'tsconfig.json'), include: [], files: ['changed.ts'] };
  const compilerOptions = { types: ['node'], typeRoots: [path.join(ROOT, 'node_modules', '@types')] };
  writeFileSync(config, JSON.stringify({ ...extended, compilerOptions }));
  const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  return spawnSync(process.execPath, [tsc, '-p', config], { encoding: 'utf8' }).stdout;
}

test('it compiles, and would not without a policy for a field', () => {
  expect(compile()).toBe('');
  expect(compile((code) => code.replace('total: number;', 'total: number; coupon: string;'))).toContain(
    'coupon',
  );
}, 60_000);

test('a document that is completed becomes the row that its view shows, under a pseudonym', async () => {
  const { orders } = (await import(file)) as { orders: Pipeline };
  const bigquery = createBigQuery(emulator.port);
  const dataset = bigquery.dataset('shop');
  await dataset.create();
  const [schema = ''] = readCode(PAGE, 'json');
  await dataset.createTable('orders', { ...(JSON.parse(schema) as Table) });
  const [sql = ''] = readCode(PAGE, 'sql');
  const query = sql.replaceAll('${dataset}', 'shop');
  await dataset.createTable('orders_latest', { view: { query, useLegacySql: false } });

  const fakes = createFakeContext();
  const rowSink = createRowSink(createLocalApi(emulator.port), { project: 'demo-local', dataset: 'shop' });
  const context = { ...fakes.context, rowSink, pipelines: new Map([[orders.name, orders]]) };
  for (const total of [1_000, 1_250]) {
    const data = {
      total,
      status: 'paid',
      paidAt: Timestamp.fromMillis(Date.UTC(2026, 0, 1)),
      note: 'for 花子',
    };
    const updateTime = fakes.documents.put(PATH, data);
    await expect(syncDocument(context, orders, { path: PATH, data, updateTime })).resolves.toBe('delivered');
  }

  const [rows] = await bigquery.query('SELECT * FROM shop.orders_latest');
  expect(rows).toMatchObject([{ order_id: 'o1', total: 1_250, status: 'paid' }]);
  expect(JSON.stringify(rows)).not.toContain('花子');
  expect(fakes.logs.at(-1)).toMatchObject({ message: 'Row delivered', pipeline: 'orders', unknownFields: 1 });
});
