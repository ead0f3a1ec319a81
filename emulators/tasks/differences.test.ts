// Each row of DIFFERENCES.md: shown here, or by the test that is named.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as grpc from '@grpc/grpc-js';
import { PRODUCTION_RETRY } from '../eventarc/delivery.ts';
import { until } from '../shared/until.ts';
import { LOCAL_EVENT_RETRY } from '../suite.ts';
import { burstSizeFor } from './queue-config.ts';
import { NEW_TASK, startQueue, withEvents, withFunctions, withQueues } from './testing/small-parts.ts';

/** `file › title`, the file seen from emulators/. */
type Elsewhere = string;

const LOCATION = 'projects/demo-local/locations/asia-northeast1';
const QUEUE = `${LOCATION}/queues/from-yaml`;
const TASK = { httpRequest: { url: 'http://127.0.0.1:1/' } };

const rows: Readonly<Record<string, Elsewhere | (() => Promise<void>)>> = {
  Versions: () =>
    withQueues(async ({ tasks }) => {
      const client = new grpc.Client(`127.0.0.1:${tasks.port}`, grpc.credentials.createInsecure());
      const method = '/google.cloud.tasks.v2beta2.CloudTasks/GetQueue';
      const same = (bytes: Buffer) => bytes;
      const error = await new Promise<grpc.ServiceError | null>((resolve) => {
        client.makeUnaryRequest(method, same, same, Buffer.alloc(0), (thrown) => resolve(thrown));
      });
      client.close();
      expect(error).toMatchObject({
        code: grpc.status.UNIMPLEMENTED,
        details: expect.stringContaining(method),
      });
    }),
  'Not emulated': 'tasks/errors.test.ts › not emulated, by name',
  Permissions: () =>
    withQueues(async ({ call }) => {
      const parent = 'projects/anybody/locations/anywhere';
      const made = await call('POST', `${parent}/queues`, { name: `${parent}/queues/q` });
      expect(made).toMatchObject({ name: `${parent}/queues/q` });
      const oidcToken = { serviceAccountEmail: 'nobody@nowhere' };
      const task = { httpRequest: { ...TASK.httpRequest, oidcToken } };
      expect(await call('POST', `${parent}/queues/q/tasks`, { task })).toMatchObject({ view: 'BASIC' });
    }),
  Locations: 'tasks/server.test.ts › locations are those that have queues',
  'Used task names': () =>
    withQueues(async ({ call, clock }) => {
      const create = () => call('POST', `${QUEUE}/tasks`, { task: { ...TASK, name: `${QUEUE}/tasks/once` } });
      await call('POST', `${QUEUE}:pause`);
      await create();
      await call('DELETE', `${QUEUE}/tasks/once`);
      clock.advance(3_599_999);
      expect(await create()).toMatchObject({ error: { status: 'ALREADY_EXISTS' } });
      clock.advance(1);
      expect(await create()).toMatchObject({ name: `${QUEUE}/tasks/once` });
    }),
  'Deleted queues':
    'tasks/server.test.ts › are those of the start when all data was cleared, and other names can be used again',
  'Changes of queues': 'tasks/server.test.ts › are created, listed, patched by mask, and deleted',
  'Task size': 'tasks/errors.test.ts › a task above 1 MiB',
  async Throttling() {
    const { sent, queue } = startQueue({ kind: 'answered', status: 503, retryAfterMs: 60_000 });
    queue.add(NEW_TASK);
    queue.add(NEW_TASK);
    expect(sent).toHaveLength(2);
  },
  async 'Ramp-up'() {
    const { sent, queue } = startQueue({ kind: 'answered', status: 200 });
    for (let i = 0; i < 100; i++) queue.add(NEW_TASK);
    expect(sent).toHaveLength(100);
  },
  async Order() {
    const { sent, queue, clock } = startQueue({ kind: 'answered', status: 200 });
    const now = clock.now();
    for (const aheadMs of [3000, 1000, 2000]) {
      queue.add({ ...NEW_TASK, id: `in-${aheadMs}`, scheduledAtMs: now + aheadMs });
    }
    clock.advance(5000);
    expect(sent).toEqual(['in-1000', 'in-2000', 'in-3000']);
  },
  'Content type': 'tasks/server.test.ts › with a body and no content type go out as bytes',
  async 'Burst size'() {
    expect([0.5, 50, 100, 499, 500].map(burstSizeFor)).toEqual([10, 10, 20, 100, 100]);
  },
  Logging: 'tasks/server.test.ts › keep how much of them is to be logged',
  'Deployed functions':
    'suite.test.ts › sends a task for a deployed function of its project to the local one',
  'OAuth tokens': 'tasks/server.test.ts › with an OAuth token show it, and are sent without one',
  'Queues of task functions': () =>
    withQueues(async ({ tasks, call }) => {
      const options = {
        region: 'asia-northeast1',
        url: 'http://127.0.0.1:1/',
        rateLimits: {},
        retryConfig: {},
      };
      tasks.addFunction({ ...options, name: 'from-yaml' });
      tasks.addFunction({ ...options, name: 'worker' });
      const attempts = { retryConfig: { maxAttempts: 4 } };
      expect(await call('GET', QUEUE)).toMatchObject(attempts);
      expect(await call('GET', `${LOCATION}/queues/worker`)).toMatchObject({
        retryConfig: { maxAttempts: 3 },
      });
    }),
  'Tasks without url': 'suite.test.ts › runs a task function that firebase-admin enqueued',

  async Retries() {
    expect(LOCAL_EVENT_RETRY).toEqual({ minMs: 200, maxMs: 5000 });
    expect(PRODUCTION_RETRY).toEqual({ minMs: 10_000, maxMs: 600_000, maxAgeMs: 86_400_000 });
  },
  Durability: () =>
    withEvents(async ({ eventarc, publish, server }) => {
      server.removeAllListeners('request'); // nobody answers
      publish(0);
      expect(eventarc.pending()).toBe(1);
      eventarc.close();
      expect(eventarc.pending()).toBe(0);
    }),
  Crashes: 'eventarc/delivery.test.ts › a host killed under 80 events gets all of them again',
  'Update masks':
    'eventarc/event-data.test.ts › changedFields names the fields that were added, changed and removed',
  Principals: 'eventarc/event-data.test.ts › with auth context says that the principal is unknown',
  Disorder:
    'eventarc/eventarc.test.ts › disorder brings duplicates of the same event and another order, by its seed',
  'Event size': () =>
    withEvents(async ({ eventarc, publish, sizes }) => {
      publish(12_000_000);
      await eventarc.idle();
      expect(sizes[0]).toBeGreaterThan(12_000_000);
    }),
  Source: 'eventarc/event-data.test.ts › has the headers of the service',

  Instances:
    'functions/host.test.ts › answers 504 after the timeout of a function, and 429 above its concurrency',
  'First generation':
    'functions/kinds.test.ts › Firestore functions of the first generation get what was written',
  'Other triggers': 'functions/kinds.test.ts › what nothing calls here is said at the start',
  Secrets: () =>
    withFunctions(async ({ ask }) => {
      expect(await ask('hasSecret')).toBe('true');
    }),
  Invokers:
    'functions/host.test.ts › serves an HTTP function at its path, with params and a secret made up for this run',
  'Missing secrets':
    'functions/host.test.ts › serves an HTTP function at its path, with params and a secret made up',
  Resources: () =>
    withFunctions(async ({ host }) => {
      const usage = (await host.usage())!;
      // The function may use 1 MB, and is served by a process that uses more.
      expect(usage.functions['r/late']).toMatchObject({ availableMemoryMb: 1 });
      expect(usage.process.rssMb).toBeGreaterThan(1);
    }),
  'Memory report':
    'functions/host.test.ts › tells the lines of a function with its name, level and fields, and what it used',
  'Late errors': () =>
    withFunctions(async ({ host, ask, logged }) => {
      const { pid } = host;
      await ask('late');
      await until(() => logged.find((line) => line.includes('thrown late')));
      expect(await ask('hasSecret')).toBe('true');
      expect(host.pid).toBe(pid);
    }),
  Timeouts: () =>
    withFunctions(async ({ ask, dir }) => {
      expect(await ask('slow')).toBe('upstream request timeout');
      await until(() => existsSync(path.join(dir, 'went-on')));
    }),
  'Failed schedules': 'functions/scheduler.test.ts › says when a run failed',
  'Schedule syntax': 'functions/scheduler.test.ts › refuses "%s"',
};

describe('the differences', () => {
  test.each(Object.keys(rows))('%s', async (subject) => {
    const row = rows[subject]!;
    if (typeof row !== 'string') return row();
    const [file, title] = row.split(' › ') as [string, string];
    expect(readFileSync(path.join(__dirname, '..', file), 'utf8')).toContain(title);
  });

  test('all rows are there', () => {
    const subjects = readFileSync(path.join(__dirname, 'DIFFERENCES.md'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.split('|')[1]!.trim())
      .filter((subject) => subject !== 'Subject' && !subject.startsWith('---'));
    expect(subjects.toSorted()).toEqual(Object.keys(rows).toSorted());
  });
});
