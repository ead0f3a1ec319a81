// Tasks as the REST API shows and takes them. The body is shown in the FULL view only.
import { z } from 'zod';
import { ApiError, statusName } from './api-error.ts';
import { camelKeys, formatDuration, formatTime, parseDurationMs } from './json-types.ts';
import type { AttemptRecord, AttemptResult, HttpTarget, NewTask, Task } from './queue.ts';

const METHODS = ['POST', 'GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;
const WITH_BODY: readonly string[] = ['POST', 'PUT', 'PATCH'];
const MIN_DEADLINE_MS = 15_000;
const MAX_DEADLINE_MS = 1_800_000;
const DEFAULT_DEADLINE_MS = 600_000;
const MAX_SCHEDULE_AHEAD_MS = 30 * 86_400_000;
const MAX_TASK_BYTES = 1_048_576;
const MAX_URL_LENGTH = 2083;

/** Clients that ask for numeric enums send the number: 0 is "unspecified", 1 is POST. */
const httpMethod = z
  .union([z.enum(METHODS), z.literal('HTTP_METHOD_UNSPECIFIED'), z.int().min(0).max(METHODS.length)])
  .transform((value): (typeof METHODS)[number] => {
    if (typeof value === 'number') return METHODS[Math.max(0, value - 1)]!;
    return value === 'HTTP_METHOD_UNSPECIFIED' ? 'POST' : value;
  });

const httpRequestSchema = z.object({
  url: z
    .string()
    .max(MAX_URL_LENGTH)
    .regex(/^https?:\/\/[^/]/, 'must begin with http:// or https://'),
  httpMethod: httpMethod.default('POST'),
  headers: z.record(z.string(), z.string()).default({}),
  body: z
    .string()
    .regex(/^[A-Za-z0-9+/_-]*={0,2}$/, 'must be base64')
    .default(''),
  oidcToken: z.object({ serviceAccountEmail: z.string().min(1), audience: z.string().optional() }).nullish(),
  oauthToken: z.object({ serviceAccountEmail: z.string().min(1), scope: z.string().optional() }).nullish(),
});

const taskSchema = z.object({
  name: z.string().optional(),
  httpRequest: httpRequestSchema.nullish(),
  appEngineHttpRequest: z.unknown().optional(),
  scheduleTime: z.string().nullish(),
  dispatchDeadline: z.string().nullish(),
});

export interface TaskContext {
  /** Full name of the queue. */
  readonly parent: string;
  readonly nowMs: number;
  /** Stands in for an empty url. */
  readonly defaultUrl: string | undefined;
}

/** Throws ApiError. */
export function parseTask(body: unknown, { parent, nowMs, defaultUrl }: TaskContext): NewTask {
  const parsed = taskSchema.safeParse(withUrl(camelKeys(body), defaultUrl));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw invalid(`Invalid value at 'task.${issue.path.join('.')}': ${issue.message}`);
  }
  const { name, httpRequest, appEngineHttpRequest, scheduleTime, dispatchDeadline } = parsed.data;
  if (appEngineHttpRequest) throw new ApiError('UNIMPLEMENTED', 'Task.appEngineHttpRequest is not emulated');
  if (!httpRequest) throw invalid('Task.message_type is required: set httpRequest');
  const target = toTarget(httpRequest);
  if (JSON.stringify(target.headers).length + target.url.length + target.body.length > MAX_TASK_BYTES) {
    throw invalid(`Task size too large: a task must be at most ${MAX_TASK_BYTES} bytes`);
  }
  const deadlineMs = parseDeadline(dispatchDeadline);
  const scheduledAtMs = parseScheduleTime(scheduleTime, nowMs);
  return {
    target,
    dispatchDeadlineMs: deadlineMs,
    ...(name ? { id: parseTaskId(name, parent) } : {}),
    ...(scheduledAtMs === undefined ? {} : { scheduledAtMs }),
  };
}

function withUrl(task: unknown, url: string | undefined): unknown {
  const { httpRequest } = (task ?? {}) as { httpRequest?: { url?: unknown } | null };
  if (url === undefined || !httpRequest || httpRequest.url !== '') return task;
  return { ...(task as object), httpRequest: { ...httpRequest, url } };
}

function toTarget(request: z.output<typeof httpRequestSchema>): HttpTarget {
  const { url, headers, oidcToken, oauthToken } = request;
  const body = Buffer.from(request.body, 'base64');
  if (body.length > 0 && !WITH_BODY.includes(request.httpMethod)) {
    throw invalid(`HttpRequest.body is not allowed with method ${request.httpMethod}`);
  }
  return {
    url,
    httpMethod: request.httpMethod,
    headers,
    body,
    ...(oidcToken
      ? {
          oidcToken: {
            serviceAccountEmail: oidcToken.serviceAccountEmail,
            ...(oidcToken.audience ? { audience: oidcToken.audience } : {}),
          },
        }
      : {}),
    ...(oauthToken
      ? {
          oauthToken: {
            serviceAccountEmail: oauthToken.serviceAccountEmail,
            ...(oauthToken.scope ? { scope: oauthToken.scope } : {}),
          },
        }
      : {}),
  };
}

function parseTaskId(name: string, parent: string): string {
  const prefix = `${parent}/tasks/`;
  const id = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  if (/^[A-Za-z0-9_-]{1,500}$/.test(id)) return id;
  throw invalid(
    `Task name must be formatted: "${prefix}<TASK_ID>" with TASK_ID of at most 500 letters, digits, hyphens and underscores`,
  );
}

function parseDeadline(text: string | null | undefined): number {
  if (!text) return DEFAULT_DEADLINE_MS;
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms >= MIN_DEADLINE_MS && ms <= MAX_DEADLINE_MS) return ms;
  throw invalid('Task.dispatchDeadline must be between [15s, 30m]');
}

function parseScheduleTime(text: string | null | undefined, nowMs: number): number | undefined {
  if (!text) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw invalid('Task.scheduleTime must be an RFC 3339 time');
  if (ms > nowMs + MAX_SCHEDULE_AHEAD_MS) {
    throw invalid('The task cannot be created because Task.scheduleTime is more than 30 days in the future');
  }
  return ms;
}

export type TaskView = 'BASIC' | 'FULL';

/** The view as clients send it: its name, or its number. */
export function parseView(value: string | number | null | undefined): TaskView {
  return value === 'FULL' || Number(value) === 2 ? 'FULL' : 'BASIC';
}

export function taskToJson(parent: string, task: Task, view: TaskView): Record<string, unknown> {
  const { target } = task;
  const body = view === 'FULL' && target.body.length > 0 ? { body: target.body.toString('base64') } : {};
  return {
    name: `${parent}/tasks/${task.id}`,
    httpRequest: {
      url: target.url,
      httpMethod: target.httpMethod,
      headers: { 'User-Agent': 'Google-Cloud-Tasks', ...target.headers },
      ...body,
      ...(target.oidcToken ? { oidcToken: target.oidcToken } : {}),
      ...(target.oauthToken ? { oauthToken: target.oauthToken } : {}),
    },
    scheduleTime: formatTime(task.scheduledAtMs),
    createTime: formatTime(Math.floor(task.createdAtMs / 1000) * 1000),
    dispatchDeadline: formatDuration(task.dispatchDeadlineMs),
    dispatchCount: task.dispatchCount,
    responseCount: task.responseCount,
    ...(task.firstAttempt
      ? { firstAttempt: { dispatchTime: formatTime(task.firstAttempt.dispatchedAtMs) } }
      : {}),
    ...(task.lastAttempt ? { lastAttempt: attemptToJson(task.lastAttempt) } : {}),
    view,
  };
}

function attemptToJson(attempt: AttemptRecord): Record<string, unknown> {
  return {
    scheduleTime: formatTime(attempt.scheduledAtMs),
    dispatchTime: formatTime(attempt.dispatchedAtMs),
    ...(attempt.respondedAtMs === undefined ? {} : { responseTime: formatTime(attempt.respondedAtMs) }),
    ...(attempt.result ? { responseStatus: resultToStatus(attempt.result) } : {}),
  };
}

const GRPC_CODES: Record<string, number> = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
};

/** A google.rpc.Status: what the worker answered, in the service's words. */
function resultToStatus(result: AttemptResult): { code: number; message: string } {
  switch (result.kind) {
    case 'answered': {
      const name = statusName(result.status);
      return {
        code: GRPC_CODES[name] ?? 2,
        message: `${name}(${GRPC_CODES[name] ?? 2}): HTTP status code ${result.status}`,
      };
    }
    case 'unreachable':
      return { code: 14, message: `UNAVAILABLE(14): ${result.reason}` };
    case 'deadline':
      return { code: 4, message: 'DEADLINE_EXCEEDED(4): no answer within the dispatch deadline' };
  }
}

function invalid(message: string): ApiError {
  return new ApiError('INVALID_ARGUMENT', message);
}
