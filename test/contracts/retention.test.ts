// Records say in `expireAt` when Firestore's TTL policy may delete them.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDeadLetters } from '../../functions/services/dead-letters.ts';
import type { Failure } from '../../functions/steps/failure.ts';
import { startFirestoreWithClient } from './firestore.ts';
import { reason } from '../../functions/pipelines/reason.ts';

let started: Awaited<ReturnType<typeof startFirestoreWithClient>>;
beforeAll(async () => {
  started = await startFirestoreWithClient();
});
afterAll(() => started.close());

const at = new Date('2026-01-01T00:00:00Z');
const pending: Failure = {
  userId: 'u1',
  sessionId: 's1',
  documentPath: 'users/u1/sessions/s1',
  pipeline: 'sessions',
  tableName: 'sessions',
  documentVersion: { updateTime: '2026-01-01T00:00:00.000001Z', contentHash: 'c' },
  keyVersion: 1,
  failureReason: reason`bigquery insertAll: http 503`,
  failureKind: 'transient',
  retryCount: 0,
  generation: 1,
  lastRetryAt: null,
  nextAttemptAt: at,
  createdAt: at,
  updatedAt: at,
  resolvedAt: null,
  status: 'pending',
};

test('a failure that is resolved may be deleted later; when it is opened again it may not', async () => {
  const { firestore, stored, connect } = started;
  const letters = createDeadLetters(stored, connect, 'bigquerySyncFailures', () => {});
  const expireAt = async () =>
    (await firestore.doc('bigquerySyncFailures/f1').get()).get('expireAt')?.toDate();
  await letters.update('f1', () => pending);
  await expect(expireAt()).resolves.toBeUndefined();
  await letters.update('f1', () => ({ ...pending, status: 'resolved', resolvedAt: at }));
  await expect(expireAt()).resolves.toEqual(new Date('2026-01-31T00:00:00Z'));
  await letters.update('f1', () => pending);
  await expect(expireAt()).resolves.toBeUndefined();
  await expect(letters.get('f1')).resolves.toEqual(pending);
});
