// Queues as the API takes and shows them.
import { invalidArgument } from '../shared/status.ts';
import { toMs, toTime } from './messages.ts';
import type { QueueMessage } from './messages.ts';
import { burstSizeFor, DEFAULT_QUEUE_CONFIG, findConfigError } from './queue-config.ts';
import type { QueueConfig } from './queue-config.ts';
import type { Queue } from './queue.ts';
import { refuseFields, unimplemented } from './unsupported.ts';

const UNSUPPORTED_FIELDS = [
  'appEngineRoutingOverride',
  'appEngineHttpQueue',
  'httpTarget',
  'taskTtl',
  'tombstoneTtl',
];

/** What can be set of a queue, by its path in an update mask; durations in milliseconds. */
const SETTINGS = [
  'rateLimits.maxDispatchesPerSecond',
  'rateLimits.maxConcurrentDispatches',
  'retryConfig.maxAttempts',
  'retryConfig.maxRetryDuration',
  'retryConfig.minBackoff',
  'retryConfig.maxBackoff',
  'retryConfig.maxDoublings',
  'stackdriverLoggingConfig.samplingRatio',
] as const;
type Settings = Record<(typeof SETTINGS)[number], number>;

const MASKS: ReadonlySet<string> = new Set([
  'name',
  ...SETTINGS,
  ...SETTINGS.map((setting) => setting.split('.')[0]!),
]);

/** Paths of an update mask in either spelling. Throws a StatusError for one that a queue does not have. */
export function parseQueueMask(paths: readonly string[] = []): string[] {
  return paths.map((path) => {
    const field = path.trim().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (MASKS.has(field)) return field;
    if (UNSUPPORTED_FIELDS.includes(field.split('.')[0]!)) throw unimplemented(`Queue.${field}`);
    throw invalidArgument(`Invalid value at 'updateMask': "${path}" cannot be updated`);
  });
}

/**
 * The configuration that `message` asks for: what is absent from it is at its default. With a mask (`rateLimits`,
 * `retryConfig.maxAttempts`, …) only the named settings change, and the others are those of `current`.
 */
export function applyQueueMessage(
  message: QueueMessage,
  current: QueueConfig = DEFAULT_QUEUE_CONFIG,
  mask: readonly string[] = [],
): QueueConfig {
  refuseFields('Queue', message, UNSUPPORTED_FIELDS);
  if (message.type === 'PULL') throw unimplemented('Queue.type PULL');
  const wanted = fromMessage(message);
  const settings = fromConfig(current);
  const defaults = fromConfig(DEFAULT_QUEUE_CONFIG);
  const named = (path: string) => mask.includes(path) || mask.includes(path.split('.')[0]!);
  for (const path of SETTINGS) {
    if (mask.length === 0 || named(path)) settings[path] = wanted[path] ?? defaults[path];
  }
  const config = toConfig(settings);
  const error = findConfigError(config);
  if (error) throw invalidArgument(error);
  return config;
}

/** A number that is 0 is absent, as it is on the wire. */
function fromMessage({ rateLimits, retryConfig, stackdriverLoggingConfig }: QueueMessage): Partial<Settings> {
  const { maxRetryDuration, minBackoff, maxBackoff } = retryConfig ?? {};
  const settings: Partial<Record<keyof Settings, number | undefined>> = {
    'rateLimits.maxDispatchesPerSecond': rateLimits?.maxDispatchesPerSecond || undefined,
    'rateLimits.maxConcurrentDispatches': rateLimits?.maxConcurrentDispatches || undefined,
    'retryConfig.maxAttempts': retryConfig?.maxAttempts || undefined,
    'retryConfig.maxRetryDuration': maxRetryDuration && toMs(maxRetryDuration),
    'retryConfig.minBackoff': minBackoff && toMs(minBackoff),
    'retryConfig.maxBackoff': maxBackoff && toMs(maxBackoff),
    'retryConfig.maxDoublings': retryConfig?.maxDoublings || undefined,
    'stackdriverLoggingConfig.samplingRatio': stackdriverLoggingConfig?.samplingRatio,
  };
  return settings as Partial<Settings>;
}

function fromConfig({ rateLimits, retryConfig, samplingRatio }: QueueConfig): Settings {
  return {
    'rateLimits.maxDispatchesPerSecond': rateLimits.maxDispatchesPerSecond,
    'rateLimits.maxConcurrentDispatches': rateLimits.maxConcurrentDispatches,
    'retryConfig.maxAttempts': retryConfig.maxAttempts,
    'retryConfig.maxRetryDuration': retryConfig.maxRetryDurationMs,
    'retryConfig.minBackoff': retryConfig.minBackoffMs,
    'retryConfig.maxBackoff': retryConfig.maxBackoffMs,
    'retryConfig.maxDoublings': retryConfig.maxDoublings,
    'stackdriverLoggingConfig.samplingRatio': samplingRatio,
  };
}

function toConfig(settings: Settings): QueueConfig {
  const maxDispatchesPerSecond = settings['rateLimits.maxDispatchesPerSecond'];
  return {
    rateLimits: {
      maxDispatchesPerSecond,
      maxBurstSize: burstSizeFor(maxDispatchesPerSecond),
      maxConcurrentDispatches: settings['rateLimits.maxConcurrentDispatches'],
    },
    retryConfig: {
      maxAttempts: settings['retryConfig.maxAttempts'],
      maxRetryDurationMs: settings['retryConfig.maxRetryDuration'],
      minBackoffMs: settings['retryConfig.minBackoff'],
      maxBackoffMs: settings['retryConfig.maxBackoff'],
      maxDoublings: settings['retryConfig.maxDoublings'],
    },
    samplingRatio: settings['stackdriverLoggingConfig.samplingRatio'],
  };
}

export function queueToMessage(name: string, queue: Queue): object {
  const { rateLimits, retryConfig, samplingRatio } = queue.config;
  const { maxRetryDurationMs } = retryConfig;
  return {
    name,
    rateLimits,
    retryConfig: {
      maxAttempts: retryConfig.maxAttempts,
      ...(maxRetryDurationMs > 0 ? { maxRetryDuration: toTime(maxRetryDurationMs) } : {}),
      minBackoff: toTime(retryConfig.minBackoffMs),
      maxBackoff: toTime(retryConfig.maxBackoffMs),
      maxDoublings: retryConfig.maxDoublings,
    },
    state: queue.state,
    ...(queue.purgedAtMs === undefined ? {} : { purgeTime: toTime(queue.purgedAtMs) }),
    ...(samplingRatio > 0 ? { stackdriverLoggingConfig: { samplingRatio } } : {}),
  };
}
