// Every kind of function that an app may have: served, or said not to be.
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSuite } from '../suite.ts';
import type { Suite } from '../suite.ts';

let suite: Suite;
let output: string;
const logged: string[] = [];

beforeAll(async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'kinds-'));
  output = path.join(dir, 'told.ndjson');
  await writeFile(output, '');
  suite = await startSuite({
    ports: { firestore: 0, tasks: 0, functions: 0, hub: 0 },
    only: ['firestore', 'tasks', 'functions'],
    functionsDir: path.join(__dirname, 'fixtures', 'kinds'),
    functionsEnvDir: dir,
    queueYaml: false,
    env: { FIXTURE_OUTPUT: output },
    log: (line) => logged.push(line),
  });
});
afterAll(() => suite.close());

const told = async () =>
  (await readFile(output, 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const post = (pathname: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${suite.ports.functions}${pathname}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

test('what nothing calls here is said at the start, each by name and reason', () => {
  const notices = logged.filter((line) => line.includes('is not served')).toSorted();
  expect(notices).toEqual([
    'functions: first-message is not served: nothing here sends google.pubsub.topic.publish; its trigger takes {"data":…,"context":…} by POST',
    'functions: first-object is not served: nothing here sends google.storage.object.finalize; its trigger takes {"data":…,"context":…} by POST',
    'functions: first-user is not served: nothing here sends providers/firebase.auth/eventTypes/user.create; its trigger takes {"data":…,"context":…} by POST',
    'functions: first-value is not served: nothing here sends providers/google.firebase.database/eventTypes/ref.write; its trigger takes {"data":…,"context":…} by POST',
    'functions: message is not served: nothing here sends google.cloud.pubsub.topic.v1.messagePublished; its trigger takes CloudEvents by POST',
    'functions: newUser is not served: blocking function providers/cloud.auth/eventTypes/user.beforeCreate is not emulated',
    'functions: object is not served: nothing here sends google.cloud.storage.object.v1.finalized; its trigger takes CloudEvents by POST',
    'functions: value is not served: nothing here sends google.firebase.database.ref.v1.written; its trigger takes CloudEvents by POST',
  ]);
  expect(suite.functions.backends).toHaveLength(15);
});

test('a blocking function has no address', async () => {
  const trigger = '/functions/projects/demo-local/triggers/us-central1-newUser-0';
  expect((await post(trigger, {})).status).toBe(404);
});

test.each([
  ['call', { result: { echo: { n: 1 } } }],
  ['first-call', { result: { first: { n: 1 } } }],
])('the callable %s answers', async (name, answer) => {
  const response = await post(`/demo-local/us-central1/${name}`, { data: { n: 1 } });
  expect(await response.json()).toEqual(answer);
});

test('an HTTP function of the first generation answers', async () => {
  const response = await post('/demo-local/us-central1/first-request/a/b', {});
  expect(await response.text()).toBe('first /a/b');
});

test('Firestore functions of the first generation get what was written', async () => {
  const document = `http://127.0.0.1:${suite.ports.firestore}/v1/projects/demo-local/databases/(default)/documents/users/u1`;
  const write = (n: number) =>
    fetch(document, {
      method: 'PATCH',
      headers: { authorization: 'Bearer owner' },
      body: JSON.stringify({ fields: { n: { integerValue: n } } }),
    });
  await write(1);
  await suite.idle();
  await write(2);
  await suite.idle();
  const facts = await told();
  expect(facts.filter((fact) => fact['function'] === 'write')).toEqual([
    { function: 'write', params: { userId: 'u1' }, before: null, after: { n: 1 } },
    { function: 'write', params: { userId: 'u1' }, before: { n: 1 }, after: { n: 2 } },
  ]);
  expect(facts.filter((fact) => fact['function'] === 'create')).toEqual([
    { function: 'create', path: 'users/u1' },
  ]);
});

test('a schedule of the first generation runs', async () => {
  await expect(suite.runSchedule('first-schedule')).resolves.toBe(204);
  expect(await told()).toContainEqual({ function: 'schedule', hasId: true });
});

test('a task function of the first generation gets its tasks', async () => {
  const queue = 'projects/demo-local/locations/us-central1/queues/first-task';
  const body = Buffer.from('{"data":{"n":1}}').toString('base64');
  const headers = { 'content-type': 'application/json' };
  await fetch(`http://127.0.0.1:${suite.ports.tasks}/${queue}/tasks`, {
    method: 'POST',
    body: JSON.stringify({ task: { httpRequest: { url: '', body, headers } } }),
  });
  while (suite.tasks.pendingCount() > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(await told()).toContainEqual({ function: 'task', data: { n: 1 } });
});

test('events without an emulator can be posted by hand, in the form of their generation', async () => {
  const triggers = '/functions/projects/demo-local/triggers';
  const data = { data: Buffer.from('{"n":1}').toString('base64') };
  const context = { eventType: 'google.pubsub.topic.publish', resource: { name: 'projects/p/topics/t' } };
  expect((await post(`${triggers}/us-central1-first-message-0`, { data, context })).status).toBe(204);
  const event = {
    'ce-id': '1',
    'ce-specversion': '1.0',
    'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
    'ce-source': '//pubsub.googleapis.com/projects/p/topics/t',
  };
  expect((await post(`${triggers}/us-central1-message-0`, { message: data }, event)).ok).toBe(true);
  expect(await told()).toEqual(
    expect.arrayContaining([
      { function: 'first-message', json: { n: 1 } },
      { function: 'message', json: { n: 1 } },
    ]),
  );
});
