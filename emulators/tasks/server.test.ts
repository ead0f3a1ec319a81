// The contract, through Google's own client over a real socket, on each transport.
import http from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { OAuth2Client } from 'google-auth-library';
import { closeServer, listen } from '../shared/http.ts';
import { until } from '../shared/until.ts';
import type { Transport } from './testing/with-tasks.ts';
import { issuer, LOCATION, logged, QUEUE, withTasks } from './testing/with-tasks.ts';

describe.each<Transport>(['REST', 'gRPC'])('over %s', (transport) => {
  const running = withTasks(transport);

  const create = (task: Record<string, unknown>, queue = QUEUE) =>
    running.client.createTask({
      parent: queue,
      task: { httpRequest: { url: running.worker.url }, ...task },
    });

  describe('tasks', () => {
    test("arrive with their body, their headers and the service's headers", async () => {
      const [task] = await create({
        name: `${QUEUE}/tasks/claim-1`,
        httpRequest: {
          url: running.worker.url,
          httpMethod: 'POST',
          headers: { 'Content-Type': 'application/json', 'X-Mine': 'kept', Host: 'ignored' },
          body: Buffer.from('{"セッション":1}').toString('base64'),
        },
      });
      expect(task.name).toBe(`${QUEUE}/tasks/claim-1`);
      const [request] = await running.worker.requests(1);
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
      await until(() => running.tasks.pendingCount() === 0);
    });

    test('that fail come again with what happened before', async () => {
      running.worker.statuses.push(404, 503);
      await create({});
      const requests = await running.worker.requests(3);
      const header = (name: string) => requests.map(({ headers }) => headers[`x-cloudtasks-${name}`]);
      expect(header('taskretrycount')).toEqual(['0', '1', '2']);
      // Answers of 500 and above are no executions.
      expect(header('taskexecutioncount')).toEqual(['0', '1', '1']);
      expect(header('taskpreviousresponse')).toEqual([undefined, '404', '503']);
      expect(header('taskretryreason')).toEqual([undefined, '', '']);
      await until(() => running.tasks.pendingCount() === 0);
    });

    test('are gone after the last attempt, which is said in the log without any content', async () => {
      running.worker.statuses.push(500, 500, 500, 500);
      await create({ name: `${QUEUE}/tasks/hopeless` });
      await running.worker.requests(4);
      await until(() => running.tasks.pendingCount() === 0);
      expect(logged).toContain('tasks: from-yaml: task hopeless given up after 4 attempts');
    });

    test('whose worker cannot be reached are tried again', async () => {
      running.faults.add({ service: 'tasks', method: 'dispatch', drop: true, count: 1 });
      await create({});
      const [request] = await running.worker.requests(1);
      expect(request!.headers).toMatchObject({
        'x-cloudtasks-taskretrycount': '1',
        'x-cloudtasks-taskexecutioncount': '0',
      });
    });

    test("carry an OIDC token that Google's library verifies, for the url unless told otherwise", async () => {
      const serviceAccountEmail = 'queue@demo-local.iam.gserviceaccount.com';
      await create({ httpRequest: { url: running.worker.url, oidcToken: { serviceAccountEmail } } });
      await create({
        httpRequest: { url: running.worker.url, oidcToken: { serviceAccountEmail, audience: 'mine' } },
      });
      const requests = await running.worker.requests(2);
      const payloads = await Promise.all(
        requests.map(async ({ headers }) => {
          const token = headers.authorization!.replace('Bearer ', '');
          const { payload } = (
            await new OAuth2Client().verifySignedJwtWithCertsAsync(
              token,
              issuer.pemCerts(),
              [running.worker.url, 'mine'],
              ['https://accounts.google.com'],
            )
          ).getAttributes();
          return payload;
        }),
      );
      expect(new Set(payloads.map((payload) => payload?.aud))).toEqual(new Set([running.worker.url, 'mine']));
      expect(payloads[0]).toMatchObject({ email: serviceAccountEmail, email_verified: true });
    });

    test('are shown with their body in the FULL view only, page by page', async () => {
      await running.client.pauseQueue({ name: QUEUE });
      const body = Buffer.from('claim').toString('base64');
      for (const id of ['c', 'a', 'b']) {
        await create({ name: `${QUEUE}/tasks/${id}`, httpRequest: { url: running.worker.url, body } });
      }
      const [basic] = await running.client.getTask({ name: `${QUEUE}/tasks/a` });
      expect(basic.httpRequest?.body).toHaveLength(0);
      const [full] = await running.client.getTask({ name: `${QUEUE}/tasks/a`, responseView: 'FULL' });
      expect(Buffer.from(full.httpRequest!.body as Uint8Array).toString()).toBe('claim');
      expect(full).toMatchObject({ view: 'FULL', dispatchDeadline: { seconds: '600' }, dispatchCount: 0 });

      const names: string[] = [];
      for await (const task of running.client.listTasksAsync({ parent: QUEUE, pageSize: 2 }))
        names.push(task.name!);
      expect(names.map((name) => name.split('/').at(-1))).toEqual(['a', 'b', 'c']);
    });

    test('can be deleted and run by hand', async () => {
      await running.client.pauseQueue({ name: QUEUE });
      await create({ name: `${QUEUE}/tasks/gone` });
      await create({ name: `${QUEUE}/tasks/now` });
      await running.client.deleteTask({ name: `${QUEUE}/tasks/gone` });
      const [started] = await running.client.runTask({ name: `${QUEUE}/tasks/now` });
      expect(started.dispatchCount).toBe(1);
      await running.worker.requests(1);
      await until(() => running.tasks.pendingCount() === 0);
      await expect(running.client.getTask({ name: `${QUEUE}/tasks/gone` })).rejects.toMatchObject({
        code: 5,
      });
      await expect(running.client.runTask({ name: `${QUEUE}/tasks/now` })).rejects.toMatchObject({ code: 5 });
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
      await running.client.deleteTask({ name });
      response.writeHead(500).end();
      expect(running.tasks.pendingCount()).toBe(0);
      await expect(running.client.getTask({ name })).rejects.toMatchObject({ code: 5 });
      await closeServer(hanging);
    });

    test('with an OAuth token show it, and are sent without one', async () => {
      const oauthToken = { serviceAccountEmail: 'a@demo-local.iam.gserviceaccount.com' };
      const [task] = await create({ httpRequest: { url: running.worker.url, oauthToken } });
      expect(task.httpRequest?.oauthToken).toMatchObject(oauthToken);
      const [request] = await running.worker.requests(1);
      expect(request!.headers).not.toHaveProperty('authorization');
    });

    test('with a url that leads nowhere are taken, and tried', async () => {
      const name = `${QUEUE}/tasks/nowhere`;
      await create({ name, httpRequest: { url: 'http://[bad' } });
      await until(() => running.tasks.pendingCount() === 0);
      expect(logged).toContain('tasks: from-yaml: task nowhere given up after 4 attempts');
    });

    test('with a body and no content type go out as bytes', async () => {
      await create({ httpRequest: { url: running.worker.url, body: Buffer.from('x').toString('base64') } });
      const [request] = await running.worker.requests(1);
      expect(request!.headers['content-type']).toBe('application/octet-stream');
    });

    test('of a used name are refused, live and afterwards', async () => {
      await running.client.pauseQueue({ name: QUEUE });
      const name = `${QUEUE}/tasks/once`;
      await create({ name });
      await expect(create({ name })).rejects.toMatchObject({ code: 6 });
      await running.client.deleteTask({ name });
      await expect(create({ name })).rejects.toMatchObject({ code: 6 });
      await running.tasks.clear();
      await expect(create({ name })).resolves.toBeDefined();
    });
  });

  describe('queues', () => {
    test('of queue.yaml are there, with their limits', async () => {
      const [queue] = await running.client.getQueue({ name: QUEUE });
      expect(queue).toMatchObject({
        name: QUEUE,
        state: 'RUNNING',
        rateLimits: { maxDispatchesPerSecond: 100, maxBurstSize: 5, maxConcurrentDispatches: 1000 },
        retryConfig: { maxAttempts: 4, minBackoff: { nanos: 10_000_000 }, maxDoublings: 16 },
      });
    });

    test('are created, listed, patched by mask, and deleted', async () => {
      const name = `${LOCATION}/queues/made`;
      const [made] = await running.client.createQueue({
        parent: LOCATION,
        queue: { name, rateLimits: { maxDispatchesPerSecond: 5 }, retryConfig: { maxAttempts: 7 } },
      });
      expect(made).toMatchObject({
        rateLimits: { maxDispatchesPerSecond: 5 },
        retryConfig: { maxAttempts: 7, maxBackoff: { seconds: '3600' } },
      });
      await expect(running.client.createQueue({ parent: LOCATION, queue: { name } })).rejects.toMatchObject({
        code: 6,
      });

      const [patched] = await running.client.updateQueue({
        queue: { name, rateLimits: { maxDispatchesPerSecond: 9 }, retryConfig: { maxAttempts: 1 } },
        updateMask: { paths: ['rate_limits.max_dispatches_per_second'] },
      });
      expect(patched).toMatchObject({
        rateLimits: { maxDispatchesPerSecond: 9 },
        retryConfig: { maxAttempts: 7 },
      });

      const [listed] = await running.client.listQueues({ parent: LOCATION });
      expect(listed.map((queue) => queue.name)).toEqual([QUEUE, name]);
      await running.client.deleteQueue({ name });
      await expect(running.client.getQueue({ name })).rejects.toMatchObject({ code: 5 });
    });

    test('take a mask of fields that a queue has, and go back to the default where the input says nothing', async () => {
      const update = (paths: string[], queue = {}) =>
        running.client.updateQueue({ queue: { name: QUEUE, ...queue }, updateMask: { paths } });
      const refused = await fetch(
        `http://127.0.0.1:${running.tasks.port}/v2/${QUEUE}?updateMask=retry_config.max_tries`,
        { method: 'PATCH', body: '{}' },
      );
      expect(await refused.json()).toMatchObject({
        error: { code: 400, message: expect.stringMatching(/"retry_config.max_tries" cannot be updated/) },
      });
      const [reset] = await update(['retry_config.max_attempts']);
      expect(reset).toMatchObject({ retryConfig: { maxAttempts: 100, minBackoff: { nanos: 10_000_000 } } });
    });

    test('are set as a whole by an update without a mask', async () => {
      const queue = { name: QUEUE, rateLimits: { maxDispatchesPerSecond: 7 } };
      const [updated] = await running.client.updateQueue({ queue });
      expect(updated).toMatchObject({
        rateLimits: { maxDispatchesPerSecond: 7 },
        retryConfig: { maxAttempts: 100, minBackoff: { nanos: 100_000_000 } },
      });
    });

    test('keep how much of them is to be logged', async () => {
      const [updated] = await running.client.updateQueue({
        queue: { name: QUEUE, stackdriverLoggingConfig: { samplingRatio: 0.5 } },
        updateMask: { paths: ['stackdriver_logging_config.sampling_ratio'] },
      });
      expect(updated).toMatchObject({ stackdriverLoggingConfig: { samplingRatio: 0.5 } });
    });

    test('that do not exist are made by an update, as the service does', async () => {
      const name = `${LOCATION}/queues/by-update`;
      const [made] = await running.client.updateQueue({ queue: { name, retryConfig: { maxAttempts: 2 } } });
      expect(made).toMatchObject({ name, state: 'RUNNING', retryConfig: { maxAttempts: 2 } });
    });

    test('are those of the start when all data was cleared, and other names can be used again', async () => {
      const name = `${LOCATION}/queues/made`;
      const make = () => running.client.createQueue({ parent: LOCATION, queue: { name } });
      await make();
      await running.client.deleteQueue({ name });
      await expect(make()).rejects.toMatchObject({ code: 9 });
      await running.client.pauseQueue({ name: QUEUE });
      await create({ name: `${QUEUE}/tasks/old` });
      await running.client.deleteQueue({ name: QUEUE });
      expect(running.tasks.pendingCount()).toBe(0);

      await running.tasks.clear();
      const [listed] = await running.client.listQueues({ parent: LOCATION });
      expect(listed).toEqual([
        expect.objectContaining({
          name: QUEUE,
          state: 'RUNNING',
          retryConfig: expect.objectContaining({ maxAttempts: 4 }),
        }),
      ]);
      await expect(running.client.getTask({ name: `${QUEUE}/tasks/old` })).rejects.toMatchObject({ code: 5 });
      await expect(make()).resolves.toBeDefined();
    });

    test('are listed page by page', async () => {
      for (const id of ['b', 'a']) {
        await running.client.createQueue({ parent: LOCATION, queue: { name: `${LOCATION}/queues/${id}` } });
      }
      const page = async (query: string) =>
        (
          await fetch(`http://127.0.0.1:${running.tasks.port}/v2/${LOCATION}/queues?${query}`)
        ).json() as Promise<{
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
      const [paused] = await running.client.pauseQueue({ name: QUEUE });
      expect(paused.state).toBe('PAUSED');
      await create({});
      expect(running.tasks.pendingCount()).toBe(1);
      const [purged] = await running.client.purgeQueue({ name: QUEUE });
      expect(purged.purgeTime).toBeTruthy();
      expect(running.tasks.pendingCount()).toBe(0);
      const [resumed] = await running.client.resumeQueue({ name: QUEUE });
      expect(resumed.state).toBe('RUNNING');
    });
  });

  test('v2beta3 sees the queues and tasks of v2', async () => {
    await running.beta.pauseQueue({ name: QUEUE });
    const task = { httpRequest: { url: running.worker.url, body: Buffer.from('beta').toString('base64') } };
    const [made] = await running.beta.createTask({ parent: QUEUE, task, responseView: 'FULL' });
    expect(Buffer.from(made.httpRequest!.body as Uint8Array).toString()).toBe('beta');
    const [listed] = await running.client.listTasks({ parent: QUEUE });
    expect(listed.map(({ name }) => name)).toEqual([made.name]);
  });

  test('locations are those that have queues', async () => {
    const named = { name: LOCATION, locationId: 'asia-northeast1' };
    const found: unknown[] = [];
    const listed = running.client.listLocationsAsync({ name: 'projects/demo-local' });
    for await (const location of listed) found.push(location);
    expect(found).toEqual([expect.objectContaining(named)]);
    const one: unknown = await running.client.getLocation({ name: LOCATION });
    expect([one].flat()[0]).toMatchObject(named);
  });

  describe('faults', () => {
    test('before: the task is not created; after: it is, and the caller learns only the error', async () => {
      await running.client.pauseQueue({ name: QUEUE });
      running.faults.add({ service: 'tasks', method: 'createTask', status: 500, count: 1 });
      await expect(create({})).rejects.toMatchObject({ code: 13 });
      expect(running.tasks.pendingCount()).toBe(0);
      running.faults.add({ service: 'tasks', method: 'createTask', status: 500, phase: 'after', count: 1 });
      await expect(create({})).rejects.toMatchObject({ code: 13 });
      expect(running.tasks.pendingCount()).toBe(1);
    });

    test('with a match hit the queue that it names, the same over both transports', async () => {
      const match = '/v2/projects/demo-local/locations/asia-northeast1/queues/other/tasks';
      running.faults.add({ service: 'tasks', method: 'createTask', match, status: 503 });
      await running.client.createQueue({ parent: LOCATION, queue: { name: `${LOCATION}/queues/other` } });
      await create({});
      await expect(create({}, `${LOCATION}/queues/other`)).rejects.toMatchObject({ code: 14 });
    });

    test('that cut the connection leave the caller without an answer', async () => {
      running.faults.add({ service: 'tasks', method: 'createTask', phase: 'after', drop: true, count: 1 });
      await running.client.pauseQueue({ name: QUEUE });
      await expect(create({})).rejects.toBeInstanceOf(Error);
      expect(running.tasks.pendingCount()).toBe(1);
    });

    test('of a dispatch match the task and where it goes', async () => {
      running.faults.add({ service: 'tasks', method: 'dispatch', match: '/tasks/second ', status: 404 });
      running.faults.add({ service: 'tasks', method: 'dispatch', match: 'nowhere.invalid', drop: true });
      await create({ name: `${QUEUE}/tasks/first` });
      await running.worker.requests(1);
      await create({ name: `${QUEUE}/tasks/second` });
      await create({ name: `${QUEUE}/tasks/third`, httpRequest: { url: 'http://nowhere.invalid/' } });
      await until(() => running.tasks.pendingCount() === 0);
      expect(await running.worker.requests(1)).toHaveLength(1);
      expect(running.faults.list().map(({ hits }) => hits)).toEqual([4, 4]);
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
    await running.tasks.close();
    await expect(cut).resolves.toBeUndefined();
    await closeServer(silent);
  });
});
