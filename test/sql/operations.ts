// Everything of ours that asks BigQuery something in SQL, by the file in which the SQL stands: run, in this order, with
// the result that the rows of world.ts give. What only asks the local BigQuery (tests, bench/, emulators/) is not here.
import * as z from 'zod';
import { gather } from '../../cli/chaos/gather.ts';
import { takeAccount } from '../../cli/demo/account.ts';
import { describeSample, describeWhatNext } from '../../cli/demo/describe.ts';
import { createBridge } from '../../cli/pipeline/keys/bridge-table.ts';
import { createRows, STREAMED_MINUTES } from '../../cli/pipeline/keys/rows.ts';
import { tablesOf } from '../../cli/pipeline/keys/pseudonymised.ts';
import { groupSizes, smallestGroups } from '../../cli/pipeline/privacy/group-sizes.ts';
import { publishedView } from '../../cli/pipeline/privacy/published-view.ts';
import { createBigQueryPart } from '../../cli/provision/bigquery/part.ts';
import { applyAll } from '../../cli/provision/plan.ts';
import { DATASET } from '../../cli/provision.ts';
import type { Suite } from '../../emulators/suite.ts';
import { influencers } from '../../functions/pipelines/influencers.ts';
import { sessions } from '../../functions/pipelines/sessions.ts';
import { createRowEraser } from '../../functions/services/row-eraser.ts';
import { createRowIndex } from '../../functions/services/row-index.ts';
import { codeOf, PROJECT, WANTED } from './tables.ts';
import { hashOf, NOW, type World } from './world.ts';

export interface Operation {
  readonly file: string;
  /** What it does, for people. */
  readonly name: string;
  run(world: World): Promise<unknown>;
  readonly gives: unknown;
}

const RANGE = { from: Date.UTC(2026, 7, 1), to: Date.UTC(2026, 7, 5) };
const VERSIONS = { from: 1, to: 2 };
const SESSIONS = tablesOf([sessions])[0]!;
const PERSON = { name: 'user_id_hash', repeated: false };
const WHERE = { project: PROJECT, dataset: DATASET };
const SECRET = 'only-for-the-statements-that-compare-nothing';

const indexOf = ({ bigquery }: World) => createRowIndex(async () => bigquery, WHERE);
const eraserOf = ({ bigquery }: World) => createRowEraser(async () => bigquery, WHERE);
const gone = { completed: new Set<string>(), skipped: 0, sessions: 0, poison: 0 };
const until = new Date(NOW);
const wholeRows = async ({ bigquery }: World, query: string, params = {}) =>
  (await bigquery.query({ query, params }))[0] as unknown[];
/** The statement of a page, for the dataset here. */
const onPage = (page: string, at = 0) =>
  (codeOf(page, 'sql')[at] ?? '').replaceAll('${dataset}', DATASET).replaceAll('${name}', 'training');

const REIDENTIFICATION = sessions.reidentification!;
function expectNone(rows: readonly unknown[], column: string): void {
  const found = rows.find((row) => column in Object(row));
  if (found !== undefined) throw new Error(`The view shows ${column}`);
}

export const OPERATIONS: readonly Operation[] = [
  {
    file: 'functions/services/row-index.ts',
    name: 'count by day and by minute',
    async run(world) {
      const days = await indexOf(world).count(sessions, 'day', RANGE);
      const minutes = await indexOf(world).count(sessions, 'minute', { from: null, to: null });
      return [Object.fromEntries(days), minutes.get(Date.UTC(2026, 7, 1, 9, 1)), minutes.size];
    },
    gives: [{ [Date.UTC(2026, 7, 1)]: 6, [Date.UTC(2026, 7, 3)]: 1 }, 1, 7],
  },
  {
    file: 'functions/services/row-index.ts',
    name: 'find by key',
    run: (world) =>
      indexOf(world).find(sessions, [
        [hashOf('a'), 'a1'],
        [hashOf('a'), 'b1'],
      ]),
    gives: [
      {
        key: [hashOf('a'), 'a1'],
        version: '2026-08-05T10:00:00.000000Z',
        timeMs: Date.UTC(2026, 7, 1, 9),
      },
    ],
  },
  {
    file: 'functions/services/row-index.ts',
    name: 'keys that are there, counted, listed and found beside those that are gone',
    async run(world) {
      const index = indexOf(world);
      const days = await index.count(influencers, 'day', { from: null, to: null });
      const within = await index.within(influencers, RANGE);
      const found = await index.find(influencers, [['gone'], ['back']]);
      const described = found.map(
        ({ key, version, timeMs }) => `${key[0]} ${version.slice(0, 10)} ${timeMs}`,
      );
      return [
        Object.fromEntries(days),
        within.map(({ key }) => String(key[0])).toSorted(),
        described.toSorted(),
      ];
    },
    gives: [
      { [Date.UTC(2026, 7, 1)]: 2 },
      ['back', 'there'],
      [`back 2026-08-03 ${Date.UTC(2026, 7, 1, 9)}`, 'gone 2026-08-03 null'],
    ],
  },
  {
    file: 'bigquery-schemas/views/influencers_latest.sql',
    name: 'the newest version of each channel that is there',
    async run(world) {
      const rows = await wholeRows(world, WANTED.views.get('influencers_latest')!);
      const shape = z.object({ channel_id: z.string(), view_count: z.number() });
      expectNone(rows, 'deleted_at');
      return rows.map((row) => Object.values(shape.parse(row)).join(' ')).toSorted();
    },
    gives: ['back 8', 'there 7'],
  },
  {
    file: 'bigquery-schemas/views/campaigns_latest.sql',
    name: 'the newest version of each campaign that is there',
    async run(world) {
      const rows = await wholeRows(world, WANTED.views.get('campaigns_latest')!);
      const shape = z.object({
        campaign_id: z.string(),
        target_demographics: z.object({ interests: z.array(z.string()) }),
      });
      expectNone(rows, 'deleted_at');
      return rows.map((row) => shape.parse(row));
    },
    gives: [{ campaign_id: 'c1', target_demographics: { interests: ['beauty'] } }],
  },
  {
    file: 'bigquery-schemas/views/influencers_published.sql',
    name: 'no channel where fewer than five share what could tell them apart',
    run: async (world) => (await wholeRows(world, WANTED.views.get('influencers_published')!)).length,
    gives: 0,
  },
  {
    file: 'bigquery-schemas/views/sessions_latest.sql',
    name: 'the newest version of each',
    async run(world) {
      const rows = await wholeRows(world, WANTED.views.get('sessions_latest')!);
      const shape = z.object({ session_id: z.string(), rep_count: z.number() });
      return rows.map((row) => Object.values(shape.parse(row)).join(' ')).toSorted();
    },
    gives: ['a1 6', 'b1 5', 'c1 5', 'd1 5', 'e1 5', 'f1 5', 'z1 5'],
  },
  {
    file: 'bigquery-schemas/views/sessions_published.sql',
    name: 'only where five persons share what could tell them apart',
    async run(world) {
      const rows = await wholeRows(world, WANTED.views.get('sessions_published')!);
      const shape = z.object({ platform: z.string(), os_version: z.string(), rep_count: z.number() });
      return rows.map((row) => Object.values(shape.parse(row)).join(' ')).toSorted();
    },
    gives: ['ios 17 5', 'ios 17 5', 'ios 17 5', 'ios 17 5', 'ios 17 5', 'ios 17 6'],
  },
  {
    file: 'cli/pipeline/privacy/published-view.ts',
    name: 'the published view as it would be written',
    run: async (world) => {
      const query = publishedView(sessions, REIDENTIFICATION).replaceAll('${dataset}', DATASET);
      return (await wholeRows(world, query)).length;
    },
    gives: 6,
  },
  {
    file: 'cli/pipeline/privacy/group-sizes.ts',
    name: 'sizes of groups, for everything that may be known',
    async run({ bigquery }) {
      const sizes = await groupSizes(bigquery, DATASET, sessions, 5);
      return [sizes.length, sizes.at(-1)];
    },
    gives: [
      15,
      {
        known: ['platform', 'os_version (major)', 'device_model', 'start_time (hour)'],
        groups: 2,
        rows: 7,
        persons: 7,
        k: 1,
        l: 1,
        aloneRows: 1,
        alonePersons: 1,
        smallGroups: 1,
        smallRows: 1,
      },
    ],
  },
  {
    file: 'cli/pipeline/privacy/group-sizes.ts',
    name: 'the smallest groups',
    async run({ bigquery }) {
      const groups = await smallestGroups(bigquery, DATASET, sessions, 10);
      return groups.map(({ persons, rows, l, values }) => [persons, rows, l, values['os_version']]);
    },
    gives: [
      [1, 1, 1, '14'],
      [6, 6, 1, '17'],
    ],
  },
  {
    file: 'cli/pipeline/privacy/group-sizes.ts',
    name: 'the smallest groups by a number, a day and an hour',
    async run({ bigquery }) {
      const quasiIdentifiers = [
        { column: 'overall_score', to: 'value' },
        { column: 'start_time', to: 'day' },
        { column: 'created_at', to: 'hour' },
      ] as const;
      const reidentification = { ...REIDENTIFICATION, quasiIdentifiers };
      const groups = await smallestGroups(bigquery, DATASET, { ...sessions, reidentification }, 1);
      return groups.map(({ persons, values }) => [persons, values]);
    },
    gives: [
      [
        1,
        {
          overall_score: '40.5',
          start_time: '2026-08-03 00:00:00+00',
          created_at: '2026-08-03 09:00:00+00',
        },
      ],
    ],
  },
  {
    file: 'cli/chaos/gather.ts',
    name: 'all rows, raw and newest',
    async run({ bigquery, firestore }) {
      const { raw, latest } = await gather(firestore, bigquery, SECRET);
      return [raw.length, latest.length];
    },
    gives: [8, 7],
  },
  {
    file: 'cli/demo/account.ts',
    name: 'the account of the demo',
    async run({ bigquery, firestore }) {
      const account = await takeAccount(bigquery, firestore, DATASET, SECRET, gone);
      return [account.rows, account.latest, account.duplicates];
    },
    gives: [8, 7, 0],
  },
  {
    file: 'cli/demo/describe.ts',
    name: 'the query of the demo',
    run: async ({ bigquery }) =>
      (await describeSample(bigquery, DATASET)).split('\n').at(-1)?.trim().split(/\s+/),
    gives: ['squat', '7', '7', '46.2'],
  },
  {
    file: 'cli/demo/describe.ts',
    name: 'the query to try',
    async run(world) {
      const text = describeWhatNext({ env: {}, project: PROJECT, ports: {} } as Suite, DATASET);
      const [, body = '{}'] = /-d '(\{"useLegacySql".*\})'/.exec(text) ?? [];
      const rows = await wholeRows(world, z.object({ query: z.string() }).parse(JSON.parse(body)).query);
      return rows.map((row) => z.object({ session_id: z.string(), exercise_type: z.string() }).parse(row));
    },
    gives: [{ session_id: 'a1', exercise_type: 'squat' }],
  },
  {
    file: 'cli/pipeline/keys/rows.ts',
    name: 'BigQuery’s clock',
    run: (world) => createRows(world).now(),
    gives: new Date(NOW),
  },
  {
    file: 'cli/pipeline/keys/rows.ts',
    name: 'rows by version of the key',
    run: (world) => createRows(world).countByVersion('sessions'),
    gives: [
      {
        table: 'sessions',
        version: 1,
        rows: 8,
        oldest: new Date('2026-08-04T10:00:00Z'),
        newest: new Date('2026-08-05T10:00:00Z'),
      },
    ],
  },
  {
    file: 'cli/pipeline/keys/rows.ts',
    name: 'pseudonyms, one or many in a cell',
    async run(world) {
      const rows = createRows(world);
      const one = await rows.pseudonyms('sessions', PERSON, 1);
      const many = await rows.pseudonyms('sessions', { name: 'warnings', repeated: true }, 1);
      return [one.size, one.has(hashOf('z')), [...many]];
    },
    gives: [7, true, ['deep']],
  },
  {
    file: 'cli/pipeline/keys/rows.ts',
    name: 'rows that may be moved',
    run: (world) => createRows(world).movable('sessions', 1, STREAMED_MINUTES),
    gives: [{ from: '2026-08-01T00:00:00Z', rows: 8 }],
  },
  {
    file: 'cli/pipeline/keys/bridge-table.ts',
    name: 'pairs, added once, known and counted',
    async run(world) {
      const bridge = createBridge(world);
      await bridge.ensure(undefined);
      const pairs = [{ old_pseudonym: hashOf('a'), new_pseudonym: hashOf('A') }];
      for (const column of ['user_id_hash', 'user_id_hash', 'coach'])
        await bridge.add(column, VERSIONS, pairs);
      return [[...(await bridge.known('user_id_hash', VERSIONS))], await bridge.count()];
    },
    gives: [[hashOf('a')], [{ ...VERSIONS, pairs: 2 }]],
  },
  {
    file: 'cli/pipeline/keys/rows.ts',
    name: 'what a move would read, with pseudonyms and without',
    async run(world) {
      const rows = createRows(world);
      const [full, bare] = await Promise.all([
        rows.bytesToMove(SESSIONS, VERSIONS, STREAMED_MINUTES),
        rows.bytesToMove({ ...SESSIONS, columns: [] }, VERSIONS, STREAMED_MINUTES),
      ]);
      return [full > 0, bare > 0];
    },
    gives: [true, true],
  },
  {
    file: 'cli/pipeline/keys/rows.ts',
    name: 'a move to another version of the key',
    async run(world) {
      const rows = createRows(world);
      const how = {
        bridge: createBridge(world),
        month: { from: '2026-08-01T00:00:00Z', rows: 8 },
        streamedMinutes: STREAMED_MINUTES,
      };
      const moved = await rows.move(SESSIONS, VERSIONS, how);
      return [moved, [...(await rows.pseudonyms('sessions', PERSON, 2))]];
    },
    gives: [2, [hashOf('A')]],
  },
  {
    file: 'functions/services/row-eraser.ts',
    name: 'pairs of an erased person deleted',
    async run(world) {
      await eraserOf(world).unlink('coach', [hashOf('A')]);
      return createBridge(world).count();
    },
    gives: [{ ...VERSIONS, pairs: 1 }],
  },
  {
    file: 'cli/pipeline/keys/bridge-table.ts',
    name: 'pairs removed',
    async run(world) {
      const bridge = createBridge(world);
      return [await bridge.remove(VERSIONS), await bridge.count()];
    },
    gives: [1, []],
  },
  {
    file: 'docs/migration.md',
    name: 'the comparison with the extension',
    run: (world) => wholeRows(world, onPage('docs/migration.md'), { since: new Date(Date.UTC(2026, 6, 1)) }),
    gives: [{ verdict: 'missing there', sessions: 7, examples: ['a1', 'b1', 'c1'] }],
  },
  {
    file: 'docs/add-a-collection.md',
    name: 'the view of the new collection',
    async run(world) {
      const rows = await wholeRows(world, onPage('docs/add-a-collection.md'));
      return rows.map((row) => z.object({ order_id: z.string(), total: z.number() }).parse(row));
    },
    gives: [{ order_id: 'o1', total: 1_250 }],
  },
  {
    file: 'docs/operations.md',
    name: 'rows copied into a new table',
    async run(world) {
      await wholeRows(world, onPage('docs/operations.md'));
      const [rows] = await world.bigquery.dataset(DATASET).table('sessions_v2').getRows();
      return rows.length;
    },
    gives: 8,
  },
  {
    file: 'functions/services/row-eraser.ts',
    name: 'rows of persons, counted and deleted',
    async run(world) {
      const persons = ['z', 'nobody'].map((person) => ({ cells: [hashOf(person), hashOf('y')], until }));
      const count = () => eraserOf(world).count(sessions, 'user_id_hash', persons);
      return [await count(), await eraserOf(world).remove(sessions, 'user_id_hash', persons), await count()];
    },
    gives: [[1, 0], 'removed', [0, 0]],
  },
  {
    file: 'cli/provision/bigquery/part.ts',
    name: 'a column widened',
    async run({ api, bigquery }) {
      const table = WANTED.tables.get('sessions')!;
      const fields = table.schema.fields.map((field) =>
        field.name === 'rep_count' ? { ...field, type: 'FLOAT' } : field,
      );
      const tables = new Map([['sessions', { ...table, schema: { fields } }]]);
      const part = createBigQueryPart(api, PROJECT, { ...WANTED, tables, views: new Map() });
      for await (const { result, note } of applyAll([await part.plan()])) {
        if (result !== 'done') throw new Error(`Cannot widen: ${result} ${note}`);
      }
      const [metadata] = await bigquery.dataset(DATASET).table('sessions').getMetadata();
      const shape = z.object({ schema: z.object({ fields: z.array(z.looseObject({ name: z.string() })) }) });
      return shape.parse(metadata).schema.fields.find(({ name }) => name === 'rep_count')?.['type'];
    },
    gives: 'FLOAT',
  },
];
