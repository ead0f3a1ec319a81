// The queue that a deploy makes for a task function (`onTaskDispatched`), from the function's options.
import { applyQueueInput } from './queue-json.ts';
import type { QueueConfig } from './queue-config.ts';

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

/** Throws an ApiError for limits that the service refuses. */
export function functionQueueConfig({ rateLimits, retryConfig: retry }: FunctionQueue): QueueConfig {
  const ms = (seconds: number | undefined) =>
    seconds === undefined ? undefined : Math.round(seconds * 1000);
  return applyQueueInput({
    rateLimits,
    retryConfig: {
      maxAttempts: retry.maxAttempts ?? DEFAULT_ATTEMPTS,
      maxRetryDuration: ms(retry.maxRetrySeconds),
      minBackoff: ms(retry.minBackoffSeconds),
      maxBackoff: ms(retry.maxBackoffSeconds),
      maxDoublings: retry.maxDoublings,
    },
  });
}
