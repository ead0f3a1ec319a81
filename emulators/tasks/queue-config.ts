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
  /** Kept and shown: there is no Cloud Logging to write to. */
  readonly samplingRatio: number;
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
  samplingRatio: 0,
};

/** The service chooses the burst from the rate: 100 at the default rate, never less than 10. */
export function burstSizeFor(maxDispatchesPerSecond: number): number {
  return Math.max(10, Math.min(100, Math.ceil(maxDispatchesPerSecond / 5)));
}

/** The first rule that the configuration breaks, in the service's words; undefined when it is sound. */
export function findConfigError({ rateLimits, retryConfig, samplingRatio }: QueueConfig): string | undefined {
  const { maxDispatchesPerSecond, maxConcurrentDispatches } = rateLimits;
  const { maxAttempts, maxRetryDurationMs, minBackoffMs, maxBackoffMs, maxDoublings } = retryConfig;
  const rules: readonly (readonly [broken: boolean, message: string])[] = [
    [maxDispatchesPerSecond < 0, 'RateLimits.maxDispatchesPerSecond cannot be negative.'],
    [maxDispatchesPerSecond === 0, 'RateLimits.maxDispatchesPerSecond must be above 0.'],
    [maxDispatchesPerSecond > 500, 'RateLimits.maxDispatchesPerSecond must be less than or equal to 500.'],
    [maxConcurrentDispatches < 0, 'RateLimits.maxConcurrentDispatches cannot be negative.'],
    [
      maxConcurrentDispatches > 5000,
      'RateLimits.maxConcurrentDispatches must be less than or equal to 5000.',
    ],
    [maxAttempts < -1, 'RetryConfig.maxAttempts must be greater or equal to -1.'],
    [maxRetryDurationMs < 0, 'RetryConfig.maxRetryDuration cannot be negative.'],
    [minBackoffMs < 0, 'RetryConfig.minBackoff cannot be negative.'],
    [maxBackoffMs < 0, 'RetryConfig.maxBackoff cannot be negative.'],
    [
      minBackoffMs > maxBackoffMs,
      'RetryConfig.minBackoff must be less than or equal to RetryConfig.maxBackoff.',
    ],
    [maxDoublings < 0, 'RetryConfig.maxDoublings cannot be negative.'],
    [
      samplingRatio < 0 || samplingRatio > 1,
      'StackdriverLoggingConfig.samplingRatio must be between 0.0 and 1.0.',
    ],
  ];
  return rules.find(([broken]) => broken)?.[1];
}
