// The queue that a deploy makes for a task function (`onTaskDispatched`), from the function's options.
import { toTime } from './messages.ts';
import type { QueueConfig } from './queue-config.ts';
import { applyQueueMessage } from './queue-message.ts';

export interface FunctionQueue {
  readonly rateLimits: {
    readonly maxConcurrentDispatches?: number | undefined;
    readonly maxDispatchesPerSecond?: number | undefined;
  };
  readonly retryConfig: {
    readonly maxAttempts?: number | undefined;
    readonly maxRetrySeconds?: number | undefined;
    readonly minBackoffSeconds?: number | undefined;
    readonly maxBackoffSeconds?: number | undefined;
    readonly maxDoublings?: number | undefined;
  };
}

/** What firebase deploy writes where the function says nothing; the API's own default is 100. */
const DEFAULT_ATTEMPTS = 3;

/** Throws a StatusError for limits that the service refuses. */
export function functionQueueConfig({ rateLimits, retryConfig: retry }: FunctionQueue): QueueConfig {
  const duration = (name: string, seconds: number | undefined) =>
    seconds === undefined ? {} : { [name]: toTime(Math.round(seconds * 1000)) };
  return applyQueueMessage({
    rateLimits: defined(rateLimits),
    retryConfig: {
      maxAttempts: retry.maxAttempts ?? DEFAULT_ATTEMPTS,
      ...duration('maxRetryDuration', retry.maxRetrySeconds),
      ...duration('minBackoff', retry.minBackoffSeconds),
      ...duration('maxBackoff', retry.maxBackoffSeconds),
      ...(retry.maxDoublings === undefined ? {} : { maxDoublings: retry.maxDoublings }),
    },
  });
}

/** Without the fields that are present and undefined. */
function defined<Value>(fields: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, Value] => field[1] !== undefined),
  );
}
