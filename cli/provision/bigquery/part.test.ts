// Plans for BigQuery, carried out in the local one: what was planned is what is then there, and nothing else.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { BigQuery } from '@google-cloud/bigquery';
import * as fc from 'fast-check';
import { startBigQuery } from '../../../emulators/bigquery/server.ts';
import { systemClock } from '../../../emulators/shared/clock.ts';
import type { Emulator } from '../../../emulators/shared/emulator.ts';
import { Faults } from '../../../emulators/shared/faults.ts';
import { createBigQuery } from '../../../test/contracts/bigquery.ts';
import type { Column } from '../../table-fit.ts';
import { createApi } from '../api.ts';
import { applyAll, type AppliedChange } from '../plan.ts';
import { createBigQueryPart } from './part.ts';
import { readWanted, type WantedBigQuery } from './wanted.ts';

const PROJECT = 'demo-local';
const DATASET = 'analytics_production';
const faults = new Faults();
let emulator: Emulator;
let bigquery: BigQuery;
beforeAll(async () => {
  emulator = await startBigQuery({ port: 0, faults, clock: systemClock, log: () => {} });
  bigquery = createBigQuery(emulator.port);
});
afterAll(() => emulator.close());
beforeEach(async () => {
  faults.clear();
  await emulator.clear();
});

const ALL = readWanted({ project: PROJECT, dataset: DATASET, location: 'asia-northeast1', retention: false });
const SESSIONS = ALL.tables.get('sessions')!;
/** Of one collection: what is said here of it holds for each. */
const WANTED: WantedBigQuery = {
  ...ALL,
  tables: new Map([['sessions', SESSIONS]]),
  views: new Map([...ALL.views].filter(([name]) => name.startsWith('sessions_'))),
};

const planOf = (wanted: WantedBigQuery) => {
  const api = createApi(`http://127.0.0.1:${emulator.port}`, async () => ({}));
  return createBigQueryPart(api, PROJECT, wanted).plan();
};
const kindsOf = async (wanted: WantedBigQuery) =>
  (await planOf(wanted)).steps.flatMap(({ changes }) => changes.map(({ kind, what }) => `${kind} ${what}`));
async function provision(wanted: WantedBigQuery = WANTED): Promise<AppliedChange[]> {
  const applied = [];
  for await (const change of applyAll([await planOf(wanted)])) applied.push(change);
  return applied;
}
const tableOf = (fields: readonly Column[]): WantedBigQuery => ({
  ...WANTED,
  views: new Map(),
  tables: new Map([
    ['t', { ...SESSIONS, clustering: { fields: [] }, schema: { fields: [TIME, ...fields] } }],
  ]),
});
const TIME: Column = { name: 'source_updated_at', type: 'TIMESTAMP', mode: 'REQUIRED', description: 'when' };
const metadataOf = async (name: string) => (await bigquery.dataset(DATASET).table(name).getMetadata())[0];

test('an empty project gets the dataset, then tables, then views, and a second run finds nothing to do', async () => {
  const applied = await provision();
  expect(applied.map(({ what, result }) => `${what} ${result}`)).toEqual([
    'dataset analytics_production done',
    'table sessions done',
    'view sessions_latest done',
    'view sessions_published done',
  ]);
  await expect(provision()).resolves.toEqual([]);
  const [{ location, maxTimeTravelHours }] = await bigquery.dataset(DATASET).getMetadata();
  expect({ location, maxTimeTravelHours }).toEqual({ location: 'asia-northeast1', maxTimeTravelHours: '48' });
  expect(await metadataOf('sessions')).toMatchObject({
    description: SESSIONS.description,
    timePartitioning: SESSIONS.timePartitioning,
    clustering: SESSIONS.clustering,
  });
});

test('each collection gets its table and its views', async () => {
  const applied = await provision(ALL);
  const wanted = [...ALL.tables.keys(), ...ALL.views.keys()];
  expect(wanted.length).toBeGreaterThan(3);
  const made = applied.map(({ what }) => String(what.split(' ')[1]));
  expect(made.toSorted()).toEqual([DATASET, ...wanted].toSorted());
  expect(applied.map(({ result }) => result)).toEqual(applied.map(() => 'done'));
  await expect(provision(ALL)).resolves.toEqual([]);
});

test('views name the project, so that they can be read from another one', async () => {
  await provision();
  const { view } = await metadataOf('sessions_latest');
  expect(view.query).toContain('`demo-local.analytics_production.sessions`');
});

test('rows that were streamed before are there afterwards, and new columns are NULL in them', async () => {
  const before = tableOf([{ name: 'n', type: 'INTEGER', mode: 'REQUIRED', description: '' }]);
  await provision(before);
  const table = bigquery.dataset(DATASET).table('t');
  await table.insert([{ source_updated_at: '2026-01-01T00:00:00Z', n: 1 }]);
  const after = tableOf([
    { name: 'n', type: 'FLOAT', mode: 'NULLABLE', description: '' },
    { name: 'more', type: 'STRING', mode: 'REQUIRED', description: '' },
  ]);
  const applied = await provision(after);
  expect(applied.map(({ kind, what, result }) => `${kind} ${what} ${result}`)).toEqual([
    'relax column t.n done',
    'add column t.more done',
    'widen column t.n done',
  ]);
  await table.insert([{ source_updated_at: '2026-01-01T00:00:00Z', n: 1.5, more: 'x' }]);
  const [rows] = await bigquery.query(`SELECT n, more FROM ${DATASET}.t ORDER BY n`);
  expect(rows).toEqual([
    { n: 1, more: null },
    { n: 1.5, more: 'x' },
  ]);
});

const withColumns = (edit: (columns: readonly Column[]) => Column[]): WantedBigQuery => ({
  ...WANTED,
  tables: new Map([['sessions', { ...SESSIONS, schema: { fields: edit(SESSIONS.schema.fields) } }]]),
});

test('a view that reads all columns is taken anew when its table gets one, and no other', async () => {
  const query = `SELECT * FROM \`${PROJECT}.${DATASET}.sessions_latest\``;
  const views = new Map([...WANTED.views, ['sessions_of_all', query]]);
  const before = withColumns((columns) => columns.filter(({ name }) => name !== 'camera_fps'));
  await provision({ ...before, views });
  await expect(kindsOf({ ...WANTED, views })).resolves.toEqual([
    'add column sessions.camera_fps',
    'replace view sessions_latest',
    'replace view sessions_of_all',
  ]);
  await provision({ ...WANTED, views });
  for (const view of ['sessions_latest', 'sessions_of_all']) {
    const { schema } = await metadataOf(view);
    expect(schema.fields.map(({ name }: Column) => name)).toContain('camera_fps');
  }
  await expect(kindsOf({ ...WANTED, views })).resolves.toEqual([]);
});

test('when a type is widened, so is every view that reads it, also through another view', async () => {
  const narrow = (columns: readonly Column[]) =>
    columns.map((column) => (column.name === 'duration' ? { ...column, type: 'INTEGER' } : column));
  await provision(withColumns(narrow));
  await expect(kindsOf(WANTED)).resolves.toEqual([
    'widen column sessions.duration',
    'replace view sessions_latest',
    'replace view sessions_published',
  ]);
  await provision();
  const { schema } = await metadataOf('sessions_published');
  expect(schema.fields).toContainEqual(expect.objectContaining({ name: 'duration', type: 'FLOAT' }));
  await expect(kindsOf(WANTED)).resolves.toEqual([]);
});

test('a view is replaced when its query is another, and only then', async () => {
  await provision();
  const latest = bigquery.dataset(DATASET).table('sessions_latest');
  await latest.setMetadata({ view: { query: 'SELECT 1 AS one', useLegacySql: false } });
  await expect(kindsOf(WANTED)).resolves.toEqual(['replace view sessions_latest']);
  await provision();
  await expect(kindsOf(WANTED)).resolves.toEqual([]);
});

describe('what is refused stays as it is, with what to do instead', () => {
  async function refusals(wanted: WantedBigQuery) {
    const applied = await provision(wanted);
    expect(applied.map(({ result }) => result)).toEqual(applied.map(() => 'refused'));
    for (const { remedy } of applied) expect(remedy).toBeTruthy();
    return applied.map(({ what, from, to }) => [what, from, to]);
  }

  test('a dataset elsewhere, unless that is what is asked for', async () => {
    await provision();
    await expect(refusals({ ...WANTED, location: 'EU' })).resolves.toEqual([
      ['dataset analytics_production', 'asia-northeast1', 'EU'],
    ]);
    await expect(kindsOf({ ...WANTED, location: 'ASIA-northeast1' })).resolves.toEqual([]);
  });

  test('another partitioning', async () => {
    await provision();
    const sessions = { ...SESSIONS, timePartitioning: { ...SESSIONS.timePartitioning, field: 'created_at' } };
    await expect(refusals({ ...WANTED, tables: new Map([['sessions', sessions]]) })).resolves.toEqual([
      ['table sessions', 'one partition per DAY of source_updated_at', 'one partition per DAY of created_at'],
    ]);
  });

  test('a table where a view is wanted, and a view where a table is', async () => {
    const dataset = (
      await bigquery.createDataset(DATASET, { location: 'asia-northeast1', maxTimeTravelHours: '48' })
    )[0];
    await dataset.createTable('sessions', { view: { query: 'SELECT 1 AS one', useLegacySql: false } });
    await dataset.createTable('sessions_latest', { schema: [{ name: 'one', type: 'INTEGER' }] });
    await dataset.createTable('sessions_published', { schema: [{ name: 'one', type: 'INTEGER' }] });
    await expect(refusals(WANTED)).resolves.toEqual([
      ['table sessions', 'VIEW', 'TABLE'],
      ['view sessions_latest', 'TABLE', 'VIEW'],
      ['view sessions_published', 'TABLE', 'VIEW'],
    ]);
  });
});

describe('how long rows are kept', () => {
  const kept = async () => {
    const [{ maxTimeTravelHours }] = await bigquery.dataset(DATASET).getMetadata();
    const { timePartitioning } = await metadataOf('sessions');
    return [maxTimeTravelHours, timePartitioning.expirationMs, timePartitioning.field];
  };
  const keeping = (expirationMs: string | undefined, maxTimeTravelHours: string): WantedBigQuery => {
    const { expirationMs: _, ...forEver } = SESSIONS.timePartitioning;
    const timePartitioning = expirationMs === undefined ? forEver : { ...forEver, expirationMs };
    return {
      ...WANTED,
      options: { maxTimeTravelHours },
      tables: new Map([['sessions', { ...SESSIONS, timePartitioning }]]),
    };
  };
  const LONG = keeping(undefined, '168');

  test('is shortened only when that is asked for', async () => {
    await provision(LONG);
    const told = await provision();
    expect(told).toMatchObject([
      { kind: 'refuse', from: 'time travel of 168 hours', to: '48 hours' },
      { kind: 'refuse', from: 'rows kept for ever', to: 'for 1096 days' },
    ]);
    expect(told[0]?.remedy).toContain('provision --retention');
    await expect(kept()).resolves.toEqual(['168', undefined, 'source_updated_at']);
    await provision({ ...WANTED, retention: true });
    await expect(kept()).resolves.toEqual(['48', '94694400000', 'source_updated_at']);
  });

  test('is prolonged at once', async () => {
    await provision();
    await provision(LONG);
    await expect(kept()).resolves.toEqual(['168', undefined, 'source_updated_at']);
    await expect(kindsOf(LONG)).resolves.toEqual([]);
  });
});

test('where a step fails, what comes after it is not tried, and the next run goes on', async () => {
  faults.add({
    service: 'bigquery',
    method: 'tables.insert',
    phase: 'before',
    status: 403,
    reason: 'accessDenied',
    count: 1,
  });
  const applied = await provision();
  expect(applied.map(({ result }) => result)).toEqual(['done', 'failed', 'not tried', 'not tried']);
  expect(applied[1]?.note).toContain('403');
  expect(applied[1]?.note).toContain('roles/bigquery.dataOwner');
  expect((await provision()).map(({ what, result }) => `${what} ${result}`)).toEqual([
    'table sessions done',
    'view sessions_latest done',
    'view sessions_published done',
  ]);
});

const column = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  type: fc.constantFrom('STRING', 'INTEGER', 'FLOAT', 'NUMERIC', 'BIGNUMERIC'),
  mode: fc.constantFrom('REQUIRED' as const, 'NULLABLE' as const, 'REPEATED' as const),
  description: fc.constantFrom('one', 'two'),
});
const columns = fc.uniqueArray(column, { selector: ({ name }) => name });

test('whatever is there and whatever is wanted: what is planned can be done, and then only refusals are left', async () => {
  await fc.assert(
    fc.asyncProperty(columns, columns, async (found, wanted) => {
      await emulator.clear();
      await provision(tableOf(found));
      const applied = await provision(tableOf(wanted));
      for (const { kind, result } of applied) {
        const isApplied = kind !== 'refuse' && kind !== 'leave';
        expect([kind, result]).toEqual([kind, isApplied ? 'done' : kind === 'leave' ? 'left' : 'refused']);
      }
      const again = await provision(tableOf(wanted));
      expect(again.filter(({ result }) => result !== 'refused' && result !== 'left')).toEqual([]);
      const { schema } = await metadataOf('t');
      const names = schema.fields.map(({ name }: Column) => name);
      expect(names).toEqual(expect.arrayContaining([...found, ...wanted].map(({ name }) => name)));
    }),
    { numRuns: 25 },
  );
}, 60_000);
