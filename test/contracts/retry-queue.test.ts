import { createServer } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { CloudTasksClient } from '@google-cloud/tasks';
import { PassThroughClient } from 'google-auth-library';
import { systemClock } from '../../emulators/shared/clock.ts';
import { Faults } from '../../emulators/shared/faults.ts';
import { closeServer, listen } from '../../emulators/shared/http.ts';
import { createOidcIssuer } from '../../emulators/shared/oidc.ts';
import { startTasks } from '../../emulators/tasks/server.ts';
import { createRetryQueue } from '../../functions/services/retry-queue.ts';
import { ServiceError } from '../../functions/steps/service-error.ts';
import { taskId, type FailureId } from '../../functions/steps/ids.ts';
import { createLocalApi } from './bigquery.ts';
import { FakeRetryQueue } from './fakes/retry-queue.ts';
import { retryQueueContract } from './retry-queue.contract.ts';

const config = {
  project: 'demo-local',
  location: 'asia-northeast1',
  queue: 'bigquery-sync-queue',
  url: 'http://127.0.0.1:9/internal_retryBigQuerySync',
  serviceAccount: 'tasks@demo-local.iam.gserviceaccount.com',
};

retryQueueContract('fake', async () => {
  const queue = new FakeRetryQueue();
  return {
    queue,
    waitingCount: async () => queue.waiting().length,
    finish: async (claim) => queue.finish(claim),
    failNextEnqueue: (phase) => queue.failNext(phase, 14),
    close: async () => {},
  };
});

function createClient(port: number): CloudTasksClient {
  return new CloudTasksClient({
    fallback: true,
    projectId: config.project,
    apiEndpoint: '127.0.0.1',
    port,
    protocol: 'http',
    authClient: new PassThroughClient(),
  });
}

/** The adapter on the emulator; the queue is paused, so that tasks wait. */
async function onEmulator() {
  const faults = new Faults();
  const emulator = await startTasks({
    port: 0,
    faults,
    clock: systemClock,
    log: () => {},
    project: config.project,
    location: config.location,
    issuer: createOidcIssuer(),
  });
  const client = createClient(emulator.port);
  const parent = client.locationPath(config.project, config.location);
  const name = client.queuePath(config.project, config.location, config.queue);
  await client.createQueue({ parent, queue: { name } });
  await client.pauseQueue({ name });
  return {
    client,
    port: emulator.port,
    faults,
    name,
    queue: createRetryQueue(createLocalApi(emulator.port), config),
    close: async () => {
      await client.close();
      await emulator.close();
    },
  };
}

retryQueueContract('Cloud Tasks on the emulator', async () => {
  const { client, faults, name, queue, close } = await onEmulator();
  return {
    queue,
    close,
    waitingCount: async () => (await client.listTasks({ parent: name }))[0].length,
    async finish({ failureId, generation }) {
      await client.deleteTask({ name: `${name}/tasks/${taskId(failureId, generation)}` });
    },
    failNextEnqueue: (phase) =>
      void faults.add({
        service: 'tasks',
        method: 'createTask',
        phase,
        status: 503,
        reason: 'UNAVAILABLE',
        count: 1,
      }),
  };
});

describe('the task in Cloud Tasks', () => {
  const claim = { failureId: 'a1'.repeat(32) as FailureId, generation: 3 };

  test('is a claim check with a hashed name, a token for the function, and nothing else', async () => {
    const { client, name, queue, close } = await onEmulator();
    try {
      await queue.enqueue(claim);
      const [[task]] = await client.listTasks({ parent: name, responseView: 'FULL' });
      expect(task?.name).toBe(`${name}/tasks/${taskId(claim.failureId, 3)}`);
      expect(task?.httpRequest).toMatchObject({
        url: config.url,
        httpMethod: 'POST',
        oidcToken: { serviceAccountEmail: config.serviceAccount, audience: config.url },
      });
      expect(JSON.parse(Buffer.from(task!.httpRequest!.body as string, 'base64').toString())).toEqual({
        v: 1,
        ...claim,
      });
    } finally {
      await close();
    }
  });

  test('is refused with the code alone when there is no such queue', async () => {
    const { port, close } = await onEmulator();
    try {
      const elsewhere = createRetryQueue(createLocalApi(port), { ...config, queue: 'no-such-queue' });
      await expect(elsewhere.enqueue(claim)).rejects.toEqual(
        new ServiceError({ service: 'tasks', operation: 'createTask', httpStatus: 404 }),
      );
    } finally {
      await close();
    }
  });

  test('that nobody may look at is not taken for gone', async () => {
    const { faults, queue, close } = await onEmulator();
    try {
      faults.add({ service: 'tasks', method: 'getTask', status: 403, reason: 'PERMISSION_DENIED', count: 1 });
      await expect(queue.has(claim)).rejects.toEqual(
        new ServiceError({ service: 'tasks', operation: 'getTask', httpStatus: 403 }),
      );
    } finally {
      await close();
    }
  });

  test('cannot be asked for while nothing answers', async () => {
    const server = createServer();
    const port = await listen(server, 0);
    await closeServer(server);
    await expect(createRetryQueue(createLocalApi(port), config).enqueue(claim)).rejects.toEqual(
      new ServiceError({ service: 'tasks', operation: 'createTask', networkCode: 'ECONNREFUSED' }),
    );
  });
});
