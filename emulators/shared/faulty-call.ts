// A call that a fault may hit, before it is applied or after.
import type { Fault, Faults, Service } from './faults.ts';
import { isStatusName, StatusError, statusFromHttp } from './status.ts';

/** Thrown when a fault wants the connection cut instead of an answer. */
export class Dropped extends Error {}

export async function faultyCall<Result>(
  faults: Faults,
  call: { readonly service: Service; readonly method: string; readonly target: string },
  run: () => Result,
): Promise<Awaited<Result>> {
  const fault = await faults.take(call.service, call.method, call.target);
  hit(fault, 'before');
  const result = await run();
  hit(fault, 'after');
  return result;
}

function hit(fault: Fault | undefined, phase: Fault['phase']): void {
  if (fault?.phase !== phase) return;
  if (fault.drop) throw new Dropped();
  if (!fault.error) return;
  const { status, reason = '', message } = fault.error;
  throw new StatusError(isStatusName(reason) ? reason : statusFromHttp(status), message, {
    httpStatus: status,
  });
}
