// One deployed function in one region, as `GET /backends` lists it.
import type { FunctionUsage } from './usage.ts';

export type BackendTrigger =
  | { readonly kind: 'https'; readonly invoker: readonly string[] }
  | { readonly kind: 'callable' }
  | { readonly kind: 'taskQueue'; readonly rateLimits: TaskRateLimits; readonly retryConfig: TaskRetryConfig }
  | { readonly kind: 'schedule'; readonly schedule: string; readonly timeZone: string }
  | {
      readonly kind: 'firestore';
      readonly eventType: string;
      readonly database: string;
      readonly namespace: string;
      readonly document: string;
      readonly retry: boolean;
    }
  /** Of a source that has no emulator here: it can be posted to. */
  | { readonly kind: 'event'; readonly eventType: string; readonly retry: boolean }
  /** Of a kind that cannot be served at all. */
  | { readonly kind: 'unserved'; readonly what: string };

/** What a function asks of its queue; absent fields are the service's defaults. */
export interface TaskRateLimits {
  readonly maxConcurrentDispatches?: number | undefined;
  readonly maxDispatchesPerSecond?: number | undefined;
}

export interface TaskRetryConfig {
  readonly maxAttempts?: number | undefined;
  readonly maxRetrySeconds?: number | undefined;
  readonly minBackoffSeconds?: number | undefined;
  readonly maxBackoffSeconds?: number | undefined;
  readonly maxDoublings?: number | undefined;
}

export interface Backend {
  readonly name: string;
  readonly region: string;
  /** Event functions of the first are called with `(data, context)`. */
  readonly generation: 1 | 2;
  readonly trigger: BackendTrigger;
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  /** What the function may use in the cloud; not enforced here. */
  readonly availableMemoryMb: number;
  /** Names of the secrets that the function asks for. */
  readonly secrets: readonly string[];
}

export interface ListedBackend extends Backend {
  readonly key: string;
  readonly url: string;
  readonly usage: FunctionUsage;
}

/** Why nothing calls the function here, in words; undefined when something does. */
export function findUnserved({ trigger, generation }: Backend): string | undefined {
  if (trigger.kind === 'unserved') return `${trigger.what} is not emulated`;
  if (trigger.kind !== 'event') return undefined;
  const form = generation === 1 ? '{"data":…,"context":…}' : 'CloudEvents';
  return `nothing here sends ${trigger.eventType}; its trigger takes ${form} by POST`;
}

/** The name of a trigger in paths; the 0 is its generation, which only firebase-tools ever raises. */
export function backendKey({ region, name }: Backend): string {
  return `${region}-${name}-0`;
}

/** Over HTTP at a path of its own; events and schedules are posted to triggers. */
export function isCalledByName({ trigger: { kind } }: Backend): boolean {
  return kind === 'https' || kind === 'callable' || kind === 'taskQueue';
}

export function backendPath(backend: Backend, project: string): string {
  return isCalledByName(backend)
    ? `/${project}/${backend.region}/${backend.name}`
    : `/functions/projects/${project}/triggers/${backendKey(backend)}`;
}
