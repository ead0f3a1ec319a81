// The sweep, on fakes that keep the contracts of test/contracts.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createFakeContext, type FakeContext } from '../../test/contracts/fakes/context.ts';
import { FULL_SESSION } from '../../test/contracts/session-documents.ts';
import { sessions } from '../pipelines/sessions.ts';
import { failureId } from '../steps/ids.ts';
import { ServiceError } from '../steps/service-error.ts';
import { retryFailure } from './retry-failure.ts';
import { sweepFailures } from './sweep-failures.ts';
import { syncDocument } from './sync-document.ts';

const UNAVAILABLE = { httpStatus: 503, reasons: [{ reason: 'backendError' }] };
const pathOf = (name: string) => `users/花子/sessions/${name}`;
const idOf = (name: string) => failureId('sessions', pathOf(name));

let fakes: FakeContext;
beforeEach(() => {
  fakes = createFakeContext();
});

/** A session that was completed in an outage. */
async function fail(name: string): Promise<void> {
  const updateTime = fakes.documents.put(pathOf(name), FULL_SESSION);
  fakes.rowSink.failNext('before', UNAVAILABLE);
  await syncDocument(fakes.context, sessions, { path: pathOf(name), data: FULL_SESSION, updateTime });
}

/** Its task is nowhere: never enqueued, spent, purged. */
async function failAndLoseTask(name: string): Promise<void> {
  await fail(name);
  fakes.retryQueue.finish({ failureId: idOf(name), generation: 1 });
}

const sweep = () => sweepFailures(fakes.context);
const recordOf = (name: string) => fakes.deadLetters.get(idOf(name));

describe('a failure whose task is gone', () => {
  test('gets a new one, under the next generation', async () => {
    await failAndLoseTask('s1');
    fakes.advance(62_000);
    await expect(sweep()).resolves.toEqual({ reissued: 1, waiting: 0, reopened: 0 });
    expect(fakes.retryQueue.waiting()).toEqual([{ failureId: idOf('s1'), generation: 2 }]);
    await expect(recordOf('s1')).resolves.toMatchObject({
      status: 'pending',
      generation: 2,
      retryCount: 0,
      nextAttemptAt: new Date('2026-01-01T00:01:03Z'),
    });
    expect(fakes.logs.at(-2)).toEqual({
      severity: 'INFO',
      message: 'Failures swept',
      reissued: 1,
      waiting: 0,
      reopened: 0,
    });
  });

  test('heals by that task', async () => {
    await failAndLoseTask('s1');
    fakes.advance(62_000);
    await sweep();
    const [claim] = fakes.retryQueue.waiting();
    await expect(
      retryFailure(fakes.context, {
        method: 'POST',
        authorization: fakes.taskTokens.authorization(),
        body: { v: 1, ...claim },
      }),
    ).resolves.toMatchObject({ status: 200 });
    await expect(recordOf('s1')).resolves.toMatchObject({ status: 'resolved', generation: 2, retryCount: 1 });
    expect(fakes.rowSink.rows('sessions')).toHaveLength(1);
  });

  test('keeps the attempts that it has used', async () => {
    await fail('s1');
    for (let i = 0; i < 9; i++) {
      fakes.rowSink.failNext('before', UNAVAILABLE);
      await retryFailure(fakes.context, {
        method: 'POST',
        authorization: fakes.taskTokens.authorization(),
        body: { v: 1, failureId: idOf('s1'), generation: 1 },
      });
    }
    fakes.retryQueue.finish({ failureId: idOf('s1'), generation: 1 });
    fakes.advance(3_600_000);
    await sweep();
    await expect(recordOf('s1')).resolves.toMatchObject({ status: 'pending', generation: 2, retryCount: 9 });
  });

  test('is left alone until it is a minute overdue: its task may be on its way', async () => {
    await failAndLoseTask('s1');
    fakes.advance(60_999);
    await expect(sweep()).resolves.toEqual({ reissued: 0, waiting: 0, reopened: 0 });
    fakes.advance(1);
    await expect(sweep()).resolves.toEqual({ reissued: 1, waiting: 0, reopened: 0 });
  });

  test('gets its task by the next sweep when the queue refuses in this one', async () => {
    await failAndLoseTask('s1');
    fakes.advance(62_000);
    // `has` is asked first, then the record is raised, then the task is refused.
    const enqueue = fakes.retryQueue.enqueue.bind(fakes.retryQueue);
    fakes.retryQueue.enqueue = async () => {
      fakes.retryQueue.enqueue = enqueue;
      throw new ServiceError({ service: 'tasks', operation: 'createTask', grpcCode: 14 });
    };
    await expect(sweep()).rejects.toThrow(ServiceError);
    expect(fakes.retryQueue.waiting()).toEqual([]);
    fakes.advance(300_000);
    await expect(sweep()).resolves.toEqual({ reissued: 1, waiting: 0, reopened: 0 });
    expect(fakes.retryQueue.waiting()).toEqual([{ failureId: idOf('s1'), generation: 3 }]);
  });
});

test('a failure whose task still waits is left to it, and looked at later', async () => {
  await fail('s1');
  fakes.advance(3_600_000);
  await expect(sweep()).resolves.toEqual({ reissued: 0, waiting: 1, reopened: 0 });
  expect(fakes.retryQueue.waiting()).toEqual([{ failureId: idOf('s1'), generation: 1 }]);
  await expect(recordOf('s1')).resolves.toMatchObject({
    status: 'pending',
    generation: 1,
    nextAttemptAt: new Date('2026-01-01T01:00:01Z'),
  });
  await expect(sweep()).resolves.toEqual({ reissued: 0, waiting: 0, reopened: 0 });
});

test('what is resolved or abandoned is not swept', async () => {
  await failAndLoseTask('resolved');
  const { updateTime, data } = (await fakes.documents.get(pathOf('resolved')))!;
  await syncDocument(fakes.context, sessions, { path: pathOf('resolved'), data, updateTime });
  const poison = { ...FULL_SESSION, repCount: 'many' };
  const poisonTime = fakes.documents.put(pathOf('poison'), poison);
  await syncDocument(fakes.context, sessions, {
    path: pathOf('poison'),
    data: poison,
    updateTime: poisonTime,
  });
  fakes.advance(86_400_000);
  fakes.logs.length = 0;
  await expect(sweep()).resolves.toEqual({ reissued: 0, waiting: 0, reopened: 0 });
  expect(fakes.logs.map(({ message }) => message)).toEqual(['Freshness']);
});

describe('a failure whose attempts are spent', () => {
  async function spend(name: string): Promise<void> {
    await fail(name);
    for (let i = 0; i < 10; i++) {
      fakes.rowSink.failNext('before', UNAVAILABLE);
      await attempt();
    }
  }
  const attempt = async () => {
    const claim = fakes.retryQueue.waiting().at(-1)!;
    const { status } = await retryFailure(fakes.context, {
      method: 'POST',
      authorization: fakes.taskTokens.authorization(),
      body: { v: 1, ...claim },
    });
    if (status === 200) fakes.retryQueue.finish(claim);
  };

  test('begins anew when its pause is over, and heals without a person', async () => {
    await spend('s1');
    await expect(recordOf('s1')).resolves.toMatchObject({ status: 'abandoned', failureKind: 'transient' });
    fakes.advance(29 * 60_000);
    await expect(sweep()).resolves.toEqual({ reissued: 0, waiting: 0, reopened: 0 });
    fakes.advance(60_000);
    await expect(sweep()).resolves.toEqual({ reissued: 0, waiting: 0, reopened: 1 });
    await expect(recordOf('s1')).resolves.toMatchObject({ status: 'pending', generation: 2, retryCount: 0 });
    await attempt();
    await expect(recordOf('s1')).resolves.toMatchObject({ status: 'resolved', retryCount: 1 });
    expect(fakes.rowSink.rows('sessions')).toHaveLength(1);
    await expect(fakes.documents.get(pathOf('s1'))).resolves.toMatchObject({
      data: { bigquerySyncStatus: 'synced', bigquerySyncError: null },
    });
  });

  test('is opened once by two sweeps', async () => {
    await spend('s1');
    fakes.advance(30 * 60_000);
    await Promise.all([sweep(), sweep()]);
    expect(fakes.retryQueue.waiting()).toEqual([{ failureId: idOf('s1'), generation: 2 }]);
  });
});

test('each sweep says how fresh BigQuery is', async () => {
  const freshness = () => fakes.logs.findLast(({ message }) => message === 'Freshness');
  await sweep();
  expect(freshness()).toMatchObject({ pending: 0, abandoned: 0, oldestUnsyncedSeconds: 0 });
  await fail('s1');
  fakes.advance(600_000);
  await fail('s2');
  await sweep();
  expect(freshness()).toMatchObject({
    severity: 'INFO',
    pending: 2,
    abandoned: 0,
    oldestUnsyncedSeconds: 600,
  });
});

test('two sweeps at once give a failure one task', async () => {
  for (const name of ['s1', 's2', 's3']) await failAndLoseTask(name);
  fakes.advance(62_000);
  await Promise.all([sweep(), sweep()]);
  expect(fakes.retryQueue.waiting().toSorted((a, b) => (a.failureId < b.failureId ? -1 : 1))).toEqual(
    ['s1', 's2', 's3']
      .map((name) => ({ failureId: idOf(name), generation: 2 }))
      .toSorted((a, b) => (a.failureId < b.failureId ? -1 : 1)),
  );
  for (const name of ['s1', 's2', 's3'])
    await expect(recordOf(name)).resolves.toMatchObject({ generation: 2 });
});

test('a record that closes while it is swept gets no task', async () => {
  await failAndLoseTask('s1');
  fakes.advance(62_000);
  const has = fakes.retryQueue.has.bind(fakes.retryQueue);
  fakes.retryQueue.has = async (claim) => {
    const { updateTime, data } = (await fakes.documents.get(pathOf('s1')))!;
    await syncDocument(fakes.context, sessions, { path: pathOf('s1'), data, updateTime });
    return has(claim);
  };
  await sweep();
  expect(fakes.retryQueue.waiting()).toEqual([]);
  await expect(recordOf('s1')).resolves.toMatchObject({ status: 'resolved', generation: 1 });
});

test('one sweep goes through all pages', async () => {
  const names = Array.from({ length: 250 }, (_, i) => `s${i}`);
  for (const name of names) await failAndLoseTask(name);
  fakes.advance(62_000);
  await expect(sweep()).resolves.toEqual({ reissued: 250, waiting: 0, reopened: 0 });
  expect(fakes.retryQueue.waiting()).toHaveLength(250);
});

test('a sweep stops when its time is spent; the next one goes on', async () => {
  const names = Array.from({ length: 250 }, (_, i) => `s${i}`);
  for (const name of names) await failAndLoseTask(name);
  fakes.advance(62_000);
  const enqueue = fakes.retryQueue.enqueue.bind(fakes.retryQueue);
  fakes.retryQueue.enqueue = (claim) => {
    fakes.advance(1_500);
    return enqueue(claim);
  };
  await expect(sweep()).resolves.toEqual({ reissued: 100, waiting: 0, reopened: 0 });
  fakes.retryQueue.enqueue = enqueue;
  const { reissued } = await sweep();
  expect(reissued).toBe(150);
});

test('the sweep needs no secret: it knows no key', async () => {
  await failAndLoseTask('s1');
  fakes.advance(62_000);
  const { keyring } = createFakeContext(() => undefined).context;
  await expect(sweepFailures({ ...fakes.context, keyring })).resolves.toEqual({
    reissued: 1,
    waiting: 0,
    reopened: 0,
  });
});
