// When the queue will try again, as Cloud Tasks computes it. Only used to know when a task is overdue: the
// waiting itself is the queue's. A test holds these numbers and queue.yaml together.

export interface RetryPolicy {
  /** The handler's budget; the queue's own limit stands above it. */
  readonly maxAttempts: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly maxDoublings: number;
}

/** Wait before attempt n (1 is the first retry): doubled `maxDoublings` times, then growing linearly, then capped. */
export function backoffMs(attempt: number, policy: RetryPolicy): number {
  const doublings = Math.min(attempt - 1, policy.maxDoublings);
  const step = policy.minBackoffMs * 2 ** doublings;
  const linear = Math.max(0, attempt - 1 - policy.maxDoublings);
  return Math.min(step * (1 + linear), policy.maxBackoffMs);
}
