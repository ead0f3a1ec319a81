// What no event ever told of, and what was given up: found, healed and replayed, by the function and by the operator's
// tool as a person calls it.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../emulators/shared/until.ts';
import { completedSession, operate as operateOn, startPipeline, TABLE, type Pipeline } from './harness.ts';

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline({ env: { SYNC_SETTLE_SECONDS: '0' } });
}, 60_000);
afterAll(() => pipeline.close());

const operate = (...args: string[]) => operateOn(pipeline, ...args);
const operateJson = async (...args: string[]) => {
  const { stdout, stderr } = await operate(...args, '--json');
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as unknown;
};
const hub = (method: string, where: string) =>
  fetch(`http://127.0.0.1:${pipeline.suite.ports.hub}${where}`, { method });
const visible = async () =>
  (await pipeline.query(`SELECT session_id FROM ${TABLE}_latest ORDER BY session_id`)).map(
    (row) => row['session_id'],
  );

test('documents whose events were never delivered are found and sent, a document of 1 MiB among them', async () => {
  const { firestore } = pipeline;
  await hub('PUT', '/functions/disableBackgroundTriggers');
  for (const id of ['s1', 's2']) await firestore.doc(`users/花子/sessions/${id}`).set(completedSession());
  const large = completedSession({ note: 'x'.repeat(1_048_576 - 2_000) });
  await firestore.doc('users/花子/sessions/s3').set(large);
  await firestore.doc('users/花子/sessions/poison').set(completedSession({ repCount: 'many' }));
  await pipeline.suite.idle();
  await hub('PUT', '/functions/enableBackgroundTriggers');
  await expect(visible()).resolves.toEqual([]);

  await expect(operateJson('reconcile', '--pipeline', 'sessions', '--dry-run')).resolves.toMatchObject([
    { missing: 8, healed: 0, dryRun: true }, // each is met by the counts and by the verification
  ]);
  await expect(visible()).resolves.toEqual([]);
  await expect(operateJson('reconcile', '--pipeline', 'sessions')).resolves.toMatchObject([
    { expected: 4, found: 0, missing: 4, healed: 3, complete: true },
  ]);
  await expect(visible()).resolves.toEqual(['s1', 's2', 's3']);
  await expect(operateJson('reconcile', '--pipeline', 'sessions', '--verify-all')).resolves.toMatchObject([
    { expected: 4, found: 3, missing: 0, abandoned: 1, verified: 4, allVerified: true },
  ]);
}, 60_000);

test('status says what waits, what was given up, and what the last reconciliation found', async () => {
  const { code, stdout } = await operate('status');
  expect(code).toBe(1); // the poison document
  expect(stdout).toMatch(/Failures abandoned +1 +see "failures list"/);
  expect(stdout).toMatch(/Reconciliation of sessions, \d+ s ago\n +Counted +all of time\n +Expected +4 /);
});

test('failures are listed by reason with a remedy, and shown without the person', async () => {
  const [group] = (await operateJson('failures', 'list')) as { fingerprint: string }[];
  expect(group).toMatchObject({
    reason: 'document invalid: repCount: expected a whole number within ±2^53',
    counts: { abandoned: 1, pending: 0 },
    remedy: expect.stringContaining('mend what the app writes'),
  });
  const { stdout } = await operate('failures', 'show', group!.fingerprint);
  expect(stdout).toContain('document invalid: repCount');
  expect(stdout).not.toContain('花子');
  expect((await operate('failures', 'show', group!.fingerprint, '--path')).stdout).toContain('花子');
}, 30_000);

test('a replay brings in what the table or the app had wrong, and keeps who did it', async () => {
  const { firestore, suite } = pipeline;
  suite.faults.add({ service: 'bigquery', method: 'insertAll', status: 400, reason: 'invalid', count: 1 });
  await firestore.doc('users/u2/sessions/s4').set(completedSession());
  await pipeline.settled();

  await expect(operateJson('failures', 'replay', '--all', '--dry-run')).resolves.toEqual({
    failures: 2,
    wouldSucceed: 1,
    obstacles: { 'document invalid: repCount: expected a whole number within ±2^53': 1 },
  });
  await expect(operateJson('failures', 'replay', '--reason', 'bigquery')).resolves.toEqual({
    replayed: 1,
    withoutTask: 0,
    changedMeanwhile: 0,
  });
  await pipeline.settled();
  await expect(visible()).resolves.toContain('s4');

  const failures = (await operateJson('failures', 'list', '--status', 'resolved')) as {
    fingerprint: string;
  }[];
  await expect(operateJson('failures', 'show', failures[0]!.fingerprint)).resolves.toMatchObject({
    status: 'resolved',
    generation: 2,
    audits: [{ action: 'replay', by: 'local', status: 'abandoned', generation: 1 }],
  });
}, 60_000);

test('what is replayed in vain is given up again, for the same reason', async () => {
  await operateJson('failures', 'replay', '--all');
  await pipeline.settled();
  await expect(operateJson('failures', 'list')).resolves.toMatchObject([
    { counts: { abandoned: 1 }, reason: expect.stringContaining('repCount') },
  ]);
}, 60_000);

test('abandon ends the attempts of a failure for good', async () => {
  const { firestore, suite } = pipeline;
  suite.faults.add({ service: 'bigquery', method: 'insertAll', status: 503, reason: 'backendError' });
  await firestore.doc('users/u3/sessions/s5').set(completedSession());
  await until(async () => (await pipeline.failures()).some(({ status }) => status === 'pending'));
  await expect(operateJson('failures', 'abandon', '--status', 'pending')).resolves.toMatchObject({
    abandoned: 1,
  });
  suite.faults.clear();
  await pipeline.settled();
  await expect(visible()).resolves.not.toContain('s5');
}, 60_000);

test.each([
  [['failures', 'replay'], 2, 'failures replay wants a filter, or --all'],
  [['failures', 'list', '--older-than', 'long'], 2, '--older-than wants a number with s, m, h or d'],
  [['failures', 'show', 'x'], 2, '6 to 64 hex digits'],
  [['reconcile', '--pipeline', 'orders'], 2, '--pipeline knows: sessions'],
  [['nothing'], 2, 'No such verb: nothing'],
])(
  'a mistake in %j ends with %i and says what is wanted',
  async (args, code, message) => {
    const told = await operate(...args);
    expect(told.code).toBe(code);
    expect(told.stderr).toContain(message);
  },
  30_000,
);
