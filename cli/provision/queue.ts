// The retry queue as a part of the set-up: queue.yaml says how it should be, Cloud Tasks' API how it is. A paused queue
// stays paused: somebody paused it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { parseQueueYaml, type NamedQueueConfig } from '../../emulators/tasks/queue-yaml.ts';
import type { Api } from './api.ts';
import { definePart, SetUpError, type AnyPart, type Change, type Step } from './part.ts';

/** What the API can set, as it names it; durations as it writes them: `3600s`. */
export interface QueueSettings {
  readonly rateLimits: {
    readonly maxDispatchesPerSecond: number;
    readonly maxConcurrentDispatches: number;
  };
  readonly retryConfig: {
    readonly maxAttempts: number;
    readonly maxRetryDuration: string;
    readonly minBackoff: string;
    readonly maxBackoff: string;
    readonly maxDoublings: number;
  };
}

export interface FoundQueue extends QueueSettings {
  readonly state: string;
}

export interface QueueEdit {
  /** Paths of an update mask; none for a queue that has to be made. */
  readonly mask: readonly string[];
}

const QUEUE_YAML = path.join(import.meta.dirname, '..', '..', 'queue.yaml');

const duration = z
  .string()
  .regex(/^\d+(\.\d+)?s$/)
  .default('0s')
  .transform((text) => toDuration(Number(text.slice(0, -1)) * 1000));

const queueSchema = z.object({
  rateLimits: z
    .object({ maxDispatchesPerSecond: z.number().default(0), maxConcurrentDispatches: z.number().default(0) })
    .prefault({}),
  retryConfig: z
    .object({
      maxAttempts: z.number().default(0),
      maxRetryDuration: duration,
      minBackoff: duration,
      maxBackoff: duration,
      maxDoublings: z.number().default(0),
    })
    .prefault({}),
  state: z.string(),
});

/** Throws a SetUpError when queue.yaml does not name the queue. */
export function readWantedQueue(name: string): QueueSettings {
  const queue = parseQueueYaml(readFileSync(QUEUE_YAML, 'utf8')).find((entry) => entry.name === name);
  if (!queue)
    throw new SetUpError(`SYNC_QUEUE names "${name}", and queue.yaml has none of that name`, 'add it there');
  return toSettings(queue);
}

function toSettings({ rateLimits, retryConfig }: NamedQueueConfig): QueueSettings {
  const { maxDispatchesPerSecond, maxConcurrentDispatches } = rateLimits; // the service chooses the burst itself
  const { maxAttempts, maxDoublings, maxRetryDurationMs, minBackoffMs, maxBackoffMs } = retryConfig;
  return {
    rateLimits: { maxDispatchesPerSecond, maxConcurrentDispatches },
    retryConfig: {
      maxAttempts,
      maxRetryDuration: toDuration(maxRetryDurationMs),
      minBackoff: toDuration(minBackoffMs),
      maxBackoff: toDuration(maxBackoffMs),
      maxDoublings,
    },
  };
}

function toDuration(ms: number): string {
  return `${Math.round(ms) / 1000}s`;
}

const settingsOf = ({ rateLimits, retryConfig }: QueueSettings): [string, string][] => [
  ...Object.entries(rateLimits).map(([key, value]): [string, string] => [`rateLimits.${key}`, String(value)]),
  ...Object.entries(retryConfig).map(([key, value]): [string, string] => [
    `retryConfig.${key}`,
    String(value),
  ]),
];

export function diffQueue(
  name: string,
  found: FoundQueue | undefined,
  wanted: QueueSettings,
): readonly Step<QueueEdit>[] {
  const what = `queue ${name}`;
  if (!found) {
    const { rateLimits, retryConfig } = wanted;
    const to = `${rateLimits.maxDispatchesPerSecond} a second, ${retryConfig.maxAttempts} attempts`;
    return [{ changes: [{ kind: 'create', what, to }], edit: { mask: [] } }];
  }
  const before = new Map(settingsOf(found));
  const differing = settingsOf(wanted).filter(([key, value]) => before.get(key) !== value);
  const changes = differing.map(([key, to]): Change => ({
    kind: 'set',
    what: `${what} ${key.split('.')[1]}`,
    from: before.get(key),
    to,
  }));
  return [
    ...(changes.length > 0 ? [{ changes, edit: { mask: differing.map(([key]) => key) } }] : []),
    ...(found.state === 'RUNNING'
      ? []
      : [{ changes: [{ kind: 'leave', what, from: found.state, why: 'no retry runs' } satisfies Change] }]),
  ];
}

/** `location`: `projects/P/locations/L`. */
export async function readQueue(api: Api, location: string, name: string): Promise<FoundQueue | undefined> {
  const found = await api.get(`/v2/${location}/queues/${name}`);
  return found === undefined ? undefined : queueSchema.parse(found);
}

export function createQueuePart(api: Api, location: string, name: string): AnyPart {
  const fullName = `${location}/queues/${name}`;
  return definePart<FoundQueue | undefined, QueueEdit>({
    name: 'Cloud Tasks',
    roles: { read: 'roles/cloudtasks.viewer', change: 'roles/cloudtasks.queueAdmin' },
    read: () => readQueue(api, location, name),
    diff: (found) => diffQueue(name, found, readWantedQueue(name)),
    async apply({ mask }) {
      const queue = { name: fullName, ...readWantedQueue(name) };
      if (mask.length === 0) await api.post(`/v2/${location}/queues`, withoutNoLimit(queue));
      else await api.patch(`/v2/${fullName}?updateMask=${mask.join(',')}`, withoutNoLimit(queue));
      return undefined;
    },
  });
}

/** A duration of 0 is no limit, and left out. */
function withoutNoLimit({ retryConfig, ...queue }: QueueSettings & { readonly name: string }): object {
  const { maxRetryDuration, ...rest } = retryConfig;
  return { ...queue, retryConfig: maxRetryDuration === '0s' ? rest : retryConfig };
}
