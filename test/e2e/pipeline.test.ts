// A session's way through the built code, over real sockets: what arrives, what is skipped, what heals.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Timestamp } from '@google-cloud/firestore';
import { expectedUserHash } from '../../cli/expected-pseudonym.ts';
import type { OidcClaims } from '../../emulators/shared/oidc.ts';
import { until } from '../../emulators/shared/until.ts';
import { completedSession, outage, startPipeline, TABLE, type Pipeline } from './harness.ts';

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline();
}, 60_000);
afterAll(() => pipeline.close());
beforeEach(() => pipeline.suite.faults.clear());

const rowsOf = (session: string) => pipeline.query(`SELECT * FROM ${TABLE} WHERE session_id = '${session}'`);
const latestOf = (session: string) =>
  pipeline.query(`SELECT * FROM ${TABLE}_latest WHERE session_id = '${session}'`);
const dataOf = async (path: string) => (await pipeline.firestore.doc(path).get()).data() ?? {};

async function failureOf(path: string): Promise<Record<string, unknown> | undefined> {
  return (await pipeline.failures()).find((failure) => failure['documentPath'] === path);
}

describe('a completed session', () => {
  test('becomes one typed, pseudonymised row, with the precision that it had', async () => {
    const { firestore, suite } = pipeline;
    const reference = firestore.doc('users/user-1/sessions/whole');
    await reference.create({ status: 'in_progress', exerciseType: 'スクワット' });
    await reference.update({ repCount: 3 });
    await reference.update(
      completedSession({
        exerciseType: 'スクワット',
        sessionId: 'another-id',
        startTime: new Timestamp(1_756_717_200, 123_456_000),
        duration: 0,
        repCount: 0,
        formFeedback: { overallScore: 0, warnings: ['膝', ''] },
        sessionMetadata: { averageConfidence: Number.NaN, deviceInfo: { platform: '' } },
        unknownField: 'stays in Firestore',
      }),
    );
    await pipeline.settled();

    const [row, ...others] = await rowsOf('whole');
    expect(others).toEqual([]);
    const secret = suite.secrets['PSEUDONYMIZATION_SALT'] ?? '';
    expect(row).toMatchObject({
      user_id_hash: expectedUserHash(secret, 'user-1'),
      session_id: 'whole',
      exercise_type: 'スクワット',
      start_time: { value: '2025-09-01T09:00:00.123456000Z' },
      end_time: null,
      duration: 0,
      rep_count: 0,
      set_count: null,
      overall_score: 0,
      warnings: ['膝', ''],
      average_confidence: Number.NaN,
      platform: '',
      device_memory: null,
      pseudonym_key_version: 1,
    });
    const data = await dataOf('users/user-1/sessions/whole');
    expect(data).toMatchObject({
      bigquerySyncStatus: 'synced',
      bigquerySyncError: null,
      bigquerySyncRetryCount: 0,
      bigquerySyncedAt: expect.any(Timestamp),
    });
    expect(await failureOf('users/user-1/sessions/whole')).toBeUndefined();
  });

  test('may be created completed, and is sent once however often it is written afterwards', async () => {
    const reference = pipeline.firestore.doc('users/user-1/sessions/again');
    await reference.create(completedSession());
    await pipeline.settled();
    await reference.update({ note: 'still completed' });
    await reference.update({ note: 'and again' });
    await pipeline.settled();
    expect(await rowsOf('again')).toHaveLength(1);
  });

  test('that is opened and completed again is a newer version, and the one that sessions_latest shows', async () => {
    const reference = pipeline.firestore.doc('users/user-1/sessions/versions');
    await reference.create(completedSession({ repCount: 1 }));
    await pipeline.settled();
    await reference.update({ status: 'in_progress' });
    await reference.update({ status: 'completed', repCount: 2 });
    await pipeline.settled();
    expect(await rowsOf('versions')).toHaveLength(2);
    expect(await latestOf('versions')).toMatchObject([{ rep_count: 2 }]);
  });
});

test('sessions that are not completed, deletions and other collections leave no trace in BigQuery', async () => {
  const { firestore } = pipeline;
  await firestore.doc('users/user-2/sessions/open').create({ status: 'in_progress' });
  await firestore.doc('users/user-2/sessions/deleted').create({ status: 'in_progress' });
  await firestore.doc('users/user-2/sessions/deleted').delete();
  await firestore.doc('users/user-2/workouts/w1').create(completedSession());
  await firestore.doc('users/user-2/sessions/s/laps/l1').create(completedSession());
  await pipeline.settled();
  expect(
    await pipeline.query(
      `SELECT session_id FROM ${TABLE} WHERE session_id IN ('open', 'deleted', 'w1', 'l1')`,
    ),
  ).toEqual([]);
});

describe('an outage of BigQuery', () => {
  test('is survived: refused rows are retried, the failure is resolved, the document says synced', async () => {
    pipeline.suite.faults.add(outage('before', 2));
    const path = 'users/user-3/sessions/refused';
    await pipeline.firestore.doc(path).create(completedSession());
    await pipeline.settled();
    expect(await latestOf('refused')).toHaveLength(1);
    expect(await failureOf(path)).toMatchObject({
      status: 'resolved',
      retryCount: 2,
      generation: 1,
      failureKind: 'transient',
      failureReason: 'bigquery insertAll: http 503 backendError',
    });
    expect(await dataOf(path)).toMatchObject({ bigquerySyncStatus: 'synced', bigquerySyncRetryCount: 2 });
  });

  test('that answers with an error after storing shows no row twice', async () => {
    pipeline.suite.faults.add(outage('after', 1));
    await pipeline.firestore.doc('users/user-3/sessions/stored').create(completedSession());
    await pipeline.settled();
    expect(await latestOf('stored')).toHaveLength(1);
    expect(await failureOf('users/user-3/sessions/stored')).toMatchObject({ status: 'resolved' });
  });

  test('together with one of Cloud Tasks is healed by the sweep', async () => {
    const { suite, firestore } = pipeline;
    suite.faults.add(outage('before', 1));
    suite.faults.add({ service: 'tasks', method: 'createTask', status: 503, count: 1 });
    const path = 'users/user-3/sessions/swept';
    await firestore.doc(path).create(completedSession());
    await until(async () => (await dataOf(path))['bigquerySyncStatus'] === 'failed');
    expect(suite.tasks.pendingCount()).toBe(0);

    // As if the minute had passed after which a task is overdue.
    const [record] = (
      await firestore.collection('bigquerySyncFailures').where('documentPath', '==', path).get()
    ).docs;
    await record?.ref.update({ nextAttemptAt: Timestamp.fromMillis(Date.now() - 120_000) });
    const swept = await fetch(
      `http://127.0.0.1:${suite.ports.hub}/schedules/internal_sweepSyncFailures/run`,
      { method: 'POST' },
    );
    expect(swept.status).toBe(200);
    await pipeline.settled();
    expect(await latestOf('swept')).toHaveLength(1);
    expect(await failureOf(path)).toMatchObject({ status: 'resolved', generation: 2 });
  });
});

test('a source that is deleted while its row waits is abandoned with that reason', async () => {
  const { suite, firestore } = pipeline;
  suite.faults.add(outage('before', 2));
  const path = 'users/user-4/sessions/gone';
  await firestore.doc(path).create(completedSession());
  await until(async () => (await failureOf(path)) !== undefined);
  await firestore.doc(path).delete();
  await pipeline.settled();
  expect(await failureOf(path)).toMatchObject({ status: 'abandoned', failureReason: 'source deleted' });
});

test('a poison document is set aside at once with the field as its reason, and its neighbours land', async () => {
  const { firestore, suite } = pipeline;
  const batch = firestore.batch();
  for (let i = 0; i < 5; i++)
    batch.create(firestore.doc(`users/user-5/sessions/good-${i}`), completedSession());
  batch.create(firestore.doc('users/user-5/sessions/bad'), completedSession({ duration: '45 minutes' }));
  await batch.commit();
  await pipeline.settled();
  expect(await pipeline.query(`SELECT session_id FROM ${TABLE} WHERE session_id LIKE 'good-%'`)).toHaveLength(
    5,
  );
  expect(await rowsOf('bad')).toEqual([]);
  expect(await failureOf('users/user-5/sessions/bad')).toMatchObject({
    status: 'abandoned',
    failureKind: 'permanent',
    retryCount: 0,
    failureReason: 'document invalid: duration: expected a number',
  });
  expect(suite.tasks.pendingCount()).toBe(0);
  expect(await dataOf('users/user-5/sessions/bad')).toMatchObject({ bigquerySyncStatus: 'abandoned' });
});

test('a document near 1 MiB becomes a row like any other', async () => {
  const path = 'users/user-6/sessions/large';
  await pipeline.firestore
    .doc(path)
    .create(completedSession({ formFeedback: { warnings: ['長'.repeat(340_000)] } }));
  await pipeline.settled();
  expect(
    await pipeline.query(
      `SELECT CHAR_LENGTH(warnings[OFFSET(0)]) AS n FROM ${TABLE} WHERE session_id = 'large'`,
    ),
  ).toEqual([{ n: 340_000 }]);
});

describe('the retry function', () => {
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(pipeline.urlOf('internal_retryBigQuerySync'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const task = { v: 1, failureId: 'a'.repeat(64), generation: 1 };
  const tokenFor = (claims: Partial<OidcClaims>) => {
    const { suite } = pipeline;
    const token = suite.issuer.mint({
      email: `bigquery-sync-tasks@${suite.project}.iam.gserviceaccount.com`,
      audience: `https://${suite.region}-${suite.project}.cloudfunctions.net/internal_retryBigQuerySync`,
      issuedAtMs: Date.now(),
      ...claims,
    });
    return { authorization: `Bearer ${token}` };
  };

  test.each([
    ['no token', () => ({}), 401],
    ['a token that is none', () => ({ authorization: 'Bearer x.y.z' }), 401],
    ['headers that only Cloud Tasks sends', () => ({ 'x-cloudtasks-queuename': 'bigquery-sync-queue' }), 401],
    ['a token for another audience', () => tokenFor({ audience: 'https://elsewhere.example' }), 401],
    ['an expired token', () => tokenFor({ issuedAtMs: Date.now() - 7_200_000 }), 401],
    ['a token of another account', () => tokenFor({ email: 'someone@example.com' }), 403],
  ])('refuses %s', async (_, headers, status) => {
    expect((await post(task, headers())).status).toBe(status);
  });

  test.each([
    [{}],
    [{ ...task, v: 2 }],
    [{ ...task, generation: 0 }],
    [{ ...task, failureId: '../users/u1' }],
    [{ ...task, tableName: 'sessions' }],
    [[task]],
  ])('answers 400 to %j from the queue itself', async (body) => {
    expect((await post(body, tokenFor({}))).status).toBe(400);
  });

  test('has nothing to do for a failure that does not exist', async () => {
    expect((await post(task, tokenFor({}))).status).toBe(200);
    expect(await pipeline.failures()).not.toContainEqual(expect.objectContaining({ generation: undefined }));
  });
});
