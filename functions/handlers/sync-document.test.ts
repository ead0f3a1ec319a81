// The story of a completed document, on fakes that keep the contracts of test/contracts.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createFakeContext, type FakeContext } from '../../test/contracts/fakes/context.ts';
import { FULL_SESSION } from '../../test/contracts/session-documents.ts';
import { sessions } from '../pipelines/sessions.ts';
import type { DocumentData } from '../pipelines/pipeline.ts';
import { contentHash } from '../steps/content-hash.ts';
import { failureId } from '../steps/ids.ts';
import { KeyError } from '../steps/pseudonym-key.ts';
import { ServiceError } from '../steps/service-error.ts';
import { syncDocument } from './sync-document.ts';

const USER = '花子@example.com';
const PATH = `users/${USER}/sessions/s1`;
const id = failureId('sessions', PATH);
const UNAVAILABLE = { httpStatus: 503, reasons: [{ reason: 'backendError' }] };

let fakes: FakeContext;
beforeEach(() => {
  fakes = createFakeContext();
});

/** The app completes the document; the event of that write comes at once, and again whenever it is sent. */
function complete(data: DocumentData = FULL_SESSION) {
  const updateTime = fakes.documents.put(PATH, data);
  return { send: () => syncDocument(fakes.context, sessions, { path: PATH, data, updateTime }), updateTime };
}

const document = async () => (await fakes.documents.get(PATH))?.data;

describe('a document that goes through', () => {
  test('is one row, is marked as synced, and leaves no record and no task', async () => {
    const { send, updateTime } = complete();
    await send();
    expect(fakes.rowSink.rows('sessions')).toHaveLength(1);
    expect(fakes.rowSink.rows('sessions')[0]?.json).toMatchObject({
      session_id: 's1',
      exercise_type: 'スクワット',
      source_updated_at: updateTime,
      synced_at: '2026-01-01T00:00:00.000Z',
    });
    await expect(document()).resolves.toMatchObject({
      ...FULL_SESSION,
      bigquerySyncStatus: 'synced',
      bigquerySyncError: null,
      bigquerySyncRetryCount: 0,
      bigquerySyncVersion: { updateTime, contentHash: contentHash(FULL_SESSION) },
    });
    expect(fakes.deadLetters.all()).toEqual([]);
    expect(fakes.retryQueue.waiting()).toEqual([]);
    expect(fakes.journal).toEqual(['insert', 'status synced']);
    expect(fakes.logs).toEqual([
      { severity: 'INFO', message: 'Row delivered', pipeline: 'sessions', outcome: 'delivered' },
    ]);
  });

  test('says how many of its fields have no policy, and no name of one', async () => {
    const unknown = {
      'planted-7f3a': 1,
      cameraSettings: { position: 'front', 'planted-7f3a': 'planted-7f3a' },
    };
    await complete({ ...FULL_SESSION, ...unknown }).send();
    expect(fakes.logs).toEqual([
      {
        severity: 'INFO',
        message: 'Row delivered',
        pipeline: 'sessions',
        outcome: 'delivered',
        unknownFields: 2,
      },
    ]);
    expect(JSON.stringify(fakes.rowSink.rows('sessions'))).not.toContain('planted');
  });

  test('may go through again: the same row under the same insertId, apart from synced_at', async () => {
    const { send } = complete();
    await send();
    fakes.advance(5_000);
    await send();
    const [first, again] = fakes.rowSink.rows('sessions');
    expect(again).toEqual({ ...first, json: { ...first!.json, synced_at: '2026-01-01T00:00:05.000Z' } });
    await expect(document()).resolves.toMatchObject({ bigquerySyncStatus: 'synced' });
  });

  test('that was deleted meanwhile is still a row, and is not brought back', async () => {
    const { send } = complete();
    fakes.documents.delete(PATH);
    await send();
    expect(fakes.rowSink.rows('sessions')).toHaveLength(1);
    await expect(document()).resolves.toBeUndefined();
  });

  test('whose status cannot be written throws, so that the event comes again', async () => {
    const { send } = complete();
    fakes.documents.failNext('before', 14);
    await expect(send()).rejects.toThrow(ServiceError);
    await send();
    await expect(document()).resolves.toMatchObject({ bigquerySyncStatus: 'synced' });
  });
});

describe('a poison document', () => {
  test('is abandoned at once with its reason, and gets no task', async () => {
    const { send } = complete({ ...FULL_SESSION, repCount: 'many', duration: [] });
    await send();
    const reason =
      'document invalid: duration: expected a number; repCount: expected a whole number within ±2^53';
    expect(fakes.deadLetters.all()).toMatchObject([
      {
        id,
        failure: {
          status: 'abandoned',
          failureKind: 'permanent',
          failureReason: reason,
          retryCount: 0,
          userId: USER,
          sessionId: 's1',
        },
      },
    ]);
    await expect(document()).resolves.toMatchObject({
      bigquerySyncStatus: 'abandoned',
      bigquerySyncError: reason,
    });
    expect(fakes.journal).toEqual(['record abandoned', 'status abandoned']);
    expect(fakes.logs).toEqual([
      {
        severity: 'ERROR',
        message: 'Row abandoned',
        pipeline: 'sessions',
        failureId: id,
        attempt: 0,
        outcome: 'abandoned',
        reason,
      },
    ]);
  });

  test('that only BigQuery finds out is abandoned at once too', async () => {
    const { send } = complete();
    fakes.rowSink.failNext('before', { reasons: [{ reason: 'invalid', location: 'rep_count' }] });
    await send();
    expect(fakes.deadLetters.all()).toMatchObject([
      { failure: { status: 'abandoned', failureReason: 'bigquery insertAll: invalid (rep_count)' } },
    ]);
    expect(fakes.journal).toEqual(['insert', 'record abandoned', 'status abandoned']);
  });

  test('goes through when it is corrected: a newer version; its record stays as what became of the old one', async () => {
    await complete({ ...FULL_SESSION, repCount: 'many' }).send();
    await complete().send();
    expect(fakes.rowSink.rows('sessions')).toHaveLength(1);
    await expect(document()).resolves.toMatchObject({ bigquerySyncStatus: 'synced' });
    expect(fakes.deadLetters.all()).toMatchObject([{ failure: { status: 'abandoned', generation: 1 } }]);
  });
});

describe('an outage of BigQuery', () => {
  test('leaves first the record, then its task, then the status', async () => {
    const { send, updateTime } = complete();
    fakes.rowSink.failNext('before', UNAVAILABLE);
    await send();
    expect(fakes.journal).toEqual(['insert', 'record pending', 'enqueue', 'status failed']);
    expect(fakes.deadLetters.all()).toEqual([
      {
        id,
        failure: {
          userId: USER,
          sessionId: 's1',
          documentPath: PATH,
          pipeline: 'sessions',
          tableName: 'sessions',
          documentVersion: { updateTime, contentHash: contentHash(FULL_SESSION) },
          keyVersion: 1,
          failureReason: 'bigquery insertAll: http 503 backendError',
          failureKind: 'transient',
          retryCount: 0,
          generation: 1,
          lastRetryAt: null,
          nextAttemptAt: new Date('2026-01-01T00:00:01Z'),
          createdAt: new Date('2026-01-01T00:00:00Z'),
          updatedAt: new Date('2026-01-01T00:00:00Z'),
          resolvedAt: null,
          status: 'pending',
        },
      },
    ]);
    expect(fakes.retryQueue.waiting()).toEqual([{ failureId: id, generation: 1 }]);
    await expect(document()).resolves.toMatchObject({
      bigquerySyncStatus: 'failed',
      bigquerySyncError: 'bigquery insertAll: http 503 backendError',
      bigquerySyncRetryCount: 0,
    });
    expect(fakes.logs).toMatchObject([
      { severity: 'WARNING', message: 'Row will be retried', outcome: 'retry', failureId: id, attempt: 0 },
    ]);
  });

  test.each([
    ['404 of a table to come', { httpStatus: 404, reasons: [{ reason: 'notFound' }] }],
    ['a broken connection', { networkCode: 'ECONNRESET' }],
    ['a column to come', { reasons: [{ reason: 'invalid', noSuchField: true }] }],
    ['something unknown', {}],
  ])('may look like %s: the row waits', async (_, error) => {
    const { send } = complete();
    fakes.rowSink.failNext('before', error);
    await send();
    expect(fakes.deadLetters.all()).toMatchObject([
      { failure: { status: 'pending', failureKind: 'transient' } },
    ]);
    expect(fakes.retryQueue.waiting()).toHaveLength(1);
  });

  test('in which the row was stored though the answer was an error leaves a record all the same', async () => {
    const { send } = complete();
    fakes.rowSink.failNext('after', UNAVAILABLE);
    await send();
    expect(fakes.rowSink.rows('sessions')).toHaveLength(1);
    expect(fakes.deadLetters.all()).toMatchObject([{ failure: { status: 'pending' } }]);
    expect(fakes.retryQueue.waiting()).toHaveLength(1);
  });

  test('and of the queue is acknowledged: the record is there, and the sweep is told', async () => {
    const { send } = complete();
    fakes.rowSink.failNext('before', UNAVAILABLE);
    fakes.retryQueue.failNext('before', 14);
    await send();
    expect(fakes.journal).toEqual(['insert', 'record pending', 'enqueue', 'status failed']);
    expect(fakes.deadLetters.all()).toMatchObject([{ failure: { status: 'pending', generation: 1 } }]);
    expect(fakes.retryQueue.waiting()).toEqual([]);
    expect(fakes.logs[0]).toEqual({
      severity: 'WARNING',
      message: 'Retry not enqueued; the sweep will',
      failureId: id,
      generation: 1,
      reason: 'tasks createTask failed: grpc 14',
    });
  });

  test.each(['before', 'after'] as const)(
    'and of Firestore throws, for nothing durable is known; the next delivery heals it (%s)',
    async (phase) => {
      const { send } = complete();
      fakes.rowSink.failNext('before', UNAVAILABLE);
      fakes.deadLetters.failNext(phase, 14);
      await expect(send()).rejects.toThrow(
        new ServiceError({ service: 'firestore', operation: 'update failure', grpcCode: 14 }),
      );
      expect(fakes.retryQueue.waiting()).toEqual([]);

      fakes.rowSink.failNext('before', UNAVAILABLE);
      await send();
      expect(fakes.deadLetters.all()).toMatchObject([
        { failure: { status: 'pending', generation: 1, retryCount: 0 } },
      ]);
      expect(fakes.retryQueue.waiting()).toEqual([{ failureId: id, generation: 1 }]);
    },
  );

  test('that meets the event twice is one record and one task', async () => {
    const { send } = complete();
    for (let i = 0; i < 2; i++) {
      fakes.rowSink.failNext('before', UNAVAILABLE);
      await send();
      fakes.advance(1_000);
    }
    expect(fakes.deadLetters.all()).toMatchObject([
      { failure: { generation: 1, retryCount: 0, updatedAt: new Date('2026-01-01T00:00:00Z') } },
    ]);
    expect(fakes.retryQueue.waiting()).toHaveLength(1);
  });

  test('is over when the event comes again and goes through: the record is closed', async () => {
    const { send } = complete();
    fakes.rowSink.failNext('before', UNAVAILABLE);
    await send();
    fakes.advance(60_000);
    await send();
    expect(fakes.deadLetters.all()).toMatchObject([
      {
        failure: {
          status: 'resolved',
          resolvedAt: new Date('2026-01-01T00:01:00Z'),
          nextAttemptAt: null,
          retryCount: 0,
        },
      },
    ]);
    await expect(document()).resolves.toMatchObject({
      bigquerySyncStatus: 'synced',
      bigquerySyncError: null,
    });
    expect(fakes.journal.slice(-3)).toEqual(['insert', 'record resolved', 'status synced']);
  });

  test('is over for the status too, when an attempt after the delivered one fails', async () => {
    const { send } = complete();
    fakes.rowSink.failNext('before', UNAVAILABLE);
    await send();
    fakes.documents.failNext('before', 14);
    await expect(send()).rejects.toThrow(ServiceError); // delivered, and the record is closed
    fakes.rowSink.failNext('before', UNAVAILABLE);
    await send();
    await expect(document()).resolves.toMatchObject({
      bigquerySyncStatus: 'synced',
      bigquerySyncError: null,
    });
  });

  test('is over for an older version when a newer one goes through', async () => {
    const old = complete();
    fakes.rowSink.failNext('before', UNAVAILABLE);
    await old.send();
    await complete({ ...FULL_SESSION, repCount: 13 }).send();
    expect(fakes.deadLetters.all()).toMatchObject([{ failure: { status: 'resolved' } }]);
  });

  test('is not over for a newer version when a late event of an older one goes through', async () => {
    const old = complete();
    fakes.rowSink.failNext('before', UNAVAILABLE);
    await complete({ ...FULL_SESSION, repCount: 13 }).send();
    await old.send();
    expect(fakes.deadLetters.all()).toMatchObject([{ failure: { status: 'pending' } }]);
    await expect(document()).resolves.toMatchObject({ repCount: 13, bigquerySyncStatus: 'failed' });
  });

  test('of a newer version raises the generation: the task of the older finds nothing', async () => {
    for (const repCount of [1, 2]) {
      const { send } = complete({ ...FULL_SESSION, repCount });
      fakes.rowSink.failNext('before', UNAVAILABLE);
      await send();
    }
    expect(fakes.deadLetters.all()).toMatchObject([
      { failure: { status: 'pending', generation: 2, retryCount: 0 } },
    ]);
    expect(fakes.retryQueue.waiting().map(({ generation }) => generation)).toEqual([1, 2]);
  });
});

describe('a bad secret', () => {
  test.each([
    ['missing', undefined],
    ['short', 'short'],
    ['a placeholder', 'default-salt-change-in-production'],
  ])('that is %s fails closed: nothing is inserted, recorded or written', async (_, secret) => {
    fakes = createFakeContext(() => secret);
    const { send } = complete();
    await expect(send()).rejects.toThrow(KeyError);
    expect(fakes.journal).toEqual([]);
    expect(fakes.rowSink.rows('sessions')).toEqual([]);
    await expect(document()).resolves.toEqual(FULL_SESSION);
  });
});

test('no id and no value of the document is in a log line', async () => {
  for (const data of [FULL_SESSION, { ...FULL_SESSION, repCount: 'planted-7f3a' }]) {
    fakes.rowSink.failNext('before', UNAVAILABLE);
    fakes.retryQueue.failNext('before', 14);
    await complete(data).send();
  }
  expect(fakes.logs.length).toBeGreaterThan(2);
  for (const secret of [USER, 's1', 'planted-7f3a', 'スクワット', 'iPhone']) {
    expect(JSON.stringify(fakes.logs)).not.toContain(secret);
  }
});
