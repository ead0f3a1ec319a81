// How a port reaches its service: every call is a moment at which the world may do anything. The scheduler's
// invocations bring one that breaks; the contract suites bring one that does not.
import type { ServiceErrorDetails } from '../../../functions/steps/service-error.ts';

/** Rejects with a ServiceError; never settles when its invocation is dead. */
export type Call = <T>(
  service: ServiceErrorDetails['service'],
  operation: string,
  effect: () => T,
) => Promise<T>;
