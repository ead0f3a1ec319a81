// Tasks as the API takes and shows them. The body is shown in the FULL view only.
import type { ProtoTime } from '../shared/proto/rfc3339.ts';
import { CODES, invalidArgument, StatusError, statusFromHttp } from '../shared/status.ts';
import type { StatusName } from '../shared/status.ts';
import { toMs, toTime } from './messages.ts';
import type { HttpRequestMessage, TaskMessage } from './messages.ts';
import type { AttemptRecord, AttemptResult, HttpTarget, NewTask, Task } from './task.ts';
import { refuseFields } from './unsupported.ts';

const METHODS = ['POST', 'GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;
const WITH_BODY: readonly string[] = ['POST', 'PUT', 'PATCH'];
const MIN_DEADLINE_MS = 15_000;
const MAX_DEADLINE_MS = 1_800_000;
const DEFAULT_DEADLINE_MS = 600_000;
const MAX_SCHEDULE_AHEAD_MS = 30 * 86_400_000;
/** Measured by others on the service: 1 MiB less 7 bytes, of the task as it is stored. */
const MAX_TASK_BYTES = 1_048_569;
const MAX_URL_LENGTH = 2083;
const TASK_NAME = /^(projects\/[^/]+\/locations\/[^/]+\/queues\/[^/]+)\/tasks\/(.*)$/s;
const REFERENCE = 'https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks';

export interface TaskContext {
  /** Full name of the queue. */
  readonly parent: string;
  readonly nowMs: number;
  /** Stands in for an empty url. */
  readonly defaultUrl: string | undefined;
}

/** Throws StatusError. */
export function parseTask(message: TaskMessage, { parent, nowMs, defaultUrl }: TaskContext): NewTask {
  refuseFields('Task', message, ['appEngineHttpRequest', 'pullMessage', 'retryConfig']);
  const { name, httpRequest, scheduleTime, dispatchDeadline } = message;
  if (!httpRequest) throw invalidArgument('Task.message_type is required: set httpRequest');
  const id = name ? parseTaskId(name, parent) : undefined;
  const target = toTarget(httpRequest, defaultUrl);
  if (JSON.stringify(target.headers).length + target.url.length + target.body.length > MAX_TASK_BYTES) {
    throw invalidArgument(`Task size too large: a task must be at most ${MAX_TASK_BYTES} bytes`);
  }
  const dispatchDeadlineMs = parseDeadline(dispatchDeadline);
  const scheduledAtMs = parseScheduleTime(scheduleTime, nowMs);
  return {
    target,
    dispatchDeadlineMs,
    ...(id === undefined ? {} : { id }),
    ...(scheduledAtMs === undefined ? {} : { scheduledAtMs }),
  };
}

/** Throws INVALID_ARGUMENT for what is no name of a task. */
export function splitTaskName(name = ''): { queueName: string; id: string } {
  const match = TASK_NAME.exec(name);
  if (match) return { queueName: match[1]!, id: match[2]! };
  throw invalidArgument(
    'Task name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>/tasks/<TASK_ID>"',
  );
}

function parseTaskId(name: string, parent: string): string {
  const { queueName, id } = splitTaskName(name);
  if (queueName !== parent) {
    throw invalidArgument(
      `The queue name from request ('${parent}') must be the same as the queue name in the named task ('${queueName}').`,
    );
  }
  if (/^[A-Za-z0-9_-]{1,500}$/.test(id)) return id;
  throw new StatusError(
    'INVALID_ARGUMENT',
    `Task ID "${id}" can contain only letters ([A-Za-z]), numbers ([0-9]), hyphens (-), or underscores (_). Task ID must between 1 and 500 characters.`,
    { help: { description: 'Definition of task ID', url: `${REFERENCE}#Task.FIELDS.name` } },
  );
}

function toTarget(request: HttpRequestMessage, defaultUrl: string | undefined): HttpTarget {
  const { headers = {}, oidcToken, oauthToken } = request;
  const url = request.url || defaultUrl;
  if (!url) throw invalidArgument('HttpRequest.url is required.');
  if (!/^https?:\/\//.test(url)) {
    throw invalidArgument("HttpTarget.url must start with 'http://' or 'https://'.");
  }
  if (url.length > MAX_URL_LENGTH) {
    throw invalidArgument(`HttpRequest.url must have at most ${MAX_URL_LENGTH} characters`);
  }
  const asked = request.httpMethod ?? 'HTTP_METHOD_UNSPECIFIED';
  const httpMethod =
    asked === 'HTTP_METHOD_UNSPECIFIED' ? 'POST' : METHODS.find((method) => method === asked);
  if (!httpMethod) throw invalidArgument(`HttpRequest.httpMethod must be one of ${METHODS.join(', ')}`);
  const body = Buffer.from(request.body ?? []);
  if (body.length > 0 && !WITH_BODY.includes(httpMethod)) {
    throw invalidArgument(`HttpRequest.body is not allowed with method ${httpMethod}`);
  }
  return {
    url,
    httpMethod,
    headers,
    body,
    ...(oidcToken ? { oidcToken: { ...oidcToken, serviceAccountEmail: emailOf(oidcToken) } } : {}),
    ...(oauthToken ? { oauthToken: { ...oauthToken, serviceAccountEmail: emailOf(oauthToken) } } : {}),
  };
}

function emailOf({ serviceAccountEmail }: { readonly serviceAccountEmail?: string }): string {
  if (serviceAccountEmail) return serviceAccountEmail;
  throw invalidArgument('HttpRequest.authorization_header: serviceAccountEmail is required');
}

function parseDeadline(duration: ProtoTime | undefined): number {
  if (!duration) return DEFAULT_DEADLINE_MS;
  const ms = toMs(duration);
  if (ms >= MIN_DEADLINE_MS && ms <= MAX_DEADLINE_MS) return ms;
  throw invalidArgument('Task.dispatchDeadline must be between [15s, 30m].');
}

function parseScheduleTime(time: ProtoTime | undefined, nowMs: number): number | undefined {
  if (!time) return undefined;
  const ms = toMs(time);
  if (ms <= nowMs + MAX_SCHEDULE_AHEAD_MS) return ms;
  throw invalidArgument(
    `The Task.scheduleTime, ${pacificTime(ms)}, is too far in the future. Schedule time must be no more than 720h in the future.`,
  );
}

/** The service tells times of its messages in California's: `2099-12-31T16:00:00-08:00`. */
function pacificTime(ms: number): string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'America/Los_Angeles',
    dateStyle: 'short',
    timeStyle: 'long',
  });
  const [date, time, zone] = format.format(ms).split(' ');
  return `${date}T${time}${zone === 'GMT−7' ? '-07:00' : '-08:00'}`;
}

export type TaskView = 'BASIC' | 'FULL';

export function parseView(value: string | number | undefined): TaskView {
  return value === 'FULL' ? 'FULL' : 'BASIC';
}

export function taskToMessage(parent: string, task: Task, view: TaskView): object {
  const { target } = task;
  const headers = Object.entries(target.headers).filter(([name]) => name.toLowerCase() !== 'user-agent');
  return {
    name: `${parent}/tasks/${task.id}`,
    httpRequest: {
      url: target.url,
      httpMethod: target.httpMethod,
      headers: { 'User-Agent': 'Google-Cloud-Tasks', ...Object.fromEntries(headers) },
      ...(view === 'FULL' && target.body.length > 0 ? { body: target.body } : {}),
      ...(target.oidcToken ? { oidcToken: target.oidcToken } : {}),
      ...(target.oauthToken ? { oauthToken: target.oauthToken } : {}),
    },
    scheduleTime: toTime(task.scheduledAtMs),
    createTime: { seconds: Math.floor(task.createdAtMs / 1000) },
    dispatchDeadline: toTime(task.dispatchDeadlineMs),
    dispatchCount: task.dispatchCount,
    responseCount: task.responseCount,
    ...(task.firstAttempt
      ? { firstAttempt: { dispatchTime: toTime(task.firstAttempt.dispatchedAtMs) } }
      : {}),
    ...(task.lastAttempt ? { lastAttempt: attemptToMessage(task.lastAttempt) } : {}),
    view,
  };
}

function attemptToMessage(attempt: AttemptRecord): object {
  return {
    scheduleTime: toTime(attempt.scheduledAtMs),
    dispatchTime: toTime(attempt.dispatchedAtMs),
    ...(attempt.respondedAtMs === undefined ? {} : { responseTime: toTime(attempt.respondedAtMs) }),
    ...(attempt.result ? { responseStatus: resultToStatus(attempt.result) } : {}),
  };
}

/** A google.rpc.Status: what the worker answered, in the service's words. */
function resultToStatus(result: AttemptResult): { code: number; message: string } {
  switch (result.kind) {
    case 'answered': {
      const name = statusOf(result.status);
      return {
        code: CODES[name],
        message: `${name}(${CODES[name]}): HTTP status code ${result.status}`,
      };
    }
    case 'unreachable':
      return { code: 14, message: `UNAVAILABLE(14): ${result.reason}` };
    case 'deadline':
      return { code: 4, message: 'DEADLINE_EXCEEDED(4): no answer within the dispatch deadline' };
  }
}

function statusOf(httpStatus: number): StatusName {
  if (httpStatus === 409) return 'ALREADY_EXISTS';
  return httpStatus < 400 ? 'UNKNOWN' : statusFromHttp(httpStatus);
}
