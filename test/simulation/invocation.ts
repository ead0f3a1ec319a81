// One run of a handler, from the platform's side.
import type { Failure } from '../../functions/steps/failure.ts';
import type { Edition } from './editions.ts';
import type { Actor } from './invariants.ts';
import type { Service } from './troubles.ts';

export type InvocationKind = 'event' | 'task' | 'sweep' | 'reconcile' | 'replay' | 'request' | 'erase';

export interface Invocation extends Actor {
  readonly name: string;
  readonly kind: InvocationKind;
  /** What it works on: two with the same do so at once. */
  readonly subject: string;
  readonly generation: number | undefined;
  readonly edition: Edition;
  alive: boolean;
  /** It may throw: a call of it was made to fail. */
  excused: boolean;
  owned: Failure | undefined;
  declareFailed(): void;
  die(): void;
}

/**
 * A failed insert is a verdict, and a failed enqueue is left to the sweep: neither may make a handler throw. A
 * reconcile that cannot ask BigQuery what it has ends, and the next one asks again; so does an erasure.
 */
export function excuses(service: Service, kind: InvocationKind): boolean {
  if (service === 'bigquery') return kind === 'reconcile' || kind === 'erase';
  return service !== 'tasks' || kind === 'sweep' || kind === 'erase';
}

export function noteOwned(invocation: Invocation, failure: Failure | undefined): void {
  if (failure?.status === 'pending' && failure.generation === invocation.generation) {
    invocation.owned ??= failure;
  }
}
