// The methods of the API, from request message to response message, as both transports serve them.
import type { Clock } from '../shared/clock.ts';
import type { Faults } from '../shared/faults.ts';
import { faultyCall } from '../shared/faulty-call.ts';
import { invalidArgument, StatusError } from '../shared/status.ts';
import type { RequestMessage } from './messages.ts';
import { paginate } from './page.ts';
import { applyQueueMessage, parseQueueMask, queueToMessage } from './queue-message.ts';
import type { Queue } from './queue.ts';
import type { Queues } from './queues.ts';
import { parseTask, parseView, splitTaskName, taskToMessage } from './task-message.ts';
import { refuseFields, unimplemented, UNSUPPORTED_METHODS } from './unsupported.ts';

const MAX_QUEUES_PAGE = 9800;
const MAX_TASKS_PAGE = 1000;
const LOCATION = /^projects\/[^/]+\/locations\/[^/]+$/;
const QUEUE_NAME = /^projects\/[^/]+\/locations\/[^/]+\/queues\/[A-Za-z0-9-]{1,100}$/;
const REFERENCE = 'https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues';

export interface MethodContext {
  readonly queues: Queues;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Where tasks of the queue go that name no url, as firebase-admin sends them to an emulator. */
  readonly defaultUrl: (queueName: string) => string | undefined;
}

type Method = (context: MethodContext, request: RequestMessage) => object;

const methods: Readonly<Record<string, Method>> = {
  ListQueues({ queues }, request) {
    refuseFields('ListQueuesRequest', request, ['filter', 'readMask']);
    const names = queues.namesIn(locationOf(request.parent));
    const { items, ...rest } = paginate(names, (name) => name, request, MAX_QUEUES_PAGE);
    return { queues: items.map((name) => queueToMessage(name, queues.get(name))), ...rest };
  },
  GetQueue({ queues }, request) {
    refuseFields('GetQueueRequest', request, ['readMask']);
    return queueToMessage(request.name!, queues.get(request.name));
  },
  CreateQueue({ queues }, { parent, queue = {} }) {
    const location = locationOf(parent);
    const name = queueNameOf(queue.name);
    if (!name.startsWith(`${location}/`)) {
      throw invalidArgument(`The queue name ('${name}') must begin with the parent ('${location}').`);
    }
    return queueToMessage(name, queues.add(name, applyQueueMessage(queue)));
  },
  UpdateQueue({ queues }, { queue: message = {}, updateMask }) {
    const name = queueNameOf(message.name);
    const mask = parseQueueMask(updateMask?.paths);
    const config = applyQueueMessage(message, queues.find(name)?.config, mask);
    // The service creates the queue when it does not exist.
    const queue = queues.find(name) ?? queues.add(name, config);
    queue.update(config);
    return queueToMessage(name, queue);
  },
  DeleteQueue({ queues }, { name }) {
    queues.remove(name);
    return {};
  },
  PurgeQueue: onQueue((queue) => queue.purge()),
  PauseQueue: onQueue((queue) => queue.pause()),
  ResumeQueue: onQueue((queue) => queue.resume()),

  ListTasks({ queues }, request) {
    const view = parseView(request.responseView);
    const tasks = queues
      .get(request.parent)
      .list()
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const { items, ...rest } = paginate(tasks, (task) => task.id, request, MAX_TASKS_PAGE);
    return { tasks: items.map((task) => taskToMessage(request.parent!, task, view)), ...rest };
  },
  GetTask({ queues }, { name, responseView }) {
    const { queueName, id } = splitTaskName(name);
    const queue = queues.get(queueName);
    const task = queue.get(id);
    if (!task) throw taskNotFound(queue, id);
    return taskToMessage(queueName, task, parseView(responseView));
  },
  CreateTask({ queues, clock, defaultUrl }, { parent, task, responseView }) {
    const queue = queues.get(parent);
    if (!task) throw invalidArgument('CreateTaskRequest.task is required.');
    const context = { parent: parent!, nowMs: clock.now(), defaultUrl: defaultUrl(parent!) };
    return taskToMessage(parent!, queue.add(parseTask(task, context)), parseView(responseView));
  },
  DeleteTask({ queues }, { name }) {
    const { queueName, id } = splitTaskName(name);
    const queue = queues.get(queueName);
    if (!queue.delete(id)) throw taskNotFound(queue, id);
    return {};
  },
  RunTask({ queues }, { name, responseView }) {
    const { queueName, id } = splitTaskName(name);
    const queue = queues.get(queueName);
    const task = queue.run(id);
    if (!task) throw taskNotFound(queue, id);
    return taskToMessage(queueName, task, parseView(responseView));
  },

  ListLocations({ queues }, { name }) {
    const own = queues.locations().filter((location) => location.startsWith(`${name}/`));
    return { locations: own.map(locationToMessage) };
  },
  GetLocation: (_, { name }) => locationToMessage(locationOf(name)),

  ...Object.fromEntries(
    UNSUPPORTED_METHODS.map((name) => [
      name,
      () => {
        throw unimplemented(`CloudTasks.${name}`);
      },
    ]),
  ),
};

/** Runs the method of the name as the API has it; `target` is what faults can match. Rejects with StatusError. */
export function callMethod(
  context: MethodContext,
  name: string,
  target: string,
  request: object,
): Promise<object> {
  const call = { service: 'tasks', method: name[0]!.toLowerCase() + name.slice(1), target } as const;
  return faultyCall(context.faults, call, () => methods[name]!(context, request));
}

function onQueue(act: (queue: Queue) => void): Method {
  return ({ queues }, { name }) => {
    const queue = queues.get(name);
    act(queue);
    return queueToMessage(name!, queue);
  };
}

function taskNotFound(queue: Queue, id: string): StatusError {
  return new StatusError(
    'NOT_FOUND',
    queue.isBuried(id)
      ? 'The task no longer exists, though a task with this name existed recently. The task either successfully completed or was deleted.'
      : 'Requested entity was not found.',
  );
}

function locationOf(name = ''): string {
  if (LOCATION.test(name)) return name;
  throw invalidArgument('Invalid resource field value in the request.');
}

function queueNameOf(name = ''): string {
  if (QUEUE_NAME.test(name)) return name;
  throw new StatusError(
    'INVALID_ARGUMENT',
    'Queue name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>".',
    { help: { description: 'Definition of queue name', url: `${REFERENCE}#Queue.FIELDS.name` } },
  );
}

function locationToMessage(name: string): object {
  return { name, locationId: name.split('/').at(-1)! };
}
