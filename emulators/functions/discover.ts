// Finds the functions of a module by the `__endpoint` that firebase-functions puts on each, the way a deploy does.
import { z } from 'zod';
import { fromV1Trigger } from '../eventarc/v1-trigger.ts';
import type { Backend, BackendTrigger } from './backend.ts';
import { resolveValue } from './resolve-value.ts';
import type { Environment } from './resolve-value.ts';
import { StartError } from './start-error.ts';

/** A function of the user: its arguments are a matter between it and the framework. */
export type Handler = (...args: never[]) => unknown;

export interface Discovered {
  readonly backends: readonly Backend[];
  readonly handler: Handler;
}

const DEFAULT_REGION = 'us-central1';
const DEFAULT_CONCURRENCY = 80;
const DEFAULT_TIMEOUT_SECONDS = 60;
const DEFAULT_MEMORY_MB = 256;

const oneOrMany = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());

const optionalNumber = z.number().optional();

const endpointSchema = z.object({
  platform: z.string().optional(),
  region: oneOrMany.optional(),
  concurrency: z.number().int().min(1).optional(),
  timeoutSeconds: z.number().min(1).optional(),
  secretEnvironmentVariables: z.array(z.object({ key: z.string() })).optional(),
  httpsTrigger: z.object({ invoker: z.array(z.string()).optional() }).optional(),
  callableTrigger: z.object({}).optional(),
  availableMemoryMb: z.number().positive().optional(),
  taskQueueTrigger: z
    .object({
      rateLimits: z
        .object({ maxConcurrentDispatches: optionalNumber, maxDispatchesPerSecond: optionalNumber })
        .default({}),
      retryConfig: z
        .object({
          maxAttempts: optionalNumber,
          maxRetrySeconds: optionalNumber,
          minBackoffSeconds: optionalNumber,
          maxBackoffSeconds: optionalNumber,
          maxDoublings: optionalNumber,
        })
        .default({}),
    })
    .optional(),
  scheduleTrigger: z.object({ schedule: z.string(), timeZone: z.string().optional() }).optional(),
  blockingTrigger: z.object({ eventType: z.string() }).optional(),
  eventTrigger: z
    .object({
      eventType: z.string(),
      eventFilters: z.record(z.string(), z.string()).default({}),
      eventFilterPathPatterns: z.record(z.string(), z.string()).default({}),
      retry: z.boolean().default(false),
    })
    .optional(),
});

/** By function name; groups (`export const group = { fn }`) are joined with a hyphen. Throws on a bad definition. */
export function discover(module: object, env: Environment, prefix = ''): Map<string, Discovered> {
  const found = new Map<string, Discovered>();
  for (const [key, value] of Object.entries(module) as [string, unknown][]) {
    const name = prefix + key;
    if (typeof value === 'function' && '__endpoint' in value && typeof value.__endpoint === 'object') {
      found.set(name, {
        backends: toBackends(name, value.__endpoint, env),
        handler: value as unknown as Handler,
      });
    } else if (typeof value === 'object' && value !== null && key !== 'default') {
      for (const [inner, entry] of discover(value, env, `${name}-`)) found.set(inner, entry);
    }
  }
  return found;
}

function toBackends(name: string, endpoint: unknown, env: Environment): Backend[] {
  const parsed = endpointSchema.safeParse(resolveValue(endpoint, env));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new StartError(`Cannot load function "${name}": option ${issue.path.join('.')}: ${issue.message}`);
  }
  const options = parsed.data;
  const trigger = toTrigger(name, options);
  const isFirst = options.platform === 'gcfv1';
  return (options.region ?? [DEFAULT_REGION]).map((region) => ({
    name,
    region,
    generation: isFirst ? 1 : 2,
    trigger,
    // In the first generation an instance takes one call at a time, and there are as many as are needed.
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    timeoutSeconds: options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
    availableMemoryMb: options.availableMemoryMb ?? DEFAULT_MEMORY_MB,
    secrets: (options.secretEnvironmentVariables ?? []).map((secret) => secret.key),
  }));
}

function toTrigger(name: string, options: z.output<typeof endpointSchema>): BackendTrigger {
  const { httpsTrigger, callableTrigger, taskQueueTrigger, scheduleTrigger, eventTrigger, blockingTrigger } =
    options;
  if (httpsTrigger) return { kind: 'https', invoker: httpsTrigger.invoker ?? ['public'] };
  if (callableTrigger) return { kind: 'callable' };
  if (taskQueueTrigger) return { kind: 'taskQueue', ...taskQueueTrigger };
  if (scheduleTrigger) {
    const { schedule, timeZone = 'America/Los_Angeles' } = scheduleTrigger;
    return { kind: 'schedule', schedule, timeZone };
  }
  if (blockingTrigger) return { kind: 'unserved', what: `blocking function ${blockingTrigger.eventType}` };
  if (!eventTrigger) return { kind: 'unserved', what: 'a trigger of this kind' };
  const { eventType, eventFilters, eventFilterPathPatterns, retry } = eventTrigger;
  const first = fromV1Trigger(eventType, eventFilters['resource'] ?? '');
  if (first) return { kind: 'firestore', ...first, retry };
  if (!eventType.startsWith('google.cloud.firestore.document.')) return { kind: 'event', eventType, retry };
  const document = eventFilterPathPatterns['document'] ?? eventFilters['document'];
  if (document === undefined)
    throw new StartError(`Cannot load function "${name}": its trigger names no document`);
  return {
    kind: 'firestore',
    eventType,
    database: eventFilters['database'] ?? '(default)',
    namespace: eventFilters['namespace'] ?? '(default)',
    document,
    retry,
  };
}
