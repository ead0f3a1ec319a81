// Queues as the REST API shows and takes them.
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import { camelKeys, formatDuration, formatTime, parseDurationMs } from './json-types.ts';
import { burstSizeFor, DEFAULT_QUEUE_CONFIG, findConfigError } from './queue-config.ts';
import type { QueueConfig } from './queue-config.ts';
import type { Queue } from './queue.ts';

const duration = z.string().transform((text, context) => {
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms >= 0) return ms;
  context.addIssue({ code: 'custom', message: 'must be a duration such as "3.5s"' });
  return z.NEVER;
});

const queueSchema = z.object({
  name: z.string().optional(),
  rateLimits: z
    .object({
      maxDispatchesPerSecond: z.number().optional(),
      maxConcurrentDispatches: z.number().int().optional(),
    })
    .nullish(),
  retryConfig: z
    .object({
      maxAttempts: z.number().int().optional(),
      maxRetryDuration: duration.optional(),
      minBackoff: duration.optional(),
      maxBackoff: duration.optional(),
      maxDoublings: z.number().int().optional(),
    })
    .nullish(),
});

export type QueueInput = z.output<typeof queueSchema>;

export function parseQueue(body: unknown): QueueInput {
  const parsed = queueSchema.safeParse(camelKeys(body));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new ApiError(
    'INVALID_ARGUMENT',
    `Invalid value at 'queue.${issue.path.join('.')}': ${issue.message}`,
  );
}

const MASKS = new Set([
  'name',
  'rateLimits',
  'rateLimits.maxDispatchesPerSecond',
  'rateLimits.maxConcurrentDispatches',
  'retryConfig',
  'retryConfig.maxAttempts',
  'retryConfig.maxRetryDuration',
  'retryConfig.minBackoff',
  'retryConfig.maxBackoff',
  'retryConfig.maxDoublings',
]);

/** Fields of an updateMask in either spelling. Throws an ApiError for one that a queue does not have. */
export function parseQueueMask(text: string): string[] {
  const paths = text.split(',').filter(Boolean);
  return paths.map((path) => {
    const field = path.trim().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (MASKS.has(field)) return field;
    throw new ApiError('INVALID_ARGUMENT', `Invalid value at 'updateMask': "${path}" cannot be updated`);
  });
}

/**
 * The configuration that `input` asks for, on top of `current`. With a mask (`rateLimits`,
 * `retryConfig.maxAttempts`, …) only the named fields change, and a named field that is absent from the input
 * goes back to its default.
 */
export function applyQueueInput(
  input: QueueInput,
  current: QueueConfig = DEFAULT_QUEUE_CONFIG,
  mask: readonly string[] = [],
): QueueConfig {
  const wanted = (group: string, field: string) =>
    mask.length === 0 || mask.includes(group) || mask.includes(`${group}.${field}`);
  const pick = <T>(group: string, field: string, value: T | undefined, now: T, fallback: T): T =>
    wanted(group, field) ? (value ?? (mask.length === 0 ? now : fallback)) : now;

  const defaults = DEFAULT_QUEUE_CONFIG;
  const rate = input.rateLimits ?? {};
  const maxDispatchesPerSecond = pick(
    'rateLimits',
    'maxDispatchesPerSecond',
    rate.maxDispatchesPerSecond,
    current.rateLimits.maxDispatchesPerSecond,
    defaults.rateLimits.maxDispatchesPerSecond,
  );
  const retry = input.retryConfig ?? {};
  const now = current.retryConfig;
  const base = defaults.retryConfig;
  const config: QueueConfig = {
    rateLimits: {
      maxDispatchesPerSecond,
      maxBurstSize: burstSizeFor(maxDispatchesPerSecond),
      maxConcurrentDispatches: pick(
        'rateLimits',
        'maxConcurrentDispatches',
        rate.maxConcurrentDispatches,
        current.rateLimits.maxConcurrentDispatches,
        defaults.rateLimits.maxConcurrentDispatches,
      ),
    },
    retryConfig: {
      maxAttempts: pick('retryConfig', 'maxAttempts', retry.maxAttempts, now.maxAttempts, base.maxAttempts),
      maxRetryDurationMs: pick(
        'retryConfig',
        'maxRetryDuration',
        retry.maxRetryDuration,
        now.maxRetryDurationMs,
        base.maxRetryDurationMs,
      ),
      minBackoffMs: pick('retryConfig', 'minBackoff', retry.minBackoff, now.minBackoffMs, base.minBackoffMs),
      maxBackoffMs: pick('retryConfig', 'maxBackoff', retry.maxBackoff, now.maxBackoffMs, base.maxBackoffMs),
      maxDoublings: pick(
        'retryConfig',
        'maxDoublings',
        retry.maxDoublings,
        now.maxDoublings,
        base.maxDoublings,
      ),
    },
  };
  const error = findConfigError(config);
  if (error) throw new ApiError('INVALID_ARGUMENT', error);
  return config;
}

export function queueToJson(name: string, queue: Queue): Record<string, unknown> {
  const { rateLimits, retryConfig } = queue.config;
  const { maxRetryDurationMs } = retryConfig;
  return {
    name,
    rateLimits,
    retryConfig: {
      maxAttempts: retryConfig.maxAttempts,
      ...(maxRetryDurationMs > 0 ? { maxRetryDuration: formatDuration(maxRetryDurationMs) } : {}),
      minBackoff: formatDuration(retryConfig.minBackoffMs),
      maxBackoff: formatDuration(retryConfig.maxBackoffMs),
      maxDoublings: retryConfig.maxDoublings,
    },
    state: queue.state,
    ...(queue.purgedAtMs === undefined ? {} : { purgeTime: formatTime(queue.purgedAtMs) }),
  };
}
