// The queue of queue.yaml, made and corrected in the local Cloud Tasks over the API that production has.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../../emulators/shared/clock.ts';
import type { Emulator } from '../../emulators/shared/emulator.ts';
import { Faults } from '../../emulators/shared/faults.ts';
import { createOidcIssuer } from '../../emulators/shared/oidc.ts';
import { startTasks } from '../../emulators/tasks/server.ts';
import { createApi, type Api } from './api.ts';
import { applyAll, type AppliedChange } from './plan.ts';
import { createQueuePart, readWantedQueue } from './queue.ts';

const LOCATION = 'projects/demo-local/locations/asia-northeast1';
const QUEUE = 'bigquery-sync-queue';
let emulator: Emulator;
let api: Api;
beforeEach(async () => {
  emulator = await startTasks({
    port: 0,
    project: 'demo-local',
    location: 'asia-northeast1',
    issuer: createOidcIssuer(),
    faults: new Faults(),
    clock: systemClock,
    log: () => {},
  });
  api = createApi(`http://127.0.0.1:${emulator.port}`, async () => ({}));
});
afterEach(() => emulator.close());

async function provision(): Promise<AppliedChange[]> {
  const applied = [];
  const part = createQueuePart(api, LOCATION, QUEUE);
  for await (const change of applyAll([await part.plan()])) applied.push(change);
  return applied;
}

test('a missing queue is made as queue.yaml says, retries counted as attempts, and a second run changes nothing', async () => {
  expect(await provision()).toMatchObject([{ kind: 'create', what: `queue ${QUEUE}`, result: 'done' }]);
  expect(await api.get(`/v2/${LOCATION}/queues/${QUEUE}`)).toMatchObject({
    rateLimits: { maxDispatchesPerSecond: 10 },
    retryConfig: { maxAttempts: 13, minBackoff: '1s', maxBackoff: '3600s', maxDoublings: 5 },
    state: 'RUNNING',
  });
  expect(await provision()).toEqual([]);
});

test('only what differs is set, each setting told', async () => {
  await provision();
  await api.patch(`/v2/${LOCATION}/queues/${QUEUE}?updateMask=rateLimits,retryConfig.maxBackoff`, {
    rateLimits: { maxDispatchesPerSecond: 500, maxConcurrentDispatches: 1000 },
    retryConfig: { maxBackoff: '60s' },
  });
  expect(await provision()).toMatchObject([
    { kind: 'set', what: `queue ${QUEUE} maxDispatchesPerSecond`, from: '500', to: '10' },
    { kind: 'set', what: `queue ${QUEUE} maxBackoff`, from: '60s', to: '3600s' },
  ]);
  expect(await provision()).toEqual([]);
});

test('a limit of time that the file does not have is taken away', async () => {
  await provision();
  const mask = 'retryConfig.maxRetryDuration';
  await api.patch(`/v2/${LOCATION}/queues/${QUEUE}?updateMask=${mask}`, {
    retryConfig: { maxRetryDuration: '600s' },
  });
  expect(await provision()).toMatchObject([{ from: '600s', to: '0s', result: 'done' }]);
  expect(await provision()).toEqual([]);
});

test('a paused queue stays paused, and is told', async () => {
  await provision();
  await api.post(`/v2/${LOCATION}/queues/${QUEUE}:pause`, {});
  expect(await provision()).toMatchObject([{ kind: 'leave', from: 'PAUSED', result: 'left' }]);
  expect(await api.get(`/v2/${LOCATION}/queues/${QUEUE}`)).toMatchObject({ state: 'PAUSED' });
});

test('a queue that queue.yaml does not name cannot be planned, and the message says so', () => {
  expect(() => readWantedQueue('other')).toThrow('queue.yaml has none of that name');
});
