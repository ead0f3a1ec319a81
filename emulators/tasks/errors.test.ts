// What goes wrong, in the codes and the words that were recorded from the service, on each transport.
import { describe, expect, test } from '@jest/globals';
import type { CloudTasksClient } from '@google-cloud/tasks';
import { LOCATION, QUEUE, withTasks } from './testing/with-tasks.ts';
import type { Running, Transport } from './testing/with-tasks.ts';

const NO_QUEUE =
  'Queue does not exist. If you just created the queue, wait at least a minute for the queue to initialize.';
const NO_ENTITY = 'Requested entity was not found.';
const GONE =
  'The task no longer exists, though a task with this name existed recently. The task either successfully completed or was deleted.';
const NONE = `${LOCATION}/queues/none`;
const URL = 'http://127.0.0.1/';

type Call = (client: CloudTasksClient) => Promise<unknown>;

const onQueue = (name: 'getQueue' | 'deleteQueue' | 'pauseQueue' | 'resumeQueue' | 'purgeQueue') =>
  ((client) => client[name]({ name: NONE })) satisfies Call;
const onTask =
  (name: 'getTask' | 'deleteTask' | 'runTask', task: string): Call =>
  (client) =>
    client[name]({ name: task });
const createTask =
  (task: object, parent = QUEUE): Call =>
  (client) =>
    client.createTask({ parent, task: { httpRequest: { url: URL }, ...task } });
const createQueue =
  (queue: object): Call =>
  (client) =>
    client.createQueue({ parent: LOCATION, queue: { name: NONE, ...queue } });
const queueNamed = (name: string): Call => createQueue({ name });
const rate = (rateLimits: object): Call => createQueue({ rateLimits });
const retry = (retryConfig: object): Call => createQueue({ retryConfig });
const now = () => Math.floor(Date.now() / 1000);

/** For what the client at hand does not know yet; GET without a body. Fails as Google's clients do. */
async function post(port: number, pathname: string, body?: object): Promise<void> {
  const init = body ? { method: 'POST', body: JSON.stringify(body) } : {};
  const response = await fetch(`http://127.0.0.1:${port}/v2/${pathname}`, init);
  const { error } = (await response.json()) as { error: { status: string; message: string } };
  throw Object.assign(new Error(error.message), { code: error.status === 'UNIMPLEMENTED' ? 12 : 2 });
}

const BAD_NAME =
  'Queue name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>".';

const CASES: Readonly<Record<string, readonly [Call, code: number, message: string | RegExp]>> = {
  'an unknown queue, read': [onQueue('getQueue'), 5, NO_QUEUE],
  'an unknown queue, deleted': [onQueue('deleteQueue'), 5, NO_ENTITY],
  'an unknown queue, paused': [onQueue('pauseQueue'), 5, NO_QUEUE],
  'an unknown queue, resumed': [onQueue('resumeQueue'), 5, NO_QUEUE],
  'an unknown queue, purged': [onQueue('purgeQueue'), 5, NO_QUEUE],
  'an unknown queue, given a task': [createTask({}, NONE), 5, NO_QUEUE],
  'an unknown queue, listed': [(client) => client.listTasks({ parent: NONE }), 5, NO_QUEUE],
  'a queue that is there': [queueNamed(QUEUE), 6, 'Queue already exists'],
  'a queue of a bad name': [queueNamed(`${LOCATION}/queues/a_b`), 3, BAD_NAME],
  'a queue of a long name': [queueNamed(`${LOCATION}/queues/${'x'.repeat(101)}`), 3, BAD_NAME],
  'a queue of a deep name': [queueNamed(`${LOCATION}/queues/a/b`), 3, BAD_NAME],
  'a queue of another location': [
    queueNamed('projects/p/locations/l/queues/q'),
    3,
    /must begin with the parent/,
  ],
  'a rate below 0': [
    rate({ maxDispatchesPerSecond: -1 }),
    3,
    'RateLimits.maxDispatchesPerSecond cannot be negative.',
  ],
  'a rate above 500': [
    rate({ maxDispatchesPerSecond: 501 }),
    3,
    'RateLimits.maxDispatchesPerSecond must be less than or equal to 500.',
  ],
  'too much at once': [
    rate({ maxConcurrentDispatches: 5001 }),
    3,
    'RateLimits.maxConcurrentDispatches must be less than or equal to 5000.',
  ],
  'less than nothing at once': [
    rate({ maxConcurrentDispatches: -1 }),
    3,
    'RateLimits.maxConcurrentDispatches cannot be negative.',
  ],
  'attempts below -1': [
    retry({ maxAttempts: -2 }),
    3,
    'RetryConfig.maxAttempts must be greater or equal to -1.',
  ],
  'a negative backoff': [
    retry({ minBackoff: { seconds: -1 } }),
    3,
    'RetryConfig.minBackoff cannot be negative.',
  ],
  'a least backoff above the most': [
    retry({ minBackoff: { seconds: 9 }, maxBackoff: { seconds: 2 } }),
    3,
    'RetryConfig.minBackoff must be less than or equal to RetryConfig.maxBackoff.',
  ],
  'negative doublings': [retry({ maxDoublings: -1 }), 3, 'RetryConfig.maxDoublings cannot be negative.'],
  'an unknown task, read': [onTask('getTask', `${QUEUE}/tasks/none`), 5, NO_ENTITY],
  'an unknown task, deleted': [onTask('deleteTask', `${QUEUE}/tasks/none`), 5, NO_ENTITY],
  'an unknown task, run': [onTask('runTask', `${QUEUE}/tasks/none`), 5, NO_ENTITY],
  'a task without target': [createTask({ httpRequest: undefined }), 3, /message_type is required/],
  'a task without url': [createTask({ httpRequest: { url: '' } }), 3, 'HttpRequest.url is required.'],
  'a task with a url of another scheme': [
    createTask({ httpRequest: { url: 'ftp://example.com/' } }),
    3,
    "HttpTarget.url must start with 'http://' or 'https://'.",
  ],
  'a task of another queue': [
    createTask({ name: `${QUEUE}-other/tasks/a` }),
    3,
    `The queue name from request ('${QUEUE}') must be the same as the queue name in the named task ('${QUEUE}-other').`,
  ],
  'a task of a bad name': [
    createTask({ name: `${QUEUE}/tasks/not a valid id` }),
    3,
    'Task ID "not a valid id" can contain only letters ([A-Za-z]), numbers ([0-9]), hyphens (-), or underscores (_). Task ID must between 1 and 500 characters.',
  ],
  'a task of no name': [createTask({ name: 'is-this-a-name' }), 3, /^Task name must be formatted/],
  'a body on GET': [
    createTask({ httpRequest: { url: URL, httpMethod: 'GET', body: Buffer.from('a') } }),
    3,
    /not allowed with method GET/,
  ],
  'a deadline below 15 s': [
    createTask({ dispatchDeadline: { seconds: 14 } }),
    3,
    'Task.dispatchDeadline must be between [15s, 30m].',
  ],
  'a deadline above 30 min': [
    createTask({ dispatchDeadline: { seconds: 1801 } }),
    3,
    'Task.dispatchDeadline must be between [15s, 30m].',
  ],
  'a schedule of a year too far': [
    createTask({ scheduleTime: { seconds: Date.UTC(2100, 0, 1) / 1000 } }),
    3,
    'The Task.scheduleTime, 2099-12-31T16:00:00-08:00, is too far in the future. Schedule time must be no more than 720h in the future.',
  ],
  'a schedule beyond 30 days': [
    createTask({ scheduleTime: { seconds: now() + 31 * 86_400 } }),
    3,
    /no more than 720h in the future/,
  ],
  'a task above 1 MiB': [
    createTask({ httpRequest: { url: URL, body: Buffer.alloc(1_048_577) } }),
    3,
    /^Task size too large/,
  ],
  'an empty account': [
    createTask({ httpRequest: { url: URL, oidcToken: { audience: 'x' } } }),
    3,
    /serviceAccountEmail is required/,
  ],
  'a page of negative size': [(client) => client.listTasks({ parent: QUEUE, pageSize: -1 }), 3, /pageSize/],
};

const UNSUPPORTED: Readonly<Record<string, readonly [(running: Running) => Promise<unknown>, name: string]>> =
  {
    'App Engine targets': [
      ({ client }) =>
        client.createTask({ parent: QUEUE, task: { appEngineHttpRequest: { relativeUri: '/' } } }),
      'Task.appEngineHttpRequest',
    ],
    'App Engine routing': [
      ({ client }) =>
        client.createQueue({ parent: LOCATION, queue: { name: NONE, appEngineRoutingOverride: {} } }),
      'Queue.appEngineRoutingOverride',
    ],
    'an update of App Engine routing': [
      ({ client }) =>
        client.updateQueue({
          queue: { name: QUEUE },
          updateMask: { paths: ['app_engine_routing_override.service'] },
        }),
      'Queue.appEngineRoutingOverride.service',
    ],
    'the filter of queues': [
      ({ client }) => client.listQueues({ parent: LOCATION, filter: 'state: PAUSED' }),
      'ListQueuesRequest.filter',
    ],
    'reading a policy': [({ client }) => client.getIamPolicy({ resource: QUEUE }), 'CloudTasks.GetIamPolicy'],
    'writing a policy': [
      ({ client }) => client.setIamPolicy({ resource: QUEUE, policy: {} }),
      'CloudTasks.SetIamPolicy',
    ],
    'testing permissions': [
      ({ client }) => client.testIamPermissions({ resource: QUEUE, permissions: ['a.b.c'] }),
      'CloudTasks.TestIamPermissions',
    ],
    'newer v2: targets of queues': [
      ({ tasks }) => post(tasks.port, `${LOCATION}/queues`, { name: `${LOCATION}/queues/q`, httpTarget: {} }),
      'Queue.httpTarget',
    ],
    'newer v2: retries of tasks': [
      ({ tasks }) =>
        post(tasks.port, `${QUEUE}/tasks`, { task: { httpRequest: { url: URL }, retryConfig: {} } }),
      'Task.retryConfig',
    ],
    'newer v2: batches': [
      ({ tasks }) => post(tasks.port, `${QUEUE}/tasks:batchCreate`, { requests: [] }),
      'CloudTasks.BatchCreateTasks',
    ],
    'newer v2: keys': [({ tasks }) => post(tasks.port, `${LOCATION}/cmekConfig`), 'CloudTasks.GetCmekConfig'],
    'v2beta3: batches': [
      ({ beta }) => beta.batchDeleteTasks({ parent: QUEUE, names: [] }),
      'CloudTasks.BatchDeleteTasks',
    ],
    'v2beta3: pull tasks': [
      ({ beta }) => beta.createTask({ parent: QUEUE, task: { pullMessage: { tag: 'a' } } }),
      'Task.pullMessage',
    ],
    'v2beta3: pull queues': [
      ({ beta }) => beta.createQueue({ parent: LOCATION, queue: { name: NONE, type: 'PULL' } }),
      'Queue.type PULL',
    ],
    'v2beta3: targets of queues': [
      ({ beta }) => beta.createQueue({ parent: LOCATION, queue: { name: NONE, httpTarget: {} } }),
      'Queue.httpTarget',
    ],
    'v2beta3: statistics': [
      ({ beta }) => beta.getQueue({ name: QUEUE, readMask: { paths: ['stats'] } }),
      'GetQueueRequest.readMask',
    ],
  };

const exactly = (text: string): RegExp => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);

/** Over gRPC the code and its name stand before the message. */
async function failureOf(call: Promise<unknown>): Promise<{ code: number; message: string }> {
  try {
    await call;
  } catch (error) {
    const { code, message } = error as { code: number; message: string };
    return { code, message: message.replace(/^\d+ [A-Z_]+: /, '') };
  }
  throw new Error('The call did not fail');
}

describe.each<Transport>(['REST', 'gRPC'])('over %s', (transport) => {
  const running = withTasks(transport);

  test.each(Object.keys(CASES))('%s', async (name) => {
    const [call, code, message] = CASES[name]!;
    expect(await failureOf(call(running.client))).toEqual({
      code,
      message: expect.stringMatching(typeof message === 'string' ? exactly(message) : message),
    });
  });

  test.each(Object.keys(UNSUPPORTED))('%s: not emulated, by name', async (title) => {
    const [call, name] = UNSUPPORTED[title]!;
    expect(await failureOf(call(running))).toEqual({ code: 12, message: `${name} is not emulated` });
  });

  test('a task that was deleted is told from one that never was', async () => {
    const name = `${QUEUE}/tasks/once`;
    await running.client.pauseQueue({ name: QUEUE });
    await createTask({ name })(running.client);
    await running.client.deleteTask({ name });
    expect(await failureOf(running.client.getTask({ name }))).toEqual({ code: 5, message: GONE });
    expect(await failureOf(createTask({ name })(running.client))).toEqual({
      code: 6,
      message: 'Requested entity already exists',
    });
  });

  test('a queue that was deleted is unknown, and its name cannot be used for a while', async () => {
    await running.client.deleteQueue({ name: QUEUE });
    expect(await failureOf(running.client.getQueue({ name: QUEUE }))).toEqual({ code: 5, message: NO_QUEUE });
    expect(await failureOf(createTask({})(running.client))).toEqual({ code: 5, message: NO_QUEUE });
    expect(await failureOf(queueNamed(QUEUE)(running.client))).toEqual({
      code: 9,
      message: 'The queue cannot be created because a queue with this name existed too recently.',
    });
  });

  test('a bad name comes with a page that says what a good one is', async () => {
    const error = await queueNamed('bad')(running.client).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      statusDetails: [
        {
          links: [
            {
              description: 'Definition of queue name',
              url: expect.stringContaining('#Queue.FIELDS.name'),
            },
          ],
        },
      ],
    });
  });
});
