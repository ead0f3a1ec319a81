// The statements that count and move rows, on the local BigQuery, against moving them by hand.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BigQuery } from '@google-cloud/bigquery';
import * as fc from 'fast-check';
import { startBigQuery } from '../../../emulators/bigquery/server.ts';
import { ManualClock } from '../../../emulators/shared/clock.ts';
import type { Emulator } from '../../../emulators/shared/emulator.ts';
import { Faults } from '../../../emulators/shared/faults.ts';
import type { Config } from '../../../functions/config.ts';
import { createBigQuery } from '../../../test/contracts/bigquery.ts';
import { BRIDGE_TABLE, bridgeDataset, createBridge, type Bridge } from './bridge-table.ts';
import { createRows, type Rows } from './rows.ts';

const NOW = Date.UTC(2026, 8, 1, 12);
const DATASET = 'training';
/** Of a table with two pseudonyms a row, one of which may be missing. */
const LESSONS = {
  name: 'lessons',
  records: [],
  columns: [
    { name: 'pupil', repeated: false },
    { name: 'coach', repeated: false },
  ],
};
const VERSIONS = { from: 1, to: 2 };
const STREAMED_MINUTES = 90;

interface Lesson {
  readonly id: number;
  readonly pupil: string;
  readonly coach: string | null;
  readonly version: number;
  readonly updatedAt: string;
  readonly syncedAt: string;
}

let emulator: Emulator;
let bigquery: BigQuery;
let rows: Rows;
let bridge: Bridge;

beforeAll(async () => {
  const clock = new ManualClock(NOW);
  emulator = await startBigQuery({ port: 0, faults: new Faults(), clock, log: () => {} });
  bigquery = createBigQuery(emulator.port);
  await bigquery.query(`CREATE SCHEMA ${DATASET}`);
  await bigquery.query(`CREATE TABLE ${DATASET}.lessons (id INT64 NOT NULL, pupil STRING NOT NULL, coach STRING,
    pseudonym_key_version INT64 NOT NULL, source_updated_at TIMESTAMP NOT NULL, synced_at TIMESTAMP NOT NULL)
    PARTITION BY DATE(source_updated_at)`);
  const config = { bigqueryProject: 'demo-local', dataset: DATASET } as Config; // all that these read of it
  rows = createRows({ bigquery, config });
  bridge = createBridge({ bigquery, config });
  await bridge.ensure(undefined);
}, 60_000);
afterAll(() => emulator.close());

async function store(lessons: readonly Lesson[]): Promise<void> {
  await bigquery.query(`TRUNCATE TABLE ${DATASET}.lessons`);
  const text = (value: string | null) => (value === null ? 'NULL' : `'${value}'`);
  const values = lessons.map(
    ({ id, pupil, coach, version, updatedAt, syncedAt }) =>
      `(${id}, '${pupil}', ${text(coach)}, ${version}, TIMESTAMP '${updatedAt}', TIMESTAMP '${syncedAt}')`,
  );
  if (values.length > 0) await bigquery.query(`INSERT INTO ${DATASET}.lessons VALUES ${values.join(', ')}`);
}

async function stored(): Promise<unknown[]> {
  const [found] = await bigquery.query(`SELECT id, pupil, coach, pseudonym_key_version AS version,
    FORMAT_TIMESTAMP('%FT%TZ', source_updated_at) AS updatedAt, FORMAT_TIMESTAMP('%FT%TZ', synced_at) AS syncedAt
    FROM ${DATASET}.lessons ORDER BY id`);
  return found;
}

async function moveAll(): Promise<number> {
  let moved = 0;
  for (const month of await rows.movable(LESSONS.name, VERSIONS.from, STREAMED_MINUTES)) {
    moved += await rows.move(LESSONS, VERSIONS, { bridge, month, streamedMinutes: STREAMED_MINUTES });
  }
  return moved;
}

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
const PERSONS = ['a', 'b', 'c'] as const;
const lesson = fc.record({
  pupil: oneOf(...PERSONS),
  coach: oneOf(...PERSONS, null),
  version: oneOf(1, 1, 1, 2, 3),
  updatedAt: oneOf('2026-07-31T23:59:59Z', '2026-08-01T00:00:00Z', '2026-08-31T12:00:00Z'),
  // Twelve o'clock less ninety minutes is the bound.
  syncedAt: oneOf('2026-01-01T00:00:00Z', '2026-09-01T10:29:59Z', '2026-09-01T10:30:00Z'),
});
/** Nearly everybody. */
const some = fc.subarray([...PERSONS], { minLength: 2 });

test('a row moves when all its pseudonyms have a pair and it was not sent just now, and no other cell changes', async () => {
  const lessons = fc
    .array(lesson, { minLength: 8, maxLength: 16 })
    .map((all): Lesson[] => all.map((one, id) => ({ ...one, id })));
  const known = fc.record({ pupil: some, coach: some });
  const run = async (before: Lesson[], pairs: { pupil: string[]; coach: string[] }) => {
    await store(before);
    await bridge.remove(VERSIONS);
    for (const column of ['pupil', 'coach'] as const) {
      const made = pairs[column].map((old) => ({ old_pseudonym: old, new_pseudonym: `${column}-${old}` }));
      if (made.length > 0) await bridge.add(column, VERSIONS, made);
      // Pairs of other versions are nobody's business.
      await bridge.add(column, { from: 1, to: 3 }, [{ old_pseudonym: 'a', new_pseudonym: 'wrong' }]);
    }
    const moves = ({ version, syncedAt, pupil, coach }: Lesson) =>
      version === 1 &&
      syncedAt < '2026-09-01T10:30:00Z' &&
      pairs.pupil.includes(pupil) &&
      (coach === null || pairs.coach.includes(coach));
    const after = before.map((one) =>
      moves(one)
        ? {
            ...one,
            pupil: `pupil-${one.pupil}`,
            coach: one.coach === null ? null : `coach-${one.coach}`,
            version: 2,
          }
        : one,
    );
    expect(await moveAll()).toBe(before.filter(moves).length);
    expect(await stored()).toEqual(after);
    expect(await moveAll()).toBe(0);
  };
  await fc.assert(fc.asyncProperty(lessons, known, run), { numRuns: 10 });
}, 60_000);

test('a pair that two runs wrote at once moves a row once', async () => {
  const row = { id: 0, pupil: 'a', coach: null, version: 1, updatedAt: '2026-07-01T00:00:00Z' };
  await store([{ ...row, syncedAt: '2026-07-01T00:00:00Z' }]);
  await bridge.remove(VERSIONS);
  const pair = `('pupil', 1, 2, 'a', 'A', CURRENT_TIMESTAMP())`;
  await bigquery.query(`INSERT INTO ${bridgeDataset(DATASET)}.${BRIDGE_TABLE} VALUES ${pair}, ${pair}`);
  expect(await moveAll()).toBe(1);
  expect(await stored()).toMatchObject([{ pupil: 'A', coach: null, version: 2 }]);
});

test('rows are counted by version, with the oldest and the newest', async () => {
  await store([
    {
      id: 0,
      pupil: 'a',
      coach: null,
      version: 1,
      updatedAt: '2026-07-01T00:00:00Z',
      syncedAt: '2026-07-01T00:00:00Z',
    },
    {
      id: 1,
      pupil: 'a',
      coach: 'b',
      version: 1,
      updatedAt: '2026-08-01T00:00:00Z',
      syncedAt: '2026-09-01T11:00:00Z',
    },
    {
      id: 2,
      pupil: 'c',
      coach: null,
      version: 2,
      updatedAt: '2026-08-02T00:00:00Z',
      syncedAt: '2026-08-02T00:00:00Z',
    },
  ]);
  const day = (text: string) => new Date(`${text}T00:00:00Z`);
  await expect(rows.countByVersion('lessons')).resolves.toEqual([
    { table: 'lessons', version: 1, rows: 2, oldest: day('2026-07-01'), newest: day('2026-08-01') },
    { table: 'lessons', version: 2, rows: 1, oldest: day('2026-08-02'), newest: day('2026-08-02') },
  ]);
  await expect(rows.pseudonyms('lessons', LESSONS.columns[0]!, 1)).resolves.toEqual(new Set(['a']));
  await expect(rows.pseudonyms('lessons', LESSONS.columns[1]!, 1)).resolves.toEqual(new Set(['b']));
  await expect(rows.movable('lessons', 1, STREAMED_MINUTES)).resolves.toEqual([
    { from: '2026-07-01T00:00:00Z', rows: 1 },
  ]);
  await expect(rows.now()).resolves.toEqual(new Date(NOW));
});

test('of a cell with several pseudonyms each counts', async () => {
  await bigquery.query(`CREATE TABLE ${DATASET}.teams (members ARRAY<STRING>, pseudonym_key_version INT64)`);
  await bigquery.query(
    `INSERT INTO ${DATASET}.teams VALUES (['a', 'b'], 1), (['b', 'c'], 1), ([], 1), (['d'], 2)`,
  );
  const found = await rows.pseudonyms('teams', { name: 'members', repeated: true }, 1);
  expect(found).toEqual(new Set(['a', 'b', 'c']));
});

test('a month that BigQuery still holds in its buffer is left, and the message says when to come back', async () => {
  const row = {
    id: 7,
    pupil: 'a',
    coach: null,
    pseudonym_key_version: 1,
    source_updated_at: '2026-09-01T00:00:00Z',
  };
  await bigquery.query(`TRUNCATE TABLE ${DATASET}.lessons`);
  // Sent long ago by its own word, and streamed now: a clock that goes wrong.
  await bigquery
    .dataset(DATASET)
    .table('lessons')
    .insert([{ ...row, synced_at: '2026-09-01T00:00:00Z' }]);
  await bridge.add('pupil', VERSIONS, [{ old_pseudonym: 'a', new_pseudonym: 'A' }]);
  await expect(moveAll()).rejects.toThrow(
    'BigQuery still holds rows of 2026-09 of table "lessons" in its streaming buffer, and changed none of that month.',
  );
  expect(await stored()).toMatchObject([{ id: 7, pupil: 'a', version: 1 }]);
});
