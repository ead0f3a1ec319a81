// The contract, through Google's own client over a real socket.
import http from 'node:http';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CloudTasksClient } from '@google-cloud/tasks';
import { OAuth2Client, PassThroughClient } from 'google-auth-library';
import { systemClock } from '../shared/clock.ts';
import { until } from '../shared/until.ts';
import { Faults } from '../shared/faults.ts';
import { closeServer, listen, readBody } from '../shared/http.ts';
import { createOidcIssuer } from '../shared/oidc.ts';
import { startTasks } from './server.ts';
import type { TasksEmulator } from './server.ts';

const LOCATION = 'projects/demo-local/locations/asia-northeast1';
const QUEUE = `${LOCATION}/queues/from-yaml`;
const YAML = `
queue:
- name: from-yaml
  rate: 100/s
  retry_parameters:
    task_retry_limit: 3
    min_backoff_seconds: 0.01
    max_backoff_seconds: 0.05
`;

interface Received {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  readonly url: string;
}

/** A worker that answers with the next of `statuses` (200 when they are used up) and remembers what came. */
async function startWorker() {
  const received: Received[] = [];
  const statuses: number[] = [];
  const waiting: (() => void)[] = [];
  const server = http.createServer((req, res) => {
    void readBody(req).then((body) => {
      res.writeHead(statuses.shift() ?? 200).end();
      received.push({ headers: req.headers, body: body.toString(), url: req.url ?? '' });
      for (const wake of waiting.splice(0)) wake();
    });
  });
  const port = await listen(server, 0);
  return {
    url: `http://127.0.0.1:${port}/work`,
    statuses,
    async requests(count: number): Promise<Received[]> {
      while (received.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
      return received;
    },
    close: () => closeServer(server),
  };
}

const issuer = createOidcIssuer();
const logged: string[] = [];
let faults: Faults;
let tasks: TasksEmulator;
let worker: Awaited<ReturnType<typeof startWorker>>;
let client: CloudTasksClient;

beforeEach(async () => {
  faults = new Faults();
  const dir = await mkdtemp(path.join(tmpdir(), 'tasks-'));
  await writeFile(path.join(dir, 'queue.yaml'), YAML);
  tasks = await startTasks({
    port: 0,
    faults,
    clock: systemClock,
    log: (line) => logged.push(line),
    project: 'demo-local',
    location: 'asia-northeast1',
    issuer,
    queueYaml: path.join(dir, 'queue.yaml'),
  });
  worker = await startWorker();
  client = new CloudTasksClient({
    fallback: true,
    apiEndpoint: '127.0.0.1',
    port: tasks.port,
    protocol: 'http',
    projectId: 'demo-local',
    // Jest's module sandbox cannot run the `import('node-fetch')` of gaxios; plain Node needs no such option.
    authClient: new PassThroughClient({ transporterOptions: { fetchImplementation: fetch } }),
  });
});

afterEach(async () => {
  await client.close();
  await worker.close();
  await tasks.close();
});

const create = (task: Record<string, unknown>, queue = QUEUE) =>
  client.createTask({ parent: queue, task: { httpRequest: { url: worker.url }, ...task } });

describe('tasks', () => {
  test("arrive with their body, their headers and the service's headers", async () => {
    const [task] = await create({
      name: `${QUEUE}/tasks/claim-1`,
      httpRequest: {
        url: worker.url,
        httpMethod: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Mine': 'kept', Host: 'ignored' },
        body: Buffer.from('{"セッション":1}').toString('base64'),
      },
    });
    expect(task.name).toBe(`${QUEUE}/tasks/claim-1`);
    const [request] = await worker.requests(1);
    expect(request!.body).toBe('{"セッション":1}');
    expect(request!.headers).toMatchObject({
      'content-type': 'application/json',
      'x-mine': 'kept',
      'user-agent': 'Google-Cloud-Tasks',
      'x-cloudtasks-queuename': 'from-yaml',
      'x-cloudtasks-taskname': 'claim-1',
      'x-cloudtasks-taskretrycount': '0',
      'x-cloudtasks-taskexecutioncount': '0',
      'x-cloudtasks-tasketa': expect.stringMatching(/^\d{10}\.\d{6}$/),
    });
    expect(request!.headers).not.toHaveProperty('x-cloudtasks-taskpreviousresponse');
    expect(request!.headers.host).toMatch(/^127\.0\.0\.1/);
    await until(() => tasks.pendingCount() === 0);
  });

  test('that fail come again with what happened before', async () => {
    worker.statuses.push(500, 503);
    await create({});
    const requests = await worker.requests(3);
    const header = (name: string) => requests.map(({ headers }) => headers[`x-cloudtasks-${name}`]);
    expect(header('taskretrycount')).toEqual(['0', '1', '2']);
    expect(header('taskexecutioncount')).toEqual(['0', '1', '2']);
    expect(header('taskpreviousresponse')).toEqual([undefined, '500', '503']);
    await until(() => tasks.pendingCount() === 0);
  });

  test('are gone after the last attempt, which is said in the log without any content', async () => {
    worker.statuses.push(500, 500, 500, 500);
    await create({ name: `${QUEUE}/tasks/hopeless` });
    await worker.requests(4);
    await until(() => tasks.pendingCount() === 0);
    expect(logged).toContain('tasks: from-yaml: task hopeless given up after 4 attempts');
  });

  test('whose worker cannot be reached are tried again', async () => {
    faults.add({ service: 'tasks', method: 'dispatch', drop: true, count: 1 });
    await create({});
    const [request] = await worker.requests(1);
    expect(request!.headers).toMatchObject({
      'x-cloudtasks-taskretrycount': '1',
      'x-cloudtasks-taskexecutioncount': '0',
    });
  });

  test("carry an OIDC token that Google's library verifies, for the url unless told otherwise", async () => {
    const serviceAccountEmail = 'queue@demo-local.iam.gserviceaccount.com';
    await create({ httpRequest: { url: worker.url, oidcToken: { serviceAccountEmail } } });
    await create({ httpRequest: { url: worker.url, oidcToken: { serviceAccountEmail, audience: 'mine' } } });
    const requests = await worker.requests(2);
    const payloads = await Promise.all(
      requests.map(async ({ headers }) => {
        const token = headers.authorization!.replace('Bearer ', '');
        const { payload } = (
          await new OAuth2Client().verifySignedJwtWithCertsAsync(
            token,
            issuer.pemCerts(),
            [worker.url, 'mine'],
            ['https://accounts.google.com'],
          )
        ).getAttributes();
        return payload;
      }),
    );
    expect(new Set(payloads.map((payload) => payload?.aud))).toEqual(new Set([worker.url, 'mine']));
    expect(payloads[0]).toMatchObject({ email: serviceAccountEmail, email_verified: true });
  });

  test('are shown with their body in the FULL view only, page by page', async () => {
    await client.pauseQueue({ name: QUEUE });
    const body = Buffer.from('claim').toString('base64');
    for (const id of ['c', 'a', 'b']) {
      await create({ name: `${QUEUE}/tasks/${id}`, httpRequest: { url: worker.url, body } });
    }
    const [basic] = await client.getTask({ name: `${QUEUE}/tasks/a` });
    expect(basic.httpRequest?.body).toHaveLength(0);
    const [full] = await client.getTask({ name: `${QUEUE}/tasks/a`, responseView: 'FULL' });
    expect(Buffer.from(full.httpRequest!.body as Uint8Array).toString()).toBe('claim');
    expect(full).toMatchObject({ view: 'FULL', dispatchDeadline: { seconds: '600' }, dispatchCount: 0 });

    const names: string[] = [];
    for await (const task of client.listTasksAsync({ parent: QUEUE, pageSize: 2 })) names.push(task.name!);
    expect(names.map((name) => name.split('/').at(-1))).toEqual(['a', 'b', 'c']);
  });

  test('can be deleted and run by hand', async () => {
    await client.pauseQueue({ name: QUEUE });
    await create({ name: `${QUEUE}/tasks/gone` });
    await create({ name: `${QUEUE}/tasks/now` });
    await client.deleteTask({ name: `${QUEUE}/tasks/gone` });
    const [running] = await client.runTask({ name: `${QUEUE}/tasks/now` });
    expect(running.dispatchCount).toBe(1);
    await worker.requests(1);
    await until(() => tasks.pendingCount() === 0);
    await expect(client.getTask({ name: `${QUEUE}/tasks/gone` })).rejects.toMatchObject({ code: 5 });
    await expect(client.runTask({ name: `${QUEUE}/tasks/now` })).rejects.toMatchObject({ code: 5 });
  });

  test('can be deleted while they are under way; they do not come again', async () => {
    const hanging = http.createServer();
    const port = await listen(hanging, 0);
    const arrived = new Promise<http.ServerResponse>((resolve) => {
      hanging.once('request', (_, response) => resolve(response));
    });
    const name = `${QUEUE}/tasks/under-way`;
    await create({ name, httpRequest: { url: `http://127.0.0.1:${port}/` } });
    const response = await arrived;
    await client.deleteTask({ name });
    response.writeHead(500).end();
    expect(tasks.pendingCount()).toBe(0);
    await expect(client.getTask({ name })).rejects.toMatchObject({ code: 5 });
    await closeServer(hanging);
  });

  test('with an OAuth token show it, and are sent without one', async () => {
    const oauthToken = { serviceAccountEmail: 'a@demo-local.iam.gserviceaccount.com' };
    const [task] = await create({ httpRequest: { url: worker.url, oauthToken } });
    expect(task.httpRequest?.oauthToken).toMatchObject(oauthToken);
    const [request] = await worker.requests(1);
    expect(request!.headers).not.toHaveProperty('authorization');
  });

  test('with a body and no content type go out as bytes', async () => {
    await create({ httpRequest: { url: worker.url, body: Buffer.from('x').toString('base64') } });
    const [request] = await worker.requests(1);
    expect(request!.headers['content-type']).toBe('application/octet-stream');
  });

  test('of a used name are refused, live and afterwards', async () => {
    await client.pauseQueue({ name: QUEUE });
    const name = `${QUEUE}/tasks/once`;
    await create({ name });
    await expect(create({ name })).rejects.toMatchObject({ code: 6 });
    await client.deleteTask({ name });
    await expect(create({ name })).rejects.toMatchObject({ code: 6 });
    await tasks.clear();
    await expect(create({ name })).resolves.toBeDefined();
  });

  test.each([
    ['no message', { httpRequest: undefined }, /message_type/],
    ['a url without scheme', { httpRequest: { url: '127.0.0.1/x' } }, /http:\/\/ or https:\/\//],
    ['a name of another queue', { name: `${LOCATION}/queues/other/tasks/a` }, /TASK_ID/],
    ['a name with a slash', { name: `${QUEUE}/tasks/users/1` }, /TASK_ID/],
    [
      'a body on GET',
      { httpRequest: { url: 'http://a/', httpMethod: 'GET', body: 'YQ==' } },
      /not allowed with method GET/,
    ],
    ['a deadline below 15 s', { dispatchDeadline: { seconds: 5 } }, /15s, 30m/],
    [
      'a schedule beyond 30 days',
      { scheduleTime: { seconds: Math.floor(Date.now() / 1000) + 31 * 86_400 } },
      /30 days/,
    ],
    ['a task above 1 MiB', { httpRequest: { url: 'http://a/', body: Buffer.alloc(1_048_577) } }, /too large/],
  ])('with %s are refused as INVALID_ARGUMENT', async (_, task, message) => {
    await expect(create(task)).rejects.toMatchObject({ code: 3, message: expect.stringMatching(message) });
  });

  test('for an unknown queue are NOT_FOUND', async () => {
    await expect(create({}, `${LOCATION}/queues/none`)).rejects.toMatchObject({ code: 5 });
  });
});

describe('queues', () => {
  test('of queue.yaml are there, with their limits', async () => {
    const [queue] = await client.getQueue({ name: QUEUE });
    expect(queue).toMatchObject({
      name: QUEUE,
      state: 'RUNNING',
      rateLimits: { maxDispatchesPerSecond: 100, maxBurstSize: 5, maxConcurrentDispatches: 1000 },
      retryConfig: { maxAttempts: 4, minBackoff: { nanos: 10_000_000 }, maxDoublings: 16 },
    });
  });

  test('are created, listed, patched by mask, and deleted', async () => {
    const name = `${LOCATION}/queues/made`;
    const [made] = await client.createQueue({
      parent: LOCATION,
      queue: { name, rateLimits: { maxDispatchesPerSecond: 5 }, retryConfig: { maxAttempts: 7 } },
    });
    expect(made).toMatchObject({
      rateLimits: { maxDispatchesPerSecond: 5 },
      retryConfig: { maxAttempts: 7, maxBackoff: { seconds: '3600' } },
    });
    await expect(client.createQueue({ parent: LOCATION, queue: { name } })).rejects.toMatchObject({
      code: 6,
    });

    const [patched] = await client.updateQueue({
      queue: { name, rateLimits: { maxDispatchesPerSecond: 9 }, retryConfig: { maxAttempts: 1 } },
      updateMask: { paths: ['rate_limits.max_dispatches_per_second'] },
    });
    expect(patched).toMatchObject({
      rateLimits: { maxDispatchesPerSecond: 9 },
      retryConfig: { maxAttempts: 7 },
    });

    const [listed] = await client.listQueues({ parent: LOCATION });
    expect(listed.map((queue) => queue.name)).toEqual([QUEUE, name]);
    await client.deleteQueue({ name });
    await expect(client.getQueue({ name })).rejects.toMatchObject({ code: 5 });
  });

  test('take a mask of fields that a queue has, and go back to the default where the input says nothing', async () => {
    const update = (paths: string[], queue = {}) =>
      client.updateQueue({ queue: { name: QUEUE, ...queue }, updateMask: { paths } });
    const refused = await fetch(
      `http://127.0.0.1:${tasks.port}/v2/${QUEUE}?updateMask=retry_config.max_tries`,
      { method: 'PATCH', body: '{}' },
    );
    expect(await refused.json()).toMatchObject({
      error: { code: 400, message: expect.stringMatching(/"retry_config.max_tries" cannot be updated/) },
    });
    const [reset] = await update(['retry_config.max_attempts']);
    expect(reset).toMatchObject({ retryConfig: { maxAttempts: 100, minBackoff: { nanos: 10_000_000 } } });
  });

  test('that do not exist are made by an update, as the service does', async () => {
    const name = `${LOCATION}/queues/by-update`;
    const [made] = await client.updateQueue({ queue: { name, retryConfig: { maxAttempts: 2 } } });
    expect(made).toMatchObject({ name, state: 'RUNNING', retryConfig: { maxAttempts: 2 } });
  });

  test.each(['bad_name', 'x'.repeat(101), 'a/b', ''])('of the bad name "%s" are refused', async (id) => {
    const queue = { name: `${LOCATION}/queues/${id}` };
    await expect(client.createQueue({ parent: LOCATION, queue })).rejects.toMatchObject({
      code: 3,
      message: expect.stringMatching(/Queue name must be formatted/),
    });
  });

  test('that were deleted can be made again, and start empty', async () => {
    await client.pauseQueue({ name: QUEUE });
    await create({ name: `${QUEUE}/tasks/old` });
    await client.deleteQueue({ name: QUEUE });
    expect(tasks.pendingCount()).toBe(0);
    await client.createQueue({ parent: LOCATION, queue: { name: QUEUE } });
    await expect(client.getTask({ name: `${QUEUE}/tasks/old` })).rejects.toMatchObject({ code: 5 });
  });

  test('are listed page by page', async () => {
    for (const id of ['b', 'a']) {
      await client.createQueue({ parent: LOCATION, queue: { name: `${LOCATION}/queues/${id}` } });
    }
    const page = async (query: string) =>
      (await fetch(`http://127.0.0.1:${tasks.port}/v2/${LOCATION}/queues?${query}`)).json() as Promise<{
        queues: { name: string }[];
        nextPageToken?: string;
      }>;
    const first = await page('pageSize=2');
    expect(first.queues.map(({ name }) => name.split('/').at(-1))).toEqual(['a', 'b']);
    const second = await page(`pageSize=2&pageToken=${first.nextPageToken}`);
    expect(second.queues.map(({ name }) => name)).toEqual([QUEUE]);
    expect(second).not.toHaveProperty('nextPageToken');
  });

  test('are paused, resumed and purged', async () => {
    const [paused] = await client.pauseQueue({ name: QUEUE });
    expect(paused.state).toBe('PAUSED');
    await create({});
    expect(tasks.pendingCount()).toBe(1);
    const [purged] = await client.purgeQueue({ name: QUEUE });
    expect(purged.purgeTime).toBeTruthy();
    expect(tasks.pendingCount()).toBe(0);
    const [resumed] = await client.resumeQueue({ name: QUEUE });
    expect(resumed.state).toBe('RUNNING');
  });

  test('with an impossible configuration are refused', async () => {
    const queue = { name: `${LOCATION}/queues/bad`, rateLimits: { maxDispatchesPerSecond: 501 } };
    await expect(client.createQueue({ parent: LOCATION, queue })).rejects.toMatchObject({
      code: 3,
      message: expect.stringMatching(/at most 500/),
    });
  });
});

describe('faults', () => {
  test('before: the task is not created; after: it is, and the caller learns only the error', async () => {
    await client.pauseQueue({ name: QUEUE });
    faults.add({ service: 'tasks', method: 'createTask', status: 500, count: 1 });
    await expect(create({})).rejects.toMatchObject({ code: 13 });
    expect(tasks.pendingCount()).toBe(0);
    faults.add({ service: 'tasks', method: 'createTask', status: 500, phase: 'after', count: 1 });
    await expect(create({})).rejects.toMatchObject({ code: 13 });
    expect(tasks.pendingCount()).toBe(1);
  });
});

const post = (pathname: string, body: string) =>
  fetch(`http://127.0.0.1:${tasks.port}/v2/${pathname}`, { method: 'POST', body });

describe('plain HTTP', () => {
  test('the version may be left out of the path', async () => {
    const response = await fetch(`http://127.0.0.1:${tasks.port}/${QUEUE}`);
    expect(await response.json()).toMatchObject({ name: QUEUE });
  });

  test('a fault with a match hits the queue that it names', async () => {
    faults.add({ service: 'tasks', method: 'createTask', match: '/queues/other/', status: 503 });
    const response = await post(`${QUEUE}/tasks`, `{"task":{"httpRequest":{"url":"${worker.url}"}}}`);
    expect(response.status).toBe(200);
    expect((await post(`${LOCATION}/queues/other/tasks`, '{}')).status).toBe(503);
  });

  test('field names may be in snake_case', async () => {
    const task = { http_request: { url: worker.url, http_method: 'PUT', body: 'YQ==' } };
    const response = await post(`${QUEUE}/tasks`, JSON.stringify({ task, response_view: 'FULL' }));
    expect(await response.json()).toMatchObject({ httpRequest: { httpMethod: 'PUT', body: 'YQ==' } });
  });

  test.each([
    ['malformed JSON', `${QUEUE}/tasks`, '{"task": secret', 400, 'INVALID_ARGUMENT'],
    ['an unknown path', 'projects/p/nothing', '{}', 404, 'NOT_FOUND'],
    ['IAM', `${QUEUE}:getIamPolicy`, '{}', 501, 'UNIMPLEMENTED'],
    [
      'App Engine targets',
      `${QUEUE}/tasks`,
      '{"task":{"appEngineHttpRequest":{"relativeUri":"/"}}}',
      501,
      'UNIMPLEMENTED',
    ],
  ])("%s is an error in Google's form", async (_, pathname, body, code, status) => {
    const response = await post(pathname, body);
    expect(response.status).toBe(code);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ error: { code, status, message: expect.any(String) } });
    expect(text).not.toContain('secret');
  });
});

test('closing ends attempts under way, so that nothing keeps the process alive', async () => {
  const silent = http.createServer();
  const cut = new Promise<void>((resolve) => {
    silent.on('request', (req) => req.on('close', resolve));
  });
  const arrived = new Promise<void>((resolve) => silent.on('request', () => resolve()));
  const port = await listen(silent, 0);
  await create({ httpRequest: { url: `http://127.0.0.1:${port}/` } });
  await arrived;
  await tasks.close();
  await expect(cut).resolves.toBeUndefined();
  await closeServer(silent);
});
