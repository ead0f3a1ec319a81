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
  | { readonly kind: 'event'; readonly eventType: string; readonly retry: boolean };

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

/** The name of a trigger in paths; the 0 is its generation, which only firebase-tools ever raises. */
export function backendKey({ region, name }: Backend): string {
  return `${region}-${name}-0`;
}

/** Events and schedules are posted to triggers; the rest is called by its name. */
export function backendPath(backend: Backend, project: string): string {
  const { kind } = backend.trigger;
  return kind === 'firestore' || kind === 'event' || kind === 'schedule'
    ? `/functions/projects/${project}/triggers/${backendKey(backend)}`
    : `/${project}/${backend.region}/${backend.name}`;
}
