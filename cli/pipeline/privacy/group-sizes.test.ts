// The SQL of the re-identification report and of the published view, on the local BigQuery, against counting by hand.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { BigQuery } from '@google-cloud/bigquery';
import * as fc from 'fast-check';
import { startBigQuery } from '../../../emulators/bigquery/server.ts';
import { systemClock } from '../../../emulators/shared/clock.ts';
import type { Emulator } from '../../../emulators/shared/emulator.ts';
import { Faults } from '../../../emulators/shared/faults.ts';
import { sessions } from '../../../functions/pipelines/sessions.ts';
import { createBigQuery } from '../../../test/contracts/bigquery.ts';
import { provision } from '../../provision.ts';
import { groupSizes, smallestGroups } from './group-sizes.ts';

interface Session {
  readonly person: string;
  readonly platform: string | null;
  readonly osVersion: string | null;
  readonly model: string | null;
  readonly start: string;
  readonly exercise: string;
}

const DATASET = 'analytics_production';
let emulator: Emulator;
let bigquery: BigQuery;

beforeAll(async () => {
  emulator = await startBigQuery({
    port: 0,
    faults: new Faults(),
    clock: systemClock,
    log: () => {},
  });
  bigquery = createBigQuery(emulator.port);
  await provision({
    project: 'demo-local',
    env: { BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${emulator.port}` },
  });
}, 60_000);
afterAll(() => emulator.close());
beforeEach(() => bigquery.query(`TRUNCATE TABLE ${DATASET}.sessions`));

/** One statement for all of them: few values each, so that groups come about. */
async function store(rows: readonly Session[]): Promise<void> {
  await bigquery.query(`TRUNCATE TABLE ${DATASET}.sessions`);
  const text = (value: string | null) => (value === null ? 'NULL' : JSON.stringify(value));
  const values = rows.map(
    ({ person, platform, osVersion, model, start, exercise }, i) =>
      `('${person}', 's${i}', '${exercise}', TIMESTAMP '${start}', 'completed', ${text(platform)}, ${text(osVersion)}, ${text(model)},
        TIMESTAMP '2026-01-01', CURRENT_TIMESTAMP(), 1, CURRENT_TIMESTAMP())`,
  );
  if (values.length === 0) return;
  await bigquery.query(`INSERT INTO ${DATASET}.sessions (user_id_hash, session_id, exercise_type, start_time, status,
    platform, os_version, device_model, created_at, source_updated_at, pseudonym_key_version, synced_at)
    VALUES ${values.join(', ')}`);
}

/** What the policies call the quasi-identifiers, worked out here once more. */
const QUASI: readonly (readonly [label: string, of: (row: Session) => string | null])[] = [
  ['platform', ({ platform }) => platform],
  ['os_version (major)', ({ osVersion }) => osVersion?.match(/^\d+(?=\.|$)/)?.[0] ?? null],
  ['device_model', ({ model }) => model],
  ['start_time (hour)', ({ start }) => start.slice(0, 13)],
];

function groupsBy(rows: readonly Session[], quasi: typeof QUASI) {
  const groups = new Map<string, Session[]>();
  for (const row of rows) {
    const key = JSON.stringify(quasi.map(([, of]) => of(row)));
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((members) => ({
    members,
    persons: new Set(members.map(({ person }) => person)).size,
    l: new Set(members.map(({ exercise }) => exercise)).size,
  }));
}

function countedByHand(rows: readonly Session[], known: readonly string[], k: number) {
  const groups = groupsBy(
    rows,
    QUASI.filter(([label]) => known.includes(label)),
  );
  const alone = groups.filter(({ persons }) => persons === 1).flatMap(({ members }) => members);
  const small = groups.filter(({ persons }) => persons < k);
  const least = (numbers: readonly number[]) => (numbers.length === 0 ? 0 : Math.min(...numbers));
  return {
    known,
    groups: groups.length,
    rows: rows.length,
    persons: new Set(rows.map(({ person }) => person)).size,
    k: least(groups.map(({ persons }) => persons)),
    l: least(groups.map(({ l }) => l)),
    aloneRows: alone.length,
    alonePersons: new Set(alone.map(({ person }) => person)).size,
    smallGroups: small.length,
    smallRows: small.flatMap(({ members }) => members).length,
  };
}

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
const session = fc.record({
  person: oneOf('a', 'b', 'c', 'd', 'e', 'f'),
  platform: oneOf('iOS', 'Android', null),
  osVersion: oneOf('19', '19.1', '19.2.3', '4', 'unknown', null),
  model: oneOf('x', null),
  start: oneOf('2026-01-01 10:00:00', '2026-01-01 10:59:59.999999', '2026-01-01 11:00:00'),
  exercise: oneOf('squat', 'plank'),
});

describe('the report', () => {
  test('counts what counting by hand counts, for every combination of quasi-identifiers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(session, { maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        async (rows, k) => {
          await store(rows);
          const sizes = await groupSizes(bigquery, DATASET, sessions, k);
          expect(sizes).toHaveLength(15);
          expect(sizes).toEqual(sizes.map(({ known }) => countedByHand(rows, known, k)));
          expect(sizes.at(-1)?.known).toEqual(QUASI.map(([label]) => label));
        },
      ),
      { numRuns: 15 },
    );
  }, 120_000);

  test('names the smallest groups by their values, and the smallest first', async () => {
    const row = {
      platform: 'iOS',
      osVersion: '19.1',
      model: null,
      start: '2026-01-01 10:30:00',
      exercise: 'squat',
    };
    await store([
      { ...row, person: 'a' },
      { ...row, person: 'a' },
      { ...row, person: 'b', platform: 'Android' },
      { ...row, person: 'c', platform: 'Android', exercise: 'plank' },
    ]);
    const values = { os_version: '19', device_model: null, start_time: '2026-01-01 10:00:00+00' };
    await expect(smallestGroups(bigquery, DATASET, sessions, 10)).resolves.toEqual([
      { persons: 1, rows: 2, l: 1, values: { platform: 'iOS', ...values } },
      { persons: 2, rows: 2, l: 2, values: { platform: 'Android', ...values } },
    ]);
    await expect(smallestGroups(bigquery, DATASET, sessions, 1)).resolves.toHaveLength(1);
  });
});

describe('the published view', () => {
  const published = async () => (await bigquery.query(`SELECT * FROM ${DATASET}.sessions_published`))[0];

  test('has the rows of groups of five persons or more, and none of a smaller one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(session, { minLength: 20, maxLength: 120 }), async (rows) => {
        await store(rows);
        const shown = groupsBy(rows, QUASI)
          .filter(({ persons }) => persons >= 5)
          .flatMap(({ members }) => members.map((row) => QUASI.map(([, of]) => of(row))));
        const seen = (await published()).map(({ platform, os_version, device_model, start_time }) => [
          platform,
          os_version,
          device_model,
          String(start_time.value).slice(0, 13).replace('T', ' '),
        ]);
        const sorted = (lists: unknown[][]) => lists.map((list) => JSON.stringify(list)).toSorted();
        expect(sorted(seen)).toEqual(sorted(shown));
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  test('has no pseudonym, no id, and no time more precise than the hour', async () => {
    const row = {
      platform: 'iOS',
      osVersion: '19.1',
      model: 'x',
      start: '2026-01-01 10:30:00.5',
      exercise: 'squat',
    };
    await store(['a', 'b', 'c', 'd', 'e'].map((person) => ({ ...row, person })));
    const [first, ...others] = await published();
    expect(others).toHaveLength(4);
    expect(Object.keys(first)).toEqual([
      'platform',
      'os_version',
      'device_model',
      'start_time',
      'exercise_type',
      'duration',
      'rep_count',
      'set_count',
      'overall_score',
      'good_frames',
      'warning_frames',
      'error_frames',
      'warnings',
    ]);
    expect(first).toMatchObject({
      os_version: '19',
      start_time: { value: expect.stringMatching(/^2026-01-01T10:00:00(\.0+)?Z$/) },
    });
  });
});
