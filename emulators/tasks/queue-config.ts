// What a queue is configured with, with the service's defaults.

export interface RateLimits {
  readonly maxDispatchesPerSecond: number;
  readonly maxBurstSize: number;
  readonly maxConcurrentDispatches: number;
}

export interface RetryConfig {
  /** Attempts in all, the first included; -1 is no limit. */
  readonly maxAttempts: number;
  /** Counted from the first attempt; 0 is no limit. */
  readonly maxRetryDurationMs: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly maxDoublings: number;
}

export interface QueueConfig {
  readonly rateLimits: RateLimits;
  readonly retryConfig: RetryConfig;
}

/** Of queues created over the API. https://cloud.google.com/tasks/docs/configuring-queues */
export const DEFAULT_QUEUE_CONFIG: QueueConfig = {
  rateLimits: { maxDispatchesPerSecond: 500, maxBurstSize: 100, maxConcurrentDispatches: 1000 },
  retryConfig: {
    maxAttempts: 100,
    maxRetryDurationMs: 0,
    minBackoffMs: 100,
    maxBackoffMs: 3_600_000,
    maxDoublings: 16,
  },
};

/** The service chooses the burst from the rate: 100 at the default rate, never less than 10. */
export function burstSizeFor(maxDispatchesPerSecond: number): number {
  return Math.max(10, Math.min(100, Math.ceil(maxDispatchesPerSecond / 5)));
}

/** The first rule that the configuration breaks, in words; undefined when it is sound. */
export function findConfigError({ rateLimits, retryConfig }: QueueConfig): string | undefined {
  const rate = rateLimits.maxDispatchesPerSecond;
  if (!(rate > 0 && rate <= 500))
    return `maxDispatchesPerSecond must be above 0 and at most 500, got ${rate}`;
  const concurrent = rateLimits.maxConcurrentDispatches;
  if (!(concurrent >= 1 && concurrent <= 5000)) {
    return `maxConcurrentDispatches must be 1 to 5000, got ${concurrent}`;
  }
  const { maxAttempts, minBackoffMs, maxBackoffMs, maxDoublings } = retryConfig;
  if (maxAttempts < -1 || maxAttempts === 0) {
    return `maxAttempts must be positive, or -1 for no limit, got ${maxAttempts}`;
  }
  if (minBackoffMs > maxBackoffMs) {
    return `minBackoff (${minBackoffMs / 1000}s) must not exceed maxBackoff (${maxBackoffMs / 1000}s)`;
  }
  if (maxDoublings < 0) return `maxDoublings must not be negative, got ${maxDoublings}`;
  return undefined;
}
