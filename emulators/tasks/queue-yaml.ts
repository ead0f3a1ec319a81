// Reads queue.yaml, the App Engine format that `gcloud app deploy queue.yaml` takes.
// https://cloud.google.com/appengine/docs/standard/python/config/queueref
import { parse } from 'yaml';
import { z } from 'zod';
import { DEFAULT_QUEUE_CONFIG, findConfigError } from './queue-config.ts';
import type { QueueConfig } from './queue-config.ts';

const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
type Unit = keyof typeof UNIT_SECONDS;

const queueSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9-]{1,100}$/, 'must be letters, digits and hyphens, at most 100'),
  rate: z.string().regex(/^\d+(\.\d+)?\/[smhd]$/, 'must look like 10/s, 300/m, 5/h or 1/d'),
  bucket_size: z.number().int().min(1).max(500).optional(),
  max_concurrent_requests: z.number().int().min(1).optional(),
  mode: z.literal('push', 'is not supported: only push queues are').optional(),
  target: z.string().optional(),
  retry_parameters: z
    .strictObject({
      task_retry_limit: z.number().int().min(0).optional(),
      task_age_limit: z
        .string()
        .regex(/^\d+(\.\d+)?[smhd]$/, 'must look like 30s, 5m, 2h or 1d')
        .optional(),
      min_backoff_seconds: z.number().min(0).optional(),
      max_backoff_seconds: z.number().min(0).optional(),
      max_doublings: z.number().int().min(0).optional(),
    })
    .optional(),
});

const fileSchema = z.strictObject({
  queue: z.array(queueSchema),
  total_storage_limit: z.string().optional(),
});

export interface NamedQueueConfig extends QueueConfig {
  readonly name: string;
}

/** Throws an error that names the file, the field and the rule. */
export function parseQueueYaml(text: string, file = 'queue.yaml'): NamedQueueConfig[] {
  const parsed = fileSchema.safeParse(parse(text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new Error(`Cannot read ${file}: ${issue.path.join('.') || 'file'}: ${issue.message}`);
  }
  const seen = new Set<string>();
  return parsed.data.queue.map((queue) => {
    if (seen.has(queue.name)) throw new Error(`Cannot read ${file}: queue "${queue.name}" is there twice`);
    seen.add(queue.name);
    const config = toConfig(queue);
    const error = findConfigError(config);
    if (error) throw new Error(`Cannot read ${file}: queue "${queue.name}": ${error}`);
    return { name: queue.name, ...config };
  });
}

function toConfig(queue: z.output<typeof queueSchema>): QueueConfig {
  const retry = queue.retry_parameters ?? {};
  const defaults = DEFAULT_QUEUE_CONFIG.retryConfig;
  return {
    rateLimits: {
      maxDispatchesPerSecond: perSecond(queue.rate),
      maxBurstSize: queue.bucket_size ?? 5,
      maxConcurrentDispatches:
        queue.max_concurrent_requests ?? DEFAULT_QUEUE_CONFIG.rateLimits.maxConcurrentDispatches,
    },
    retryConfig: {
      // The file counts retries, the API attempts: the first attempt comes on top.
      maxAttempts: retry.task_retry_limit === undefined ? -1 : retry.task_retry_limit + 1,
      maxRetryDurationMs: retry.task_age_limit === undefined ? 0 : durationMs(retry.task_age_limit),
      minBackoffMs: toMs(retry.min_backoff_seconds, defaults.minBackoffMs),
      maxBackoffMs: toMs(retry.max_backoff_seconds, defaults.maxBackoffMs),
      maxDoublings: retry.max_doublings ?? defaults.maxDoublings,
    },
    samplingRatio: DEFAULT_QUEUE_CONFIG.samplingRatio,
  };
}

function perSecond(rate: string): number {
  const [count, unit] = rate.split('/') as [string, Unit];
  return Number(count) / UNIT_SECONDS[unit];
}

function durationMs(text: string): number {
  return Number(text.slice(0, -1)) * UNIT_SECONDS[text.slice(-1) as Unit] * 1000;
}

function toMs(seconds: number | undefined, fallbackMs: number): number {
  return seconds === undefined ? fallbackMs : Math.round(seconds * 1000);
}
