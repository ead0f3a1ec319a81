// A schema that changes under way: whatever the change, and whether the functions are deployed first or the table is
// provisioned first, every session ends with its row. Before, between and after both steps sessions are completed.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Timestamp } from '@google-cloud/firestore';
import { until } from '../../emulators/shared/until.ts';
import { createEditions, type Edition, type Editions } from './edition.ts';
import { completedSession, startPipeline, TABLE, type Pipeline } from './harness.ts';

const SESSIONS = 'functions/pipelines/sessions.ts';
const SCHEMA = 'bigquery-schemas/sessions.json';

let editions: Editions;
let pipeline: Pipeline;
beforeAll(() => {
  editions = createEditions();
});
afterAll(() => editions.remove());
beforeEach(async () => {
  editions.serveProject();
  pipeline = await startPipeline({ functionsDir: editions.served });
}, 180_000);
afterEach(() => pipeline.close());

let session = 0;
const ids: string[] = [];
beforeEach(() => {
  ids.length = 0;
});

async function complete(more: Record<string, unknown> = {}): Promise<string> {
  const id = `s${++session}`;
  ids.push(id);
  await pipeline.firestore.doc(`users/u${session % 3}/sessions/${id}`).create(completedSession(more));
  return id;
}

const failureOf = async (id: string) =>
  (await pipeline.failures()).find((failure) => failure['sessionId'] === id);
const latest = async (columns: string) =>
  pipeline.query(
    `SELECT session_id, ${columns} FROM ${TABLE}_latest ORDER BY CAST(SUBSTR(session_id, 2) AS INT64)`,
  );

/** As if the minute had passed after which a task is overdue. */
async function sweepNow(): Promise<void> {
  const records = await pipeline.firestore
    .collection('bigquerySyncFailures')
    .where('status', '==', 'pending')
    .get();
  await Promise.all(
    records.docs.map(({ ref }) => ref.update({ nextAttemptAt: Timestamp.fromMillis(Date.now() - 120_000) })),
  );
  expect(await pipeline.suite.runSchedule('internal_sweepSyncFailures')).toBe(200);
}

async function provision(edition: Edition, ...kinds: string[]): Promise<void> {
  const { code, stdout } = await edition.operate(pipeline, 'provision', '--json');
  const { changes } = JSON.parse(stdout) as { changes: { kind: string; what: string; result: string }[] };
  expect(changes.map(({ kind, what }) => `${kind} ${what}`)).toEqual(kinds);
  expect(code).toBe(0);
}

/** Every session has its row, and no failure is open or given up. */
async function expectNothingLost(): Promise<void> {
  await pipeline.settled();
  expect((await latest('status')).map((row) => row['session_id'])).toEqual(ids);
  const ends = (await pipeline.failures()).map((failure) => failure['status']);
  expect(ends.filter((status) => status !== 'resolved')).toEqual([]);
}

describe('a new column', () => {
  const ADD = ['add column sessions.mood', 'replace view sessions_latest'];
  let edition: Edition;
  beforeAll(() => {
    edition = editions.make('added', [
      {
        file: SESSIONS,
        from: '  readonly setCount?: Maybe<number>;',
        to: '  readonly setCount?: Maybe<number>;\n  readonly mood?: Maybe<number>;',
      },
      {
        file: SESSIONS,
        from: /  setCount: keep\(.*\n/,
        to: "$&  mood: keep(optional(float), 'mood', TRAINING),\n",
      },
      {
        file: SCHEMA,
        from: /      \{\n        "name": "set_count"/,
        to: '      { "name": "mood", "type": "FLOAT", "mode": "NULLABLE", "description": "Mood." },\n$&',
      },
    ]);
  }, 180_000);

  test('provisioned first: both editions of the code find a table that takes their rows', async () => {
    await complete({ mood: 1 });
    await pipeline.settled();
    await provision(edition, ...ADD);
    await complete({ mood: 2 });
    await pipeline.settled();
    await edition.deploy(pipeline);
    await complete({ mood: 3 });
    await expectNothingLost();
    expect((await latest('mood')).map((row) => row['mood'])).toEqual([null, null, 3]);
  }, 180_000);

  test('deployed first: rows wait until it is there, and then heal by their task, or by the sweep', async () => {
    await complete({ mood: 1 });
    await pipeline.settled();
    await edition.deploy(pipeline);
    const early = await complete({ mood: 2 });
    const waiting = await until(async () => failureOf(early));
    expect(waiting).toMatchObject({ status: 'pending', failureKind: 'transient' });
    expect(waiting['failureReason']).toContain('no such field mood');
    const health = await edition.operate(pipeline, 'doctor');
    expect(health.code).toBe(1);
    expect(health.stdout).toContain('column sessions.mood is missing');
    const planned = await edition.operate(pipeline, 'plan');
    expect(planned.code).toBe(1);
    expect(planned.stdout).toContain('+ add column sessions.mood: FLOAT NULLABLE');
    // A task is lost as well: only the sweep knows of that row.
    pipeline.suite.faults.add({ service: 'tasks', method: 'createTask', status: 503, count: 1 });
    const swept = await complete({ mood: 3 });
    await until(async () => failureOf(swept));

    await provision(edition, ...ADD);
    expect(await edition.operate(pipeline, 'plan')).toMatchObject({ code: 0, stderr: '' });
    await complete({ mood: 4 });
    await sweepNow();
    await expectNothingLost();
    expect((await latest('mood')).map((row) => row['mood'])).toEqual([null, 2, 3, 4]);
  }, 180_000);
});

describe('a column that is no longer sent', () => {
  let edition: Edition;
  beforeAll(() => {
    edition = editions.make('removed', [
      { file: SESSIONS, from: /resolution: keep\(.*\),\n/, to: "resolution: drop('Nobody reads it.'),\n" },
      { file: SCHEMA, from: /      \{\n        "name": "camera_resolution",[^}]*\},\n/, to: '' },
    ]);
  }, 180_000);
  const session1080 = () => complete({ cameraSettings: { resolution: '1080p' } });

  test.each(['deployed', 'provisioned'])(
    '%s first: it stays in the table, with what it has',
    async (first) => {
      await session1080();
      await pipeline.settled();
      const steps = [
        () => edition.deploy(pipeline),
        () => provision(edition, 'leave column sessions.camera_resolution'),
      ];
      for (const step of first === 'deployed' ? steps : steps.toReversed()) {
        await step();
        await session1080();
        await pipeline.settled();
      }
      await expectNothingLost();
      const values = (await latest('camera_resolution')).map((row) => row['camera_resolution']);
      expect(values).toEqual(first === 'deployed' ? ['1080p', null, null] : ['1080p', '1080p', null]);
    },
    180_000,
  );
});

describe('a REQUIRED column that is no longer sent', () => {
  const RELAX = ['relax column sessions.status', 'leave column sessions.status'];
  let edition: Edition;
  beforeAll(() => {
    edition = editions.make('removed-required', [
      { file: SESSIONS, from: /  status: keep\(.*\n/, to: "  status: drop('Always the same.'),\n" },
      { file: SESSIONS, from: 'literal, ', to: '' },
      { file: SCHEMA, from: /      \{\n        "name": "status",[^}]*\},\n/, to: '' },
    ]);
  }, 180_000);

  test('provisioned first: it is relaxed, and rows come without it', async () => {
    await complete();
    await pipeline.settled();
    await provision(edition, ...RELAX);
    await complete();
    await pipeline.settled();
    await edition.deploy(pipeline);
    await complete();
    await expectNothingLost();
    expect((await latest('status')).map((row) => row['status'])).toEqual(['completed', 'completed', null]);
  }, 180_000);

  test('deployed first: rows are set aside, and one replay after provisioning sends them', async () => {
    await complete();
    await pipeline.settled();
    await edition.deploy(pipeline);
    const early = await complete();
    const set = await until(async () => failureOf(early));
    expect(set).toMatchObject({ status: 'abandoned', failureReason: 'bigquery insertAll: invalid' });
    await provision(edition, ...RELAX);
    await complete();
    await replay(edition);
    await expectNothingLost();
  }, 180_000);
});

describe('a wider type', () => {
  const WIDEN = [
    'widen column sessions.rep_count',
    'replace view sessions_latest',
    'replace view sessions_published',
  ];
  let edition: Edition;
  beforeAll(() => {
    edition = editions.make('widened', [
      { file: SESSIONS, from: 'repCount: keep(optional(integer)', to: 'repCount: keep(optional(float)' },
      { file: SCHEMA, from: /("name": "rep_count",\n\s*"type": )"INTEGER"/, to: '$1"FLOAT"' },
    ]);
  }, 180_000);

  test('provisioned first: both editions of the code find a table that takes their rows', async () => {
    await complete({ repCount: 1 });
    await pipeline.settled();
    await provision(edition, ...WIDEN);
    await complete({ repCount: 2 });
    await pipeline.settled();
    await edition.deploy(pipeline);
    await complete({ repCount: 2.5 });
    await expectNothingLost();
    expect((await latest('rep_count')).map((row) => row['rep_count'])).toEqual([1, 2, 2.5]);
  }, 180_000);

  test('deployed first: whole numbers arrive; others are set aside, and one replay after provisioning sends them', async () => {
    await complete({ repCount: 1 });
    await pipeline.settled();
    await edition.deploy(pipeline);
    await complete({ repCount: 2 });
    const early = await complete({ repCount: 2.5 });
    const set = await until(async () => failureOf(early));
    expect(set['failureReason']).toContain('(rep_count)');
    await provision(edition, ...WIDEN);
    await complete({ repCount: 3.5 });
    await replay(edition);
    await expectNothingLost();
    expect((await latest('rep_count')).map((row) => row['rep_count'])).toEqual([1, 2, 2.5, 3.5]);
  }, 180_000);
});

describe('a narrower type', () => {
  const NARROWER = { from: /("name": "duration",\n\s*"type": )"FLOAT"/, to: '$1"INTEGER"' };
  const CODE = {
    file: SESSIONS,
    from: 'duration: keep(optional(float)',
    to: 'duration: keep(optional(integer)',
  };
  const NEW_TABLE = { file: 'bigquery-schemas/sessions_v2.json', copyOf: SCHEMA, ...NARROWER };
  const VIEW = 'bigquery-schemas/views/sessions_latest.sql';

  test('is refused, the table stays, and what to do instead is said', async () => {
    const edition = editions.make('narrowed', [CODE, { file: SCHEMA, ...NARROWER }]);
    await complete({ duration: 1.5 });
    await pipeline.settled();
    const told = await edition.operate(pipeline, 'provision');
    expect(told.code).toBe(1);
    expect(told.stdout).toContain('! refuse column sessions.duration: FLOAT → INTEGER  refused');
    expect(told.stdout).toContain('instead: a new table');
    await complete({ duration: 2.5 });
    await expectNothingLost();
    expect((await latest('duration')).map((row) => row['duration'])).toEqual([1.5, 2.5]);
  }, 180_000);

  // The steps of docs/operations.md, "What BigQuery cannot change".
  test('comes by a new table and a view that changes over: readers find every row under the name that they know', async () => {
    const prepared = editions.make('new-table', [NEW_TABLE]);
    const moved = editions.make('moved', [
      NEW_TABLE,
      CODE,
      { file: SESSIONS, from: "table: 'sessions'", to: "table: 'sessions_v2'" },
      {
        file: 'bigquery-schemas/views/sessions_v2_latest.sql',
        copyOf: VIEW,
        from: '.sessions`',
        to: '.sessions_v2`',
      },
      { file: VIEW, from: /[^]*/, to: 'SELECT * FROM `${dataset}.sessions_v2_latest`\n' },
    ]);
    const copy = (condition: string) =>
      pipeline.query(
        `INSERT INTO analytics_production.sessions_v2
         SELECT * REPLACE (CAST(duration AS INT64) AS duration) FROM ${TABLE} WHERE ${condition}`,
      );
    await complete({ duration: 1.4 });
    await pipeline.settled();
    await provision(prepared, 'create table sessions_v2');
    await copy('TRUE');
    const copiedAt = new Date().toISOString();
    await complete({ duration: 2 }); // meanwhile, into the old table
    await pipeline.settled();
    await moved.deploy(pipeline);
    await complete({ duration: 3 });
    await pipeline.settled();
    await copy(`synced_at >= TIMESTAMP '${copiedAt}'`);
    await provision(moved, 'create view sessions_v2_latest', 'replace view sessions_latest');
    await complete({ duration: 4 });
    await expectNothingLost();
    expect((await latest('duration')).map((row) => row['duration'])).toEqual([1, 2, 3, 4]);
  }, 180_000);
});

async function replay(edition: Edition): Promise<void> {
  const told = await edition.operate(pipeline, 'failures', 'replay', '--all');
  expect(told).toMatchObject({ code: 0 });
}
