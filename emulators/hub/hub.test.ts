import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ManualClock } from '../shared/clock.ts';
import { Faults } from '../shared/faults.ts';
import { createOidcIssuer } from '../shared/oidc.ts';
import { ShiftedClock } from '../shared/shifted-clock.ts';
import { startHub } from './hub.ts';
import type { Hub } from './hub.ts';

const issuer = createOidcIssuer();
let faults: Faults;
let hub: Hub;
let cleared: number;
let clock: ShiftedClock;
let enabled: boolean;
let hosted: boolean;

beforeEach(async () => {
  faults = new Faults();
  cleared = 0;
  clock = new ShiftedClock(new ManualClock(Date.UTC(2026, 8, 1)));
  enabled = true;
  hosted = true;
  hub = await startHub({
    project: 'demo-local',
    env: () => ({ FIRESTORE_EMULATOR_HOST: '127.0.0.1:8080' }),
    port: 0,
    faults,
    issuer,
    clock,
    emulators: () => [
      {
        name: 'functions',
        host: '127.0.0.1',
        port: 5001,
        pid: 42,
        clear: async () => undefined,
        close: async () => undefined,
      },
    ],
    clear: async () => void cleared++,
    pending: () => ({ tasks: 2, events: 3 }),
    schedules: () => ['sweep', 'broken'],
    runSchedule: async (name) => ({ sweep: 204, broken: 500 })[name],
    restartFunctions: async () => 43,
    enableTriggers(on) {
      enabled = on;
      return hosted;
    },
    isCalledOverHttp: (name) => name === 'callable',
    functionsUsage: async () => (hosted ? { rssMb: 90 } : undefined),
  });
});
afterEach(() => hub.close());

async function call(method: string, path: string, body?: string): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`http://127.0.0.1:${hub.port}${path}`, {
    method,
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, json: await response.json() };
}

test.each(['/', '/emulators'])('GET %s lists what runs, as the official hub does', async (path) => {
  const { json } = await call('GET', path);
  expect(json).toEqual({
    hub: expect.objectContaining({ port: hub.port, pid: process.pid }),
    functions: {
      name: 'functions',
      host: '127.0.0.1',
      port: 5001,
      pid: 42,
      listen: [{ address: '127.0.0.1', family: 'IPv4', port: 5001 }],
    },
  });
});

test.each([
  ['GET', '/health', { status: 'ok' }],
  [
    'GET',
    '/status',
    {
      project: 'demo-local',
      env: { FIRESTORE_EMULATOR_HOST: '127.0.0.1:8080' },
      schedules: ['sweep', 'broken'],
      tasks: { pending: 2 },
      events: { pending: 3 },
      functions: { rssMb: 90 },
    },
  ],
  ['GET', '/oidc/certs', issuer.pemCerts()],
  ['GET', '/oidc/jwks', issuer.jwks()],
  ['POST', '/functions/restart', { pid: 43 }],
  ['POST', '/schedules/sweep/run', { status: 204 }],
])('%s %s answers', async (method, path, expected) => {
  expect(await call(method, path)).toEqual({ status: 200, json: expected });
});

test('POST /clear clears', async () => {
  await call('POST', '/clear');
  expect(cleared).toBe(1);
});

test('POST /clock sets the clock of the suite ahead, never back', async () => {
  expect(await call('POST', '/clock', '{"advanceMs":60000}')).toEqual({
    status: 200,
    json: { now: '2026-09-01T00:01:00.000Z', offsetMs: 60_000 },
  });
  expect(clock.offsetMs).toBe(60_000);
  expect((await call('POST', '/clock', '{"advanceMs":-1}')).status).toBe(400);
  expect(await call('GET', '/clock')).toMatchObject({ json: { offsetMs: 60_000 } });
});

test('background triggers are switched as over the official hub', async () => {
  expect(await call('PUT', '/functions/disableBackgroundTriggers')).toEqual({
    status: 200,
    json: { enabled: false },
  });
  expect(enabled).toBe(false);
  expect(await call('PUT', '/functions/enableBackgroundTriggers')).toMatchObject({ json: { enabled: true } });
  expect(enabled).toBe(true);
});

test('without a functions host there is nothing to switch and no usage', async () => {
  hosted = false;
  expect(await call('PUT', '/functions/disableBackgroundTriggers')).toEqual({
    status: 400,
    json: { error: 'The Cloud Functions emulator is not running.' },
  });
  expect((await call('GET', '/status')).json).not.toHaveProperty('functions');
});

describe('faults', () => {
  test('are added, listed and removed', async () => {
    const spec = { service: 'bigquery', method: 'insertAll', status: 503, count: 2, match: 'sessions' };
    expect(await call('POST', '/faults', JSON.stringify(spec))).toEqual({ status: 200, json: { id: 1 } });
    expect(await call('GET', '/faults')).toMatchObject({
      json: { faults: [{ id: 1, hits: 0, active: true, spec }] },
    });
    await call('DELETE', '/faults');
    expect(faults.list()).toEqual([]);
  });

  test.each([
    ['text', 'secret-value', /must be JSON/],
    ['nothing', '', /must be JSON/],
    ['an unknown service', '{"service":"secret-value","status":500}', /^service: /],
    ['a status of no error', '{"service":"tasks","status":200}', /^status: /],
    ['an unknown field', '{"service":"tasks","status":500,"methud":"x"}', /methud/],
    ['no effect', '{"service":"tasks"}', /needs one of status, drop or delayMs/],
    ['a list', '[]', /^body: /],
    [
      'a function that no fault reaches',
      '{"service":"functions","method":"callable","status":500}',
      /called over HTTP/,
    ],
  ])('with %s are refused with the field that is wrong and no value', async (_, body, message) => {
    const { status, json } = await call('POST', '/faults', body);
    expect(status).toBe(400);
    expect(json).toEqual({ error: { code: 400, message: expect.stringMatching(message) } });
    expect(JSON.stringify(json)).not.toContain('secret-value');
  });
});

test.each([
  ['POST', '/schedules/none/run', 404, /there are: sweep, broken/],
  ['GET', '/nothing', 404, /GET \/health/],
])('%s %s says what there is', async (method, path, status, message) => {
  expect(await call(method, path)).toEqual({
    status,
    json: { error: { code: status, message: expect.stringMatching(message) } },
  });
});

test('a schedule that fails is a 502 with its status', async () => {
  expect(await call('POST', '/schedules/broken/run')).toEqual({ status: 502, json: { status: 500 } });
});
