// The story of a retry, on fakes that keep the contracts of test/contracts.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createFakeContext, FAKE_SCOPE, type FakeContext } from '../../test/contracts/fakes/context.ts';
import { FULL_SESSION } from '../../test/contracts/session-documents.ts';
import type { Context } from '../context.ts';
import { sessions } from '../pipelines/sessions.ts';
import type { DocumentData } from '../pipelines/pipeline.ts';
import { failureId } from '../steps/ids.ts';
import { createPseudonymKey, KeyError, type PseudonymKey } from '../steps/pseudonym-key.ts';
import { ServiceError } from '../steps/service-error.ts';
import { retryFailure } from './retry-failure.ts';
import { syncDocument } from './sync-document.ts';

const USER = '花子@example.com';
const PATH = `users/${USER}/sessions/s1`;
const id = failureId('sessions', PATH);
const UNAVAILABLE = { httpStatus: 503, reasons: [{ reason: 'backendError' }] };
const INTERNAL = { httpStatus: 500, reasons: [{ reason: 'internalError' }] };

let secret: string | undefined;
let fakes: FakeContext;
/** Sends the event of the completion again. */
let trigger: () => Promise<unknown>;

/** The document was completed in an outage: a record and a task of generation 1 wait. */
async function failOnce(data: DocumentData = FULL_SESSION): Promise<void> {
  const updateTime = fakes.documents.put(PATH, data);
  trigger = () => syncDocument(fakes.context, sessions, { path: PATH, data, updateTime });
  fakes.rowSink.failNext('before', UNAVAILABLE);
  await trigger();
  fakes.journal.length = 0;
  fakes.logs.length = 0;
}

beforeEach(async () => {
  secret = 'k3y-of-the-tests-0123456789-abcdefghij';
  fakes = createFakeContext(() => secret);
  await failOnce();
});

const run = (generation = 1, context: Context = fakes.context) =>
  retryFailure(context, {
    method: 'POST',
    authorization: fakes.taskTokens.authorization(),
    body: { v: 1, failureId: id, generation },
  });
const record = () => fakes.deadLetters.get(id);
const document = async () => (await fakes.documents.get(PATH))?.data;

describe('a task that delivers', () => {
  test('inserts the row, closes the record, and marks the document, in this order', async () => {
    fakes.advance(1_000);
    await expect(run()).resolves.toEqual({ status: 200, message: 'Delivered' });
    expect(fakes.journal).toEqual(['insert', 'record resolved', 'status synced']);
    await expect(record()).resolves.toMatchObject({
      status: 'resolved',
      retryCount: 1,
      resolvedAt: new Date('2026-01-01T00:00:01Z'),
      lastRetryAt: new Date('2026-01-01T00:00:01Z'),
      nextAttemptAt: null,
    });
    await expect(document()).resolves.toMatchObject({
      bigquerySyncStatus: 'synced',
      bigquerySyncError: null,
      bigquerySyncRetryCount: 1,
    });
  });

  test('sends what the trigger would have sent: one insertId, one body, synced_at apart', async () => {
    await trigger(); // goes through now, and closes the record …
    await failOnce({ ...FULL_SESSION });
    fakes.rowSink.failNext('after', UNAVAILABLE);
    await trigger(); // … and this version is stored, though nobody knows
    fakes.advance(1_000);
    await run((await record())!.generation);
    const [, stored, again] = fakes.rowSink.rows('sessions');
    expect(again).toEqual({ ...stored, json: { ...stored!.json, synced_at: '2026-01-01T00:00:01.000Z' } });
  });

  test('sends the version that failed, although the status on the document has moved its update time', async () => {
    const { documentVersion } = (await record())!;
    expect((await fakes.documents.get(PATH))!.updateTime > documentVersion.updateTime).toBe(true);
    await run();
    expect(fakes.rowSink.rows('sessions')[0]?.json['source_updated_at']).toBe(documentVersion.updateTime);
  });

  test('sends what the document is now, as a newer version, when it changed since', async () => {
    const updateTime = fakes.documents.put(PATH, { ...FULL_SESSION, repCount: 99 });
    await expect(run()).resolves.toMatchObject({ status: 200 });
    expect(fakes.rowSink.rows('sessions')).toMatchObject([
      { json: { rep_count: 99, source_updated_at: updateTime } },
    ]);
    await expect(record()).resolves.toMatchObject({ status: 'resolved' });
  });

  test('that comes twice finds nothing to do the second time', async () => {
    await run();
    fakes.journal.length = 0;
    await expect(run()).resolves.toEqual({ status: 200, message: 'Nothing to do' });
    expect(fakes.journal).toEqual([]);
  });
});

describe('a task that comes again after its attempt closed the record and died', () => {
  test.each([
    ['delivered', undefined, { bigquerySyncStatus: 'synced', bigquerySyncError: null }],
    [
      'abandoned',
      { reasons: [{ reason: 'invalid', location: 'rep_count' }] },
      {
        bigquerySyncStatus: 'abandoned',
        bigquerySyncError: 'bigquery insertAll: invalid (rep_count)',
      },
    ],
  ])('writes the status that was left out: %s', async (_, refused, status) => {
    if (refused) fakes.rowSink.failNext('before', refused);
    const died = new ServiceError({ service: 'firestore', operation: 'write status', grpcCode: 14 });
    const { documents } = fakes;
    const dying = { get: (path: string) => documents.get(path), writeStatus: () => Promise.reject(died) };
    await expect(run(1, { ...fakes.context, documents: dying })).rejects.toBe(died);
    await expect(document()).resolves.toMatchObject({ bigquerySyncStatus: 'failed' });
    await expect(run()).resolves.toEqual({ status: 200, message: 'Nothing to do' });
    await expect(document()).resolves.toMatchObject({ ...status, bigquerySyncRetryCount: 1 });
  });

  test('writes it also over the same status of an older version', async () => {
    const older = { updateTime: '2020-01-01T00:00:00.000000Z', contentHash: '0'.repeat(64) };
    fakes.documents.put(PATH, {
      ...FULL_SESSION,
      bigquerySyncStatus: 'synced',
      bigquerySyncVersion: older,
    });
    const { documents } = fakes;
    const died = new ServiceError({ service: 'firestore', operation: 'write status', grpcCode: 14 });
    const dying = { get: (path: string) => documents.get(path), writeStatus: () => Promise.reject(died) };
    await expect(run(1, { ...fakes.context, documents: dying })).rejects.toBe(died);
    await expect(document()).resolves.toMatchObject({ bigquerySyncVersion: older });
    await run();
    const { documentVersion } = (await record())!;
    await expect(document()).resolves.toMatchObject({
      bigquerySyncStatus: 'synced',
      bigquerySyncVersion: documentVersion,
    });
  });
});

describe('a task that fails', () => {
  test('is counted and asks to come again', async () => {
    fakes.rowSink.failNext('before', INTERNAL);
    fakes.advance(1_000);
    await expect(run()).resolves.toEqual({ status: 500, message: 'Not yet' });
    expect(fakes.journal).toEqual(['insert', 'record pending', 'status failed']);
    await expect(record()).resolves.toMatchObject({
      status: 'pending',
      retryCount: 1,
      generation: 1,
      failureReason: 'bigquery insertAll: http 500 internalError',
      lastRetryAt: new Date('2026-01-01T00:00:01Z'),
      nextAttemptAt: new Date('2026-01-01T00:00:03Z'),
    });
    await expect(document()).resolves.toMatchObject({
      bigquerySyncStatus: 'failed',
      bigquerySyncRetryCount: 1,
    });
  });

  test('answers 503 where BigQuery wants less, with its Retry-After', async () => {
    fakes.rowSink.failNext('before', { ...UNAVAILABLE, retryAfterSeconds: 30 });
    await expect(run()).resolves.toEqual({ status: 503, message: 'Not yet', retryAfterSeconds: 30 });
    fakes.rowSink.failNext('before', { httpStatus: 403, reasons: [{ reason: 'quotaExceeded' }] });
    await expect(run()).resolves.toEqual({ status: 503, message: 'Not yet' });
  });

  test('keeps a Retry-After to itself where BigQuery is not overloaded', async () => {
    fakes.rowSink.failNext('before', { ...INTERNAL, retryAfterSeconds: 30 });
    await expect(run()).resolves.toEqual({ status: 500, message: 'Not yet' });
  });

  test('is the last one after ten attempts: abandoned, with an answer that ends the task', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 10; i++) {
      fakes.advance(60_000);
      fakes.rowSink.failNext('before', UNAVAILABLE);
      statuses.push((await run()).status);
    }
    expect(statuses).toEqual([503, 503, 503, 503, 503, 503, 503, 503, 503, 200]);
    const failureReason = '10 attempts spent: bigquery insertAll: http 503 backendError';
    await expect(record()).resolves.toMatchObject({
      status: 'abandoned',
      failureKind: 'transient',
      retryCount: 10,
      failureReason,
      nextAttemptAt: new Date('2026-01-01T00:40:00Z'),
    });
    await expect(document()).resolves.toMatchObject({
      bigquerySyncStatus: 'abandoned',
      bigquerySyncRetryCount: 10,
    });
    expect(fakes.logs.at(-1)).toMatchObject({
      severity: 'ERROR',
      message: 'Row abandoned',
      outcome: 'abandoned',
      attempt: 10,
    });

    fakes.journal.length = 0;
    await expect(run()).resolves.toEqual({ status: 200, message: 'Nothing to do' });
    expect(fakes.journal).toEqual([]);
  });

  test('makes no task: its own comes again', async () => {
    const before = fakes.retryQueue.waiting();
    fakes.rowSink.failNext('before', UNAVAILABLE);
    await run();
    expect(fakes.retryQueue.waiting()).toEqual(before);
  });

  test('after the row was stored is healed by the next, under the same insertId', async () => {
    fakes.rowSink.failNext('after', UNAVAILABLE);
    await expect(run()).resolves.toMatchObject({ status: 503 });
    await expect(run()).resolves.toMatchObject({ status: 200 });
    const [first, again] = fakes.rowSink.rows('sessions');
    expect(again?.insertId).toBe(first?.insertId);
    await expect(record()).resolves.toMatchObject({ status: 'resolved', retryCount: 2 });
  });

  test('for good is abandoned at once', async () => {
    fakes.rowSink.failNext('before', { reasons: [{ reason: 'invalid', location: 'rep_count' }] });
    await expect(run()).resolves.toEqual({ status: 200, message: 'Abandoned' });
    await expect(record()).resolves.toMatchObject({
      status: 'abandoned',
      failureKind: 'permanent',
      failureReason: 'bigquery insertAll: invalid (rep_count)',
    });
  });
});

describe('a record whose document is not what it was', () => {
  test('deleted: abandoned, with that reason', async () => {
    fakes.documents.delete(PATH);
    await expect(run()).resolves.toEqual({ status: 200, message: 'Abandoned' });
    await expect(record()).resolves.toMatchObject({
      status: 'abandoned',
      failureReason: 'source deleted',
      failureKind: 'permanent',
      retryCount: 1,
    });
    await expect(document()).resolves.toBeUndefined();
    expect(fakes.journal).toEqual(['record abandoned']);
  });

  test('not completed any more: abandoned, with that reason', async () => {
    fakes.documents.put(PATH, { ...FULL_SESSION, status: 'active' });
    await expect(run()).resolves.toEqual({ status: 200, message: 'Abandoned' });
    await expect(record()).resolves.toMatchObject({
      status: 'abandoned',
      failureReason: 'source not completed any more',
    });
    expect(fakes.rowSink.rows('sessions')).toEqual([]);
  });

  test('poisoned since: abandoned, with the fields that are wrong', async () => {
    fakes.documents.put(PATH, { ...FULL_SESSION, repCount: 'many' });
    await run();
    await expect(record()).resolves.toMatchObject({
      status: 'abandoned',
      failureReason: 'document invalid: repCount: expected a whole number within ±2^53',
    });
  });

  test('of a pipeline that is gone: abandoned, with that reason', async () => {
    const context = { ...fakes.context, pipelines: new Map() };
    const request = {
      method: 'POST',
      authorization: fakes.taskTokens.authorization(),
      body: { v: 1, failureId: id, generation: 1 },
    };
    await expect(retryFailure(context, request)).resolves.toEqual({ status: 200, message: 'Abandoned' });
    await expect(record()).resolves.toMatchObject({
      status: 'abandoned',
      failureReason: 'pipeline unknown: it was removed or renamed',
      tableName: 'sessions',
    });
    expect(fakes.rowSink.rows('sessions')).toEqual([]);
  });
});

describe('a task that is not wanted', () => {
  test('of a former generation touches nothing', async () => {
    await failOnce({ ...FULL_SESSION, repCount: 13 });
    await expect(run(1)).resolves.toEqual({ status: 200, message: 'Nothing to do' });
    expect(fakes.journal).toEqual([]);
    await expect(record()).resolves.toMatchObject({ status: 'pending', generation: 2, retryCount: 0 });
  });

  test('of a record that does not exist touches nothing', async () => {
    const body = { v: 1, failureId: 'f'.repeat(64), generation: 1 };
    await expect(
      retryFailure(fakes.context, { method: 'POST', authorization: fakes.taskTokens.authorization(), body }),
    ).resolves.toEqual({ status: 200, message: 'Nothing to do' });
    expect(fakes.journal).toEqual([]);
  });
});

describe('a caller that is not the queue, or no task body', () => {
  const good = () => ({
    method: 'POST',
    authorization: fakes.taskTokens.authorization(),
    body: { v: 1, failureId: id, generation: 1 } as unknown,
  });
  const claims = {
    aud: 'https://retry.invalid',
    iss: 'https://accounts.google.com',
    email: 'somebody@demo-local.iam.gserviceaccount.com',
    email_verified: true,
    exp: Date.now() / 1000 + 600,
  };

  test.each<[string, number, () => Partial<ReturnType<typeof good> | { authorization: undefined }>]>([
    ['no token', 401, () => ({ authorization: undefined })],
    ['a garbage token', 401, () => ({ authorization: 'Bearer garbage' })],
    ['a forged token', 401, () => ({ authorization: `Bearer ${fakes.taskTokens.mint(claims, 'forged')}` })],
    [
      'the token of another account',
      403,
      () => ({ authorization: `Bearer ${fakes.taskTokens.mint(claims)}` }),
    ],
    ['no body', 400, () => ({ body: undefined })],
    ['a body in text', 400, () => ({ body: '{"v":1}' })],
    [
      "the seed's body",
      400,
      () => ({ body: { userId: 'u1', sessionId: 's1', tableName: 'sessions', retryCount: 0 } }),
    ],
    [
      'a body with more in it',
      400,
      () => ({ body: { v: 1, failureId: id, generation: 1, tableName: 'users' } }),
    ],
    ['a path for a failure', 400, () => ({ body: { v: 1, failureId: `../${PATH}`, generation: 1 } })],
    ['GET', 400, () => ({ method: 'GET' })],
    ['PUT', 400, () => ({ method: 'PUT' })],
  ])('%s is answered with %i, and nothing is read or touched', async (_, status, change) => {
    const before = await record();
    const reads: string[] = [];
    fakes.deadLetters.get = async (asked) => {
      reads.push(asked);
      return undefined;
    };
    fakes.documents.get = async (asked) => {
      reads.push(asked);
      return undefined;
    };
    const reply = await retryFailure(fakes.context, { ...good(), ...change() });
    expect(reply.status).toBe(status);
    expect(fakes.journal).toEqual([]);
    expect(reads).toEqual([]);
    expect(fakes.deadLetters.all()).toEqual([{ id, failure: before }]);
    expect(JSON.stringify(reply)).not.toContain(USER);
  });

  test('who the caller is comes first: a stranger learns nothing of the body', async () => {
    await expect(
      retryFailure(fakes.context, { method: 'GET', authorization: undefined, body: 7 }),
    ).resolves.toMatchObject({ status: 401 });
  });

  test('whom nobody can identify is an error, not a refusal: the task comes again', async () => {
    fakes.taskTokens.unreachable = true;
    await expect(run()).rejects.toThrow(ServiceError);
    expect(fakes.journal).toEqual([]);
  });
});

describe('an outage in the middle', () => {
  test.each([
    ['reading the record', () => fakes.deadLetters.failNext('before', 14)],
    ['reading the document', () => fakes.documents.failNext('before', 14)],
  ])('while %s throws and counts nothing', async (_, fail) => {
    fail();
    await expect(run()).rejects.toThrow(ServiceError);
    await expect(record()).resolves.toMatchObject({ status: 'pending', retryCount: 0 });
  });

  test('while the record is written throws; the next attempt delivers again and closes it', async () => {
    const update = fakes.deadLetters.update.bind(fakes.deadLetters);
    fakes.deadLetters.update = async () => {
      fakes.deadLetters.update = update;
      throw new ServiceError({ service: 'firestore', operation: 'update failure', grpcCode: 14 });
    };
    await expect(run()).rejects.toThrow(ServiceError);
    await expect(record()).resolves.toMatchObject({ status: 'pending' });
    await expect(run()).resolves.toMatchObject({ status: 200 });
    await expect(record()).resolves.toMatchObject({ status: 'resolved', retryCount: 1 });
  });

  test('a secret that went missing fails closed, and the record waits', async () => {
    const withoutKey = createFakeContext(() => undefined);
    const context = { ...fakes.context, keyring: withoutKey.context.keyring };
    await expect(
      retryFailure(context, {
        method: 'POST',
        authorization: fakes.taskTokens.authorization(),
        body: { v: 1, failureId: id, generation: 1 },
      }),
    ).rejects.toThrow(KeyError);
    expect(fakes.journal).toEqual([]);
    await expect(record()).resolves.toMatchObject({ status: 'pending', retryCount: 0 });
  });
});

describe('two roads at once', () => {
  /** Runs `meanwhile` before the next `get` of the document. */
  function beforeReading(meanwhile: () => Promise<unknown>): void {
    const get = fakes.documents.get.bind(fakes.documents);
    fakes.documents.get = async (path) => {
      fakes.documents.get = get;
      await meanwhile();
      return get(path);
    };
  }

  test('a task that fails after the trigger delivered does not say that the document failed', async () => {
    beforeReading(trigger);
    fakes.advance(1_000);
    const insert = fakes.rowSink.insert.bind(fakes.rowSink);
    let calls = 0;
    fakes.rowSink.insert = (table, rows) => {
      if (++calls === 2) fakes.rowSink.failNext('before', INTERNAL);
      return insert(table, rows);
    };
    await expect(run()).resolves.toMatchObject({ status: 200 });
    await expect(record()).resolves.toMatchObject({ status: 'resolved' });
    await expect(document()).resolves.toMatchObject({
      bigquerySyncStatus: 'synced',
      bigquerySyncError: null,
    });
  });

  test('a task that delivers after the trigger delivered leaves one closed record', async () => {
    beforeReading(trigger);
    await expect(run()).resolves.toEqual({ status: 200, message: 'Delivered' });
    await expect(record()).resolves.toMatchObject({ status: 'resolved' });
    const rows = fakes.rowSink.rows('sessions');
    expect(new Set(rows.map(({ insertId }) => insertId)).size).toBe(1);
  });

  test('a task that fails while a newer version opens the record again leaves that to its own task', async () => {
    beforeReading(() => failOnce({ ...FULL_SESSION, repCount: 13 }));
    const insert = fakes.rowSink.insert.bind(fakes.rowSink);
    let calls = 0;
    fakes.rowSink.insert = (table, rows) => {
      if (++calls === 2) fakes.rowSink.failNext('before', INTERNAL);
      return insert(table, rows);
    };
    await run();
    await expect(record()).resolves.toMatchObject({ status: 'pending', generation: 2, retryCount: 0 });
    await expect(run(1)).resolves.toEqual({ status: 200, message: 'Nothing to do' });
    await expect(run(2)).resolves.toEqual({ status: 200, message: 'Delivered' });
  });
});

describe('after the key was rotated', () => {
  const keys = [1, 2].map((version) => createPseudonymKey(version, Buffer.alloc(32, version), FAKE_SCOPE));
  const [old, active] = keys as [PseudonymKey, PseudonymKey];
  const rotated = {
    active,
    all: keys,
    get: (version: number) => (version === 1 ? old : active),
    at: () => active,
  };
  const keyVersions = () => fakes.rowSink.rows('sessions').map(({ json }) => json['pseudonym_key_version']);
  const runRotated = () =>
    retryFailure(
      { ...fakes.context, keyring: rotated },
      {
        method: 'POST',
        authorization: fakes.taskTokens.authorization(),
        body: { v: 1, failureId: id, generation: 1 },
      },
    );

  test('the version that failed is sent under the key that it began with', async () => {
    await expect(runRotated()).resolves.toMatchObject({ status: 200 });
    expect(keyVersions()).toEqual([1]);
  });

  test('a newer version of the document is sent under the active key, as its own event would send it', async () => {
    fakes.documents.put(PATH, { ...FULL_SESSION, repCount: 99 });
    await expect(runRotated()).resolves.toMatchObject({ status: 200 });
    expect(keyVersions()).toEqual([2]);
  });
});
