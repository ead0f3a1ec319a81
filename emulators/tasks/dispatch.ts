// Sends one attempt of a task to its HTTP target, with the headers that the service sets.
// https://cloud.google.com/tasks/docs/creating-http-target-tasks#handler
import http from 'node:http';
import https from 'node:https';
import type { OidcIssuer } from '../shared/oidc.ts';
import type { Attempt, AttemptResult } from './task.ts';

export interface DispatchContext {
  readonly queueId: string;
  readonly issuer: OidcIssuer;
  readonly nowMs: number;
  /** Where a url leads instead, if anywhere else. Tokens and what the API shows keep the task's own url. */
  readonly resolveUrl: (url: string) => string;
  /** Ends the attempt when the emulator closes. */
  readonly signal: AbortSignal;
}

/** Headers that a task cannot set: the service computes them. */
const RESERVED = /^(host|content-length|user-agent|x-google-.*|x-appengine-.*|x-cloudtasks-.*)$/i;

/** Never rejects: what goes wrong on the way is a result too. */
export function dispatch(attempt: Attempt, context: DispatchContext): Promise<AttemptResult> {
  const { task } = attempt;
  // The service takes any url that begins like one; what it leads to shows when the task goes out.
  if (!URL.canParse(task.target.url)) {
    return Promise.resolve({ kind: 'unreachable', reason: 'the url cannot be parsed' });
  }
  const url = new URL(context.resolveUrl(task.target.url));
  return new Promise((resolve) => {
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      method: task.target.httpMethod,
      headers: attemptHeaders(attempt, context),
      // One connection per attempt: a pooled one that the target has just closed would cost the task an attempt.
      agent: false,
      signal: context.signal,
    });
    const deadline = setTimeout(() => {
      resolve({ kind: 'deadline' });
      request.destroy();
    }, task.dispatchDeadlineMs);
    const finish = (result: AttemptResult) => {
      clearTimeout(deadline);
      resolve(result);
    };
    request.on('response', (response) => {
      const retryAfterMs = parseRetryAfter(response.headers['retry-after'], context.nowMs);
      const status = response.statusCode ?? 0;
      response.on('end', () =>
        finish({ kind: 'answered', status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }),
      );
      response.on('error', () => finish({ kind: 'unreachable', reason: 'connection closed' }));
      response.resume();
    });
    request.on('error', (error: NodeJS.ErrnoException) =>
      finish({ kind: 'unreachable', reason: error.code ?? 'connection failed' }),
    );
    request.end(task.target.body);
  });
}

export function attemptHeaders(attempt: Attempt, context: DispatchContext): Record<string, string> {
  const { task, retryCount, executionCount } = attempt;
  const { target } = task;
  const own = Object.entries(target.headers).filter(([name]) => !RESERVED.test(name));
  const hasContentType = own.some(([name]) => name.toLowerCase() === 'content-type');
  const email = target.oidcToken?.serviceAccountEmail;
  const token =
    email === undefined
      ? undefined
      : context.issuer.mint({
          email,
          audience: target.oidcToken?.audience ?? target.url,
          issuedAtMs: context.nowMs,
        });
  return {
    ...Object.fromEntries(token ? own.filter(([name]) => name.toLowerCase() !== 'authorization') : own),
    ...(hasContentType || target.body.length === 0 ? {} : { 'content-type': 'application/octet-stream' }),
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    'user-agent': 'Google-Cloud-Tasks',
    'x-cloudtasks-queuename': context.queueId,
    'x-cloudtasks-taskname': task.id,
    'x-cloudtasks-taskretrycount': String(retryCount),
    'x-cloudtasks-taskexecutioncount': String(executionCount),
    'x-cloudtasks-tasketa': (task.scheduledAtMs / 1000).toFixed(6),
    ...(task.previousStatus === undefined
      ? {}
      : {
          'x-cloudtasks-taskpreviousresponse': String(task.previousStatus),
          // Documented as "the reason for retrying the task"; what comes is empty.
          'x-cloudtasks-taskretryreason': '',
        }),
  };
}

/** Seconds, or an HTTP date. Undefined when absent or neither. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
