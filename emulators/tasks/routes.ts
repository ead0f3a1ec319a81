// The REST surface of Cloud Tasks v2: each route parses, asks the queues, and answers in Google's JSON.
import type { Clock } from '../shared/clock.ts';
import type { Faults } from '../shared/faults.ts';
import { DropConnection } from '../shared/http.ts';
import type { HttpReply, HttpRequest, Route } from '../shared/http.ts';
import { ApiError, errorReply, statusName } from './api-error.ts';
import { paginate } from './page.ts';
import { applyQueueInput, parseQueue, parseQueueMask, queueToJson } from './queue-json.ts';
import type { Queue } from './queue.ts';
import { TaskNameTaken } from './queue.ts';
import type { Queues } from './queues.ts';
import { parseTask, parseView, taskToJson } from './task-json.ts';

const LOCATION = '/v2/projects/{project}/locations/{location}';
const QUEUE = `${LOCATION}/queues/{queue}`;
const TASK = `${QUEUE}/tasks/{task}`;
const MAX_QUEUES_PAGE = 9800;
const MAX_TASKS_PAGE = 1000;

export interface RoutesContext {
  readonly queues: Queues;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Where tasks of the queue go that name no url, as firebase-admin sends them to an emulator. */
  readonly defaultUrl: (queueName: string) => string | undefined;
}

export function createRoutes({ queues, clock, faults, defaultUrl }: RoutesContext): Route[] {
  /** A route whose faults go by the method's name in the API. */
  const method = (
    verb: string,
    path: string,
    name: string,
    run: (request: HttpRequest) => unknown,
  ): Route => ({
    method: verb,
    path,
    handle: (request) => withFaults(faults, name, request.path, () => ({ body: run(request) })),
  });
  const queueOf = (request: HttpRequest) => {
    const name = queueName(request);
    return { name, queue: queues.get(name) };
  };
  const onQueue = (act: (queue: Queue) => void) => (request: HttpRequest) => {
    const { name, queue } = queueOf(request);
    act(queue);
    return queueToJson(name, queue);
  };
  const unimplemented = (verb: string) =>
    method('POST', `${QUEUE}:${verb}`, verb, () => {
      throw new ApiError('UNIMPLEMENTED', `CloudTasks.${verb} is not emulated`);
    });

  const routes = [
    method('GET', '/v2/projects/{project}/locations', 'listLocations', ({ params }) => {
      const own = queues.locations().filter((name) => name.startsWith(`projects/${params['project']}/`));
      return { locations: own.map(locationToJson) };
    }),
    method('GET', LOCATION, 'getLocation', (request) => locationToJson(locationName(request))),

    method(
      'POST',
      `${QUEUE}:pause`,
      'pauseQueue',
      onQueue((queue) => queue.pause()),
    ),
    method(
      'POST',
      `${QUEUE}:resume`,
      'resumeQueue',
      onQueue((queue) => queue.resume()),
    ),
    method(
      'POST',
      `${QUEUE}:purge`,
      'purgeQueue',
      onQueue((queue) => queue.purge()),
    ),
    ...['getIamPolicy', 'setIamPolicy', 'testIamPermissions'].map(unimplemented),

    method('GET', `${LOCATION}/queues`, 'listQueues', (request) => {
      if (request.query.get('filter'))
        throw new ApiError('UNIMPLEMENTED', 'ListQueues.filter is not emulated');
      const names = queues.namesIn(locationName(request));
      const { items, ...rest } = paginate(names, (name) => name, request.query, MAX_QUEUES_PAGE);
      return { queues: items.map((name) => queueToJson(name, queues.get(name))), ...rest };
    }),
    method('POST', `${LOCATION}/queues`, 'createQueue', (request) => {
      const input = parseQueue(parseJson(request));
      const prefix = `${locationName(request)}/queues/`;
      const id = input.name?.startsWith(prefix) ? input.name.slice(prefix.length) : '';
      if (!/^[A-Za-z0-9-]{1,100}$/.test(id)) {
        throw new ApiError('INVALID_ARGUMENT', `Queue name must be formatted: "${prefix}<QUEUE_ID>"`);
      }
      return queueToJson(prefix + id, queues.add(prefix + id, applyQueueInput(input)));
    }),
    method('GET', QUEUE, 'getQueue', (request) => {
      const { name, queue } = queueOf(request);
      return queueToJson(name, queue);
    }),
    method('PATCH', QUEUE, 'updateQueue', (request) => {
      const name = queueName(request);
      const input = parseQueue(parseJson(request));
      const mask = parseQueueMask(request.query.get('updateMask') ?? '');
      // The service creates the queue when it does not exist.
      const queue = queues.find(name) ?? queues.add(name, applyQueueInput({}));
      queue.update(applyQueueInput(input, queue.config, mask));
      return queueToJson(name, queue);
    }),
    method('DELETE', QUEUE, 'deleteQueue', (request) => {
      queues.remove(queueName(request));
      return {};
    }),

    method('POST', `${TASK}:run`, 'runTask', (request) => {
      const { name, queue } = queueOf(request);
      const { responseView } = parseJson(request) as { responseView?: string };
      const task = queue.run(taskId(request));
      if (!task) throw taskNotFound();
      return taskToJson(name, task, parseView(responseView));
    }),
    method('GET', `${QUEUE}/tasks`, 'listTasks', (request) => {
      const { name, queue } = queueOf(request);
      const view = parseView(request.query.get('responseView'));
      const tasks = queue.list().toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const { items, ...rest } = paginate(tasks, (task) => task.id, request.query, MAX_TASKS_PAGE);
      return { tasks: items.map((task) => taskToJson(name, task, view)), ...rest };
    }),
    method('POST', `${QUEUE}/tasks`, 'createTask', (request) => {
      const { name, queue } = queueOf(request);
      const body = parseJson(request) as { task?: unknown; responseView?: string; response_view?: string };
      if (body.task === undefined) throw new ApiError('INVALID_ARGUMENT', 'task is required');
      const view = parseView(body.responseView ?? body.response_view);
      const task = parseTask(body.task, { parent: name, nowMs: clock.now(), defaultUrl: defaultUrl(name) });
      return taskToJson(name, addTask(queue, task), view);
    }),
    method('GET', TASK, 'getTask', (request) => {
      const { name, queue } = queueOf(request);
      const task = queue.get(taskId(request));
      if (!task) throw taskNotFound();
      return taskToJson(name, task, parseView(request.query.get('responseView')));
    }),
    method('DELETE', TASK, 'deleteTask', (request) => {
      if (!queueOf(request).queue.delete(taskId(request))) throw taskNotFound();
      return {};
    }),
  ];
  // firebase-admin leaves the version out when it talks to an emulator.
  return routes.flatMap((route) => [route, { ...route, path: route.path.replace('/v2', '') }]);
}

export function onError(error: unknown): HttpReply {
  if (error instanceof ApiError) return errorReply(error.httpStatus, error.status, error.message);
  return errorReply(500, 'INTERNAL', error instanceof Error ? error.message : 'Internal error');
}

async function withFaults(
  faults: Faults,
  name: string,
  path: string,
  run: () => HttpReply,
): Promise<HttpReply> {
  const fault = await faults.take('tasks', name, path);
  if (fault?.phase === 'before') {
    if (fault.drop) throw new DropConnection();
    if (fault.error) return faultReply(fault.error);
  }
  const reply = run();
  if (fault?.phase === 'after') {
    if (fault.drop) throw new DropConnection();
    if (fault.error) return faultReply(fault.error);
  }
  return reply;
}

function faultReply(error: { status: number; reason?: string; message: string }): HttpReply {
  return errorReply(error.status, error.reason ?? statusName(error.status), error.message);
}

function addTask(queue: Queue, task: Parameters<Queue['add']>[0]) {
  try {
    return queue.add(task);
  } catch (error) {
    if (error instanceof TaskNameTaken) throw new ApiError('ALREADY_EXISTS', error.message);
    throw error;
  }
}

function taskNotFound(): ApiError {
  return new ApiError('NOT_FOUND', 'The task no longer exists, or never did. It may have completed.');
}

function locationName({ params }: HttpRequest): string {
  return `projects/${params['project']}/locations/${params['location']}`;
}

function locationToJson(name: string): { name: string; locationId: string } {
  return { name, locationId: name.split('/').at(-1)! };
}

function queueName(request: HttpRequest): string {
  return `${locationName(request)}/queues/${request.params['queue']}`;
}

function taskId(request: HttpRequest): string {
  return request.params['task']!;
}

function parseJson({ body }: HttpRequest): object {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    // Google's client for Node sends an empty message as an empty string.
    if (value === '') return {};
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // The message of JSON.parse quotes the text, and the text may hold what must not be logged.
  }
  throw new ApiError('INVALID_ARGUMENT', 'Invalid JSON payload received: the body must be a JSON object');
}
