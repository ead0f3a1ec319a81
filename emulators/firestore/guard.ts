// What happens to every call, whatever its transport, before its method sees it: is the caller allowed, and
// did somebody ask for a fault.
import type { Fault, Faults } from '../shared/faults.ts';
import { isStatusName, StatusError, statusFromHttp } from './status.ts';

/** Thrown when a fault wants the connection cut instead of an answer. */
export class Dropped extends Error {}

/** Security rules are not evaluated, so whoever is not the owner is refused rather than let in. */
export function authorize(authorization: string | undefined): void {
  if (authorization?.toLowerCase() === 'bearer owner') return;
  throw new StatusError(
    'PERMISSION_DENIED',
    'Security rules are not evaluated by this emulator: send "authorization: Bearer owner", as the server ' +
      'client libraries do when FIRESTORE_EMULATOR_HOST is set.',
  );
}

export interface Guard {
  /** Throws when the fault is to hit before anything is done. */
  before(): void;
  /** Throws when the fault is to hit after the call was applied. */
  after(): void;
}

export async function takeFault(faults: Faults, method: string): Promise<Guard> {
  const fault = await faults.take('firestore', method);
  return {
    before: () => hit(fault, 'before'),
    after: () => hit(fault, 'after'),
  };
}

function hit(fault: Fault | undefined, phase: Fault['phase']): void {
  if (!fault || fault.phase !== phase) return;
  if (fault.drop) throw new Dropped();
  if (!fault.error) return;
  const { status, reason = '', message } = fault.error;
  throw new StatusError(isStatusName(reason) ? reason : statusFromHttp(status), message);
}
