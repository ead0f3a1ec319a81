// A replay, on fakes that keep the contracts of test/contracts.
import { beforeEach, expect, test } from '@jest/globals';
import { createFakeContext, type FakeContext } from '../../test/contracts/fakes/context.ts';
import { FULL_SESSION } from '../../test/contracts/session-documents.ts';
import { sessions } from '../pipelines/sessions.ts';
import { failureId } from '../steps/ids.ts';
import { replayFailure } from './replay-failure.ts';
import { retryFailure } from './retry-failure.ts';
import { syncDocument } from './sync-document.ts';

const PATH = 'users/花子/sessions/s1';
const id = failureId('sessions', PATH);
const REFUSED = { reasons: [{ reason: 'invalid', location: 'rep_count' }] };

let fakes: FakeContext;
beforeEach(async () => {
  fakes = createFakeContext();
  const updateTime = fakes.documents.put(PATH, FULL_SESSION);
  fakes.rowSink.failNext('before', REFUSED);
  await syncDocument(fakes.context, sessions, { path: PATH, data: FULL_SESSION, updateTime });
});

const entry = async () => ({ id, failure: (await fakes.deadLetters.get(id))! });
const replay = async () => replayFailure(fakes.context, await entry(), 'ops@example.com');

test('opens an abandoned failure with a task, which brings the row in', async () => {
  await expect(replay()).resolves.toBe('replayed');
  await expect(fakes.deadLetters.get(id)).resolves.toMatchObject({ status: 'pending', generation: 2 });
  const [claim] = fakes.retryQueue.waiting();
  const authorization = fakes.taskTokens.authorization();
  await retryFailure(fakes.context, { method: 'POST', authorization, body: { v: 1, ...claim } });
  await expect(fakes.deadLetters.get(id)).resolves.toMatchObject({ status: 'resolved' });
  expect(fakes.rowSink.rows('sessions')).toHaveLength(1);
});

test('keeps who asked for it, and what the record was', async () => {
  await replay();
  await expect(fakes.deadLetters.audits(id)).resolves.toEqual([
    {
      action: 'replay',
      by: 'ops@example.com',
      at: fakes.context.now(),
      status: 'abandoned',
      generation: 1,
    },
  ]);
});

test('leaves a record that somebody else opened first', async () => {
  const seen = await entry();
  await replay();
  await expect(replayFailure(fakes.context, seen, 'somebody else')).resolves.toBe('changed');
  expect(fakes.retryQueue.waiting()).toHaveLength(1);
  await expect(fakes.deadLetters.audits(id)).resolves.toHaveLength(1);
});

test('two at once give it one task', async () => {
  const seen = await entry();
  const ends = await Promise.all([1, 2].map(() => replayFailure(fakes.context, seen, 'ops')));
  expect(ends.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['changed', 'replayed']);
  expect(fakes.retryQueue.waiting()).toEqual([{ failureId: id, generation: 2 }]);
});

test('without a queue the record is open all the same: the sweep brings its task', async () => {
  fakes.retryQueue.failNext('before', 14);
  await expect(replay()).resolves.toBe('no task');
  await expect(fakes.deadLetters.get(id)).resolves.toMatchObject({ status: 'pending', generation: 2 });
});
