// The host as a process, over real sockets, with firebase-functions as it is deployed.
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createEventarc } from '../eventarc/eventarc.ts';
import type { Eventarc } from '../eventarc/eventarc.ts';
import type { DocumentChange } from '../eventarc/change.ts';
import { toCloudEvent } from '../eventarc/cloud-event.ts';
import type { FirestoreTrigger } from '../eventarc/trigger.ts';
import { systemClock } from '../shared/clock.ts';
import { until } from '../shared/until.ts';
import { Faults } from '../shared/faults.ts';
import { connect } from './connect.ts';
import { post } from './post.ts';
import { createScheduler } from './scheduler.ts';
import { startFunctions } from './supervisor.ts';
import type { FunctionsHost, SupervisorOptions } from './supervisor.ts';

const { google } = createRequire(path.resolve('node_modules/firebase-functions/package.json'))(
  './protos/compiledFirestore.js',
) as {
  google: {
    events: {
      cloud: { firestore: { v1: { Document: { encode(value: object): { finish(): Uint8Array } } } } };
    };
  };
};

const FIXTURES = path.join(__dirname, 'fixtures');
const RETRY = { minMs: 5, maxMs: 50, maxAgeMs: 60_000 };

interface Told {
  readonly function: string;
  readonly [key: string]: unknown;
}

function change(id: string, before?: object, after?: object): DocumentChange {
  const name = `projects/demo-local/databases/(default)/documents/users/u1/sessions/${id}`;
  const encode = (fields: object) =>
    google.events.cloud.firestore.v1.Document.encode({
      name,
      fields,
      createTime: { seconds: 1 },
      updateTime: { seconds: 2 },
    }).finish();
  return {
    project: 'demo-local',
    database: '(default)',
    path: `users/u1/sessions/${id}`,
    ...(before ? { before: encode(before) } : {}),
    ...(after ? { after: encode(after) } : {}),
    commitTime: { seconds: 1_788_286_432, nanos: 0 },
  };
}

interface Running {
  readonly host: FunctionsHost;
  readonly eventarc: Eventarc;
  readonly faults: Faults;
  readonly scheduler: ReturnType<typeof createScheduler>;
  readonly logged: string[];
  told(): Promise<Told[]>;
  close(): Promise<void>;
}

async function start(
  env: Record<string, string> = {},
  more: Partial<SupervisorOptions> = {},
): Promise<Running> {
  const dir = await mkdtemp(path.join(tmpdir(), 'functions-'));
  const output = path.join(dir, 'told.ndjson');
  await writeFile(output, '');
  await writeFile(path.join(dir, '.env'), 'FIXTURE_GREETING=from .env\nFIXTURE_CONCURRENCY=7\n');
  await writeFile(path.join(dir, '.env.demo-local'), 'FIXTURE_GREETING=from .env.demo-local\n');
  const logged: string[] = [];
  const log = (line: string) => logged.push(line);
  const faults = new Faults();
  const eventarc = createEventarc({
    project: 'demo-local',
    clock: systemClock,
    faults,
    log,
    retryPolicy: RETRY,
  });
  const scheduler = createScheduler({ clock: systemClock, faults, log, post });
  const host = await startFunctions({
    port: 0,
    clock: systemClock,
    log,
    project: 'demo-local',
    dir: FIXTURES,
    envDir: dir,
    env: () => ({ FIXTURE_OUTPUT: output, ...env }),
    onReady: (backends) => connect(backends, eventarc, scheduler),
    ...more,
  });
  return {
    host,
    eventarc,
    faults,
    scheduler,
    logged,
    async told() {
      const lines = (await readFile(output, 'utf8')).split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line) as Told);
    },
    async close() {
      scheduler.close();
      eventarc.close();
      await host.close();
    },
  };
}

describe('a host that runs', () => {
  let running: Running;
  const url = (pathname: string) => `http://127.0.0.1:${running.host.port}${pathname}`;

  beforeAll(async () => {
    running = await start();
  });
  afterAll(() => running.close());

  test('lists its functions as a deploy would see them, params resolved', () => {
    const summary = Object.fromEntries(running.host.backends.map((one) => [one.name, one]));
    expect(Object.keys(summary).toSorted()).toEqual([
      'broken',
      'crash',
      'everyHour',
      'group-echo',
      'onDelete',
      'onWrite',
      'slow',
      'talkative',
      'worker',
    ]);
    expect(summary['worker']).toMatchObject({
      trigger: {
        kind: 'taskQueue',
        rateLimits: { maxConcurrentDispatches: 3 },
        retryConfig: { maxAttempts: 4, minBackoffSeconds: 1 },
      },
    });
    expect(summary['onWrite']).toMatchObject({
      region: 'asia-northeast1',
      concurrency: 7,
      timeoutSeconds: 60,
      key: 'asia-northeast1-onWrite-0',
      url: url('/functions/projects/demo-local/triggers/asia-northeast1-onWrite-0'),
      trigger: {
        kind: 'firestore',
        eventType: 'google.cloud.firestore.document.v1.written',
        document: 'users/{userId}/sessions/{sessionId}',
        retry: true,
      },
    });
    expect(summary['onDelete']).toMatchObject({ trigger: { document: 'users/u1', retry: false } });
    expect(summary['everyHour']).toMatchObject({
      trigger: { kind: 'schedule', schedule: 'every 1 hours', timeZone: 'Asia/Tokyo' },
    });
    expect(summary['group-echo']).toMatchObject({
      trigger: { kind: 'https', invoker: ['private'] },
      secrets: ['FIXTURE_SECRET'],
      url: url('/demo-local/asia-northeast1/group-echo'),
    });
  });

  test('serves an HTTP function at its path, with params and a secret made up for this run', async () => {
    const response = await fetch(url('/demo-local/asia-northeast1/group-echo/a/b?x=1'), {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'x-test': 'yes' },
      body: '{"名前":"花子"}',
    });
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({
      method: 'PUT',
      path: '/a/b',
      query: { x: '1' },
      body: { 名前: '花子' },
      header: 'yes',
      greeting: 'from .env.demo-local',
      secretLength: 64,
      emulator: 'true',
      project: 'demo-local',
    });
    expect(running.host.secrets['FIXTURE_SECRET']).toHaveLength(64);
    expect(running.logged.filter((line) => line.includes('FIXTURE_SECRET'))).toHaveLength(1);
    expect(running.logged.join()).not.toContain(running.host.secrets['FIXTURE_SECRET']);
  });

  test.each([
    ['another project', '/other/asia-northeast1/group-echo'],
    ['another region', '/demo-local/us-central1/group-echo'],
    ['an event function called by its name', '/demo-local/asia-northeast1/onWrite'],
    ['an unknown trigger', '/functions/projects/demo-local/triggers/asia-northeast1-none-0'],
  ])('answers 404 to %s, naming what there is', async (_, pathname) => {
    const response = await fetch(url(pathname), { method: 'POST' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      known: expect.arrayContaining(['/demo-local/asia-northeast1/group-echo']),
    });
  });

  test('tells the lines of a function with its name, level and fields, and what it used', async () => {
    await fetch(url('/demo-local/asia-northeast1/talkative'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    await until(() => running.logged.find((line) => line.includes('plain')));
    expect(running.logged).toContain('functions: WARNING talkative: late {"rows":3}');
    expect(running.logged).toContain('functions: talkative: plain {"a":1}');
    const usage = await until(async () => {
      const { functions } = (await running.host.usage())!;
      return functions['asia-northeast1/talkative']?.running === 0 ? functions : undefined;
    });
    expect(usage['asia-northeast1/talkative']).toEqual({
      calls: 1,
      running: 0,
      longestMs: expect.any(Number),
      peakRssMb: expect.any(Number),
      availableMemoryMb: 512,
    });
    expect(usage['asia-northeast1/talkative']!.peakRssMb).toBeGreaterThan(10);
    expect(usage['asia-northeast1/worker']).toMatchObject({ calls: 0, peakRssMb: 0, availableMemoryMb: 256 });
  });

  test('answers 500 when a function throws', async () => {
    const response = await fetch(url('/demo-local/asia-northeast1/broken'));
    expect(response.status).toBe(500);
  });

  test('answers 504 after the timeout of a function, and 429 above its concurrency', async () => {
    const slow = fetch(url('/demo-local/asia-northeast1/slow'));
    const busy = await until(async () => {
      const { status } = await fetch(url('/demo-local/asia-northeast1/slow'));
      return status === 429 ? status : undefined;
    });
    expect(busy).toBe(429);
    expect((await slow).status).toBe(504);
  });

  test('delivers what changed: params, before, after', async () => {
    const { eventarc } = running;
    eventarc.publish([change('s1', undefined, { 題: { stringValue: '初' } })]);
    eventarc.publish([change('s1', { 題: { stringValue: '初' } }, { 題: { stringValue: '次' } })]);
    eventarc.publish([change('s1', { 題: { stringValue: '次' } })]);
    eventarc.publish([change('s1/parts/p', undefined, { 題: { stringValue: 'no trigger' } })]);
    await eventarc.idle();
    const told = (await running.told()).filter((one) => one.function === 'onWrite');
    expect(told).toHaveLength(3);
    const common = { params: { userId: 'u1', sessionId: 's1' }, path: 'users/u1/sessions/s1' };
    expect(told).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...common, before: null, after: { 題: '初' } }),
        expect.objectContaining({ ...common, before: { 題: '初' }, after: { 題: '次' } }),
        expect.objectContaining({ ...common, before: { 題: '次' }, after: null }),
      ]),
    );
    expect(new Set(told.map((one) => one['id'])).size).toBe(3);
  });

  test('takes an event in the base64 form of the official emulator too', async () => {
    const listed = running.host.backends.find(({ name }) => name === 'onWrite')!;
    const trigger = { eventType: 'google.cloud.firestore.document.v1.written', region: 'r', namespace: 'n' };
    const event = toCloudEvent(
      change('base64', undefined, { n: { integerValue: 1 } }),
      trigger as FirestoreTrigger,
    );
    const response = await fetch(listed.url, {
      method: 'POST',
      headers: event.headers,
      body: event.body.toString('base64'),
    });
    expect(response.ok).toBe(true);
    const told = await running.told();
    expect(told.filter((one) => one['path'] === 'users/u1/sessions/base64')).toMatchObject([
      { after: { n: 1 } },
    ]);
  });

  test('runs a schedule on demand, with the headers of Cloud Scheduler', async () => {
    await expect(running.scheduler.run('everyHour')).resolves.toBe(200);
    expect(await running.told()).toContainEqual({
      function: 'everyHour',
      jobName: 'firebase-schedule-everyHour',
      scheduleTime: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  test('drops the event of a function without retry that fails, and says so', async () => {
    const gone = change('unused', { a: { stringValue: 'x' } });
    running.eventarc.publish([{ ...gone, path: 'users/u1' }]);
    await running.eventarc.idle();
    expect((await running.told()).filter((one) => one.function === 'onDelete')).toHaveLength(1);
    expect(running.logged).toContain('eventarc: onDelete: event dropped (status 500)');
    expect(running.logged).toContain('functions: onDelete: threw Error');
  });

  test('a fault after delivery brings the same event a second time', async () => {
    running.faults.add({ service: 'functions', method: 'onWrite', phase: 'after', drop: true, count: 1 });
    running.eventarc.publish([change('twice', undefined, { n: { integerValue: 1 } })]);
    await running.eventarc.idle();
    const told = (await running.told()).filter((one) => one['path'] === 'users/u1/sessions/twice');
    expect(told).toHaveLength(2);
    expect(told[0]!['id']).toBe(told[1]!['id']);
  });
});

describe('trouble', () => {
  let running: Running | undefined;
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  test('a function that fails with retry gets the event until it succeeds', async () => {
    running = await start({ FIXTURE_FAILURES: '3' });
    running.eventarc.publish([change('s', undefined, { fail: { booleanValue: true } })]);
    await running.eventarc.idle();
    expect(await running.told()).toHaveLength(4);
  });

  test('a host killed under an event is started again with the same secrets, and the event comes again', async () => {
    running = await start();
    const { host, eventarc } = running;
    const { pid } = host;
    const secret = host.secrets['FIXTURE_SECRET'];
    eventarc.publish([change('s', undefined, { kill: { booleanValue: true } })]);
    await eventarc.idle();
    expect(await running.told()).toHaveLength(2);
    expect(host.pid).not.toBe(pid);
    expect(host.secrets['FIXTURE_SECRET']).toBe(secret);
  });

  test('events that come while the host is away wait for it', async () => {
    running = await start();
    const { host, eventarc } = running;
    process.kill(host.pid!, 'SIGKILL');
    for (let i = 0; i < 200; i++) {
      eventarc.publish([change(`s${i}`, undefined, { n: { integerValue: i } })]);
    }
    await eventarc.idle();
    const paths = (await running.told()).map((one) => one['path']);
    expect(new Set(paths).size).toBe(200);
  });

  test('a function that brings the host down takes no other with it for longer than the restart', async () => {
    running = await start();
    const { host, logged } = running;
    const { pid, port } = host;
    const call = (name: string) => fetch(`http://127.0.0.1:${port}/demo-local/asia-northeast1/${name}`);
    await expect(call('crash')).rejects.toThrow('fetch failed');
    await until(() => (host.pid === pid ? undefined : true));
    await host.ready();
    expect((await call('group-echo')).status).toBe(201);
    expect(logged).toContain('functions: the host ended (code 7); it starts again in 100 ms');
  });

  test('a host that is restarted on request serves again on the same port', async () => {
    running = await start();
    const { host } = running;
    const { pid, port } = host;
    await host.restart();
    expect(host.pid).not.toBe(pid);
    const response = await fetch(`http://127.0.0.1:${port}/backends`);
    expect(response.status).toBe(200);
  });

  test.each([
    ['no package.json', undefined, undefined, /package\.json" does not exist; run `npm run build`/],
    ['no main', '{"main":"none.js"}', undefined, /none\.js" \(main of .*\) does not exist/],
    [
      'a module that throws',
      '{"type":"module"}',
      'throw new Error("at load")',
      /failed while it was loaded.*at load/s,
    ],
    ['a syntax error', '{"type":"module"}', 'export const = 1', /failed while it was loaded.*SyntaxError/s],
    [
      'a param without value',
      '{"type":"module"}',
      `globalThis[Symbol.for('firebase-functions:params:declaredParams')] = [{name:'A'},{name:'B'}]`,
      /no value and no default for param A, B/,
    ],
  ])('with %s it does not start, and says why', async (_, manifest, code, message) => {
    const dir = await mkdtemp(path.join(tmpdir(), 'broken-'));
    if (manifest !== undefined) await writeFile(path.join(dir, 'package.json'), manifest);
    if (code !== undefined) await writeFile(path.join(dir, 'index.js'), code);
    await expect(start({}, { dir })).rejects.toThrow(message);
  });
});
