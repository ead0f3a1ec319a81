// The parts together, over real sockets. BigQuery has no say in what is tested here and stays out.
import http from 'node:http';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getFunctions } from 'firebase-admin/functions';
import { OAuth2Client } from 'google-auth-library';
import { closeServer, listen, readBody } from './shared/http.ts';
import { startSuite } from './suite.ts';
import type { Suite, SuiteOptions } from './suite.ts';

const FREE = { firestore: 0, bigquery: 0, tasks: 0, functions: 0, hub: 0 };
const FUNCTIONS = path.join(__dirname, 'functions', 'fixtures');
const YAML = 'queue:\n- name: work\n  rate: 500/s\n  retry_parameters: {min_backoff_seconds: 0.01}\n';

async function start(options: SuiteOptions = {}): Promise<{ suite: Suite; output: string }> {
  const dir = await mkdtemp(path.join(tmpdir(), 'suite-'));
  const output = path.join(dir, 'told.ndjson');
  await writeFile(output, '');
  await writeFile(path.join(dir, 'queue.yaml'), YAML);
  const suite = await startSuite({
    ports: FREE,
    only: ['firestore', 'tasks', 'functions'],
    functionsDir: FUNCTIONS,
    functionsEnvDir: dir,
    queueYaml: path.join(dir, 'queue.yaml'),
    env: { FIXTURE_OUTPUT: output },
    eventRetry: { minMs: 5, maxMs: 50 },
    ...options,
  });
  return { suite, output };
}

async function createTask(suite: Suite, httpRequest: object): Promise<void> {
  const queue = `projects/${suite.project}/locations/${suite.region}/queues/work`;
  const response = await fetch(`http://127.0.0.1:${suite.ports.tasks}/v2/${queue}/tasks`, {
    method: 'POST',
    body: JSON.stringify({ task: { httpRequest } }),
  });
  expect(response.status).toBe(200);
}

describe('a suite', () => {
  let suite: Suite;
  let output: string;
  beforeAll(async () => {
    ({ suite, output } = await start());
  });
  afterAll(() => suite.close());

  const told = async () =>
    (await readFile(output, 'utf8'))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  test('takes a document written to Firestore to the function that asked for it', async () => {
    const name = 'documents/users/u1/sessions/s1';
    const response = await fetch(
      `http://${suite.env['FIRESTORE_EMULATOR_HOST']}/v1/projects/demo-local/databases/(default)/${name}`,
      {
        method: 'PATCH',
        headers: { authorization: 'Bearer owner', 'content-type': 'application/json' },
        body: JSON.stringify({ fields: { 種目: { stringValue: 'スクワット' } } }),
      },
    );
    expect(response.status).toBe(200);
    await suite.idle();
    expect(await told()).toMatchObject([
      { function: 'onWrite', path: 'users/u1/sessions/s1', before: null, after: { 種目: 'スクワット' } },
    ]);
  });

  test('sends a task for a deployed function of its project to the local one', async () => {
    const url = 'https://asia-northeast1-demo-local.cloudfunctions.net/group-echo/claims?x=1';
    await createTask(suite, { url, body: Buffer.from('claim').toString('base64') });
    while (suite.tasks.pendingCount() > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await told()).toContainEqual({ function: 'echo', path: '/claims', host: '127.0.0.1' });
  });

  test("gives tasks tokens that verify with the hub's keys", async () => {
    const worker = http.createServer();
    const port = await listen(worker, 0);
    const token = new Promise<string>((resolve) => {
      worker.on('request', (req, res) => {
        void readBody(req).then(() => res.end());
        resolve(req.headers.authorization?.replace('Bearer ', '') ?? '');
      });
    });
    const url = `http://127.0.0.1:${port}/`;
    await createTask(suite, { url, oidcToken: { serviceAccountEmail: 'a@demo-local' } });
    const certs = await fetch(`http://127.0.0.1:${suite.ports.hub}/oidc/certs`);
    const ticket = await new OAuth2Client().verifySignedJwtWithCertsAsync(
      await token,
      (await certs.json()) as Record<string, string>,
      url,
      ['https://accounts.google.com'],
    );
    expect(ticket.getPayload()).toMatchObject({ email: 'a@demo-local' });
    await closeServer(worker);
  });

  test('lists its parts, runs schedules and restarts the functions over the hub', async () => {
    const hub = `http://127.0.0.1:${suite.ports.hub}`;
    const listed = (await (await fetch(`${hub}/emulators`)).json()) as Record<string, { pid?: number }>;
    expect(Object.keys(listed).toSorted()).toEqual(['firestore', 'functions', 'hub', 'tasks']);
    expect(listed['functions']?.pid).toBe(suite.functions.pid);

    const ran = await fetch(`${hub}/schedules/everyHour/run`, { method: 'POST' });
    expect(ran.status).toBe(200);
    expect(await told()).toContainEqual(expect.objectContaining({ function: 'everyHour' }));

    const restarted = await fetch(`${hub}/functions/restart`, { method: 'POST' });
    const { pid } = (await restarted.json()) as { pid: number };
    expect(pid).not.toBe(listed['functions']?.pid);
    expect(suite.functions.pid).toBe(pid);
  });

  test('runs a task function that firebase-admin enqueued, in the queue that a deploy would make', async () => {
    process.env['CLOUD_TASKS_EMULATOR_HOST'] = suite.env['CLOUD_TASKS_EMULATOR_HOST'];
    const app = initializeApp({ projectId: suite.project }, 'enqueue');
    try {
      const queue = getFunctions(app).taskQueue('locations/asia-northeast1/functions/worker');
      await queue.enqueue({ claim: 7 }, { id: 'first' });
      await expect(queue.enqueue({ claim: 7 }, { id: 'first' })).rejects.toMatchObject({
        code: 'functions/task-already-exists',
      });
      await queue.enqueue({}, { id: 'later', scheduleDelaySeconds: 3600 });
      await queue.delete('later');
    } finally {
      delete process.env['CLOUD_TASKS_EMULATOR_HOST'];
      await deleteApp(app);
    }
    while (suite.tasks.pendingCount() > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await told()).toContainEqual({ function: 'worker', data: { claim: 7 }, id: 'first', retries: 0 });
    const name = 'projects/demo-local/locations/asia-northeast1/queues/worker';
    const made = await fetch(`http://127.0.0.1:${suite.ports.tasks}/v2/${name}`);
    expect(await made.json()).toMatchObject({
      rateLimits: { maxConcurrentDispatches: 3 },
      retryConfig: { maxAttempts: 4, minBackoff: '1s' },
    });
  });

  test('delivers nothing while background triggers are disabled over the hub', async () => {
    const hub = `http://127.0.0.1:${suite.ports.hub}`;
    const write = async (id: string) => {
      const documents = `http://${suite.env['FIRESTORE_EMULATOR_HOST']}/v1/projects/demo-local/databases/(default)/documents`;
      await fetch(`${documents}/users/u1/sessions/${id}`, {
        method: 'PATCH',
        headers: { authorization: 'Bearer owner' },
        body: '{"fields":{}}',
      });
      await suite.idle();
      return (await told()).some((one) => one['path'] === `users/u1/sessions/${id}`);
    };
    await fetch(`${hub}/functions/disableBackgroundTriggers`, { method: 'PUT' });
    expect(await write('unseen')).toBe(false);
    await fetch(`${hub}/functions/enableBackgroundTriggers`, { method: 'PUT' });
    expect(await write('seen')).toBe(true);
  });

  test('gives the variables that lead clients to it, and the secrets of this run', () => {
    expect(suite.env).toEqual({
      GCLOUD_PROJECT: 'demo-local',
      GOOGLE_CLOUD_PROJECT: 'demo-local',
      METADATA_SERVER_DETECTION: 'none',
      FIREBASE_EMULATOR_HUB: `127.0.0.1:${suite.ports.hub}`,
      FIRESTORE_EMULATOR_HOST: `127.0.0.1:${suite.ports.firestore}`,
      CLOUD_TASKS_EMULATOR_HOST: `127.0.0.1:${suite.ports.tasks}`,
    });
    expect(suite.secrets['FIXTURE_SECRET']).toMatch(/^[0-9a-f]{64}$/);
  });

  test('says so when a part is used that does not run', () => {
    expect(() => suite.bigquery).toThrow('Cannot use bigquery: it does not run in this suite');
  });
});

test('what is written while the suite is prepared reaches no function', async () => {
  const { suite, output } = await start({
    only: ['firestore', 'functions'],
    async prepare({ env }) {
      const documents = `http://${env['FIRESTORE_EMULATOR_HOST']}/v1/projects/demo-local/databases/(default)/documents`;
      await fetch(`${documents}/users/u1/sessions/seed`, {
        method: 'PATCH',
        headers: { authorization: 'Bearer owner' },
        body: '{"fields":{}}',
      });
    },
  });
  await suite.idle();
  expect(await readFile(output, 'utf8')).toBe('');
  await suite.close();
});

describe('a suite that cannot start', () => {
  test('names the service and the port that is taken, says what to do, and frees the others', async () => {
    const other = http.createServer();
    const taken = await listen(other, 0);
    const probe = http.createServer();
    const firestore = await listen(probe, 0);
    await closeServer(probe);

    await expect(
      start({ ports: { ...FREE, firestore, tasks: taken }, only: ['firestore', 'tasks'] }),
    ).rejects.toThrow(`Cannot start tasks: port ${taken} is taken`);
    await expect(
      start({ ports: { ...FREE, functions: taken - 7 }, portOffset: 7, only: ['functions'] }),
    ).rejects.toThrow(/Cannot start functions: .*--port-offset N/);
    const again = http.createServer();
    await expect(listen(again, firestore)).resolves.toBe(firestore);
    await closeServer(again);
    await closeServer(other);
  });

  test('stops when its preparation fails', async () => {
    const prepare = async () => {
      throw new Error('no tables');
    };
    await expect(start({ prepare, only: ['tasks', 'functions'] })).rejects.toThrow('no tables');
  });
});
