// How the virtual services are reached: every call is a moment at which the world may do anything. The scheduler's
// instances bring one that breaks; the contract suites bring one that does not.
import type { Answer } from '../../../functions/services/google-api.ts';
import type { ServiceErrorDetails } from '../../../functions/steps/service-error.ts';

/** Of a port that is virtual itself. Rejects with a ServiceError; never settles when its instance is dead. */
export type Call = <T>(
  service: ServiceErrorDetails['service'],
  operation: string,
  effect: () => T,
) => Promise<T>;

/** What an adapter sends over the network, from the service's side. */
export interface WireRequest<Item> {
  readonly service: ServiceErrorDetails['service'];
  /** The call, in the service's own name. */
  readonly operation: string;
  readonly items: readonly Item[];
  readonly perform: () => Answer;
  /** The effect of these items alone. */
  readonly performSome: (items: readonly Item[]) => void;
  /** Bodies that nobody can read, for this answer; undefined when the request took no effect. */
  readonly unreadable: (answer: Answer | undefined) => readonly unknown[];
  /** Told when the caller is not told what it asked for. `isFinal`: trying again is no use. */
  readonly failed: (isFinal: boolean) => void;
}

/** Rejects with a NoAnswer; never settles when its instance is dead. */
export type Send = <Item>(request: WireRequest<Item>) => Promise<Answer>;
