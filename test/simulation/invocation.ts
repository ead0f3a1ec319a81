// One run of a handler, from the platform's side, and what may befall each of its calls.
import type { Failure } from '../../functions/steps/failure.ts';
import { ServiceError } from '../../functions/steps/service-error.ts';
import type { Faults, UserAct } from './faults.ts';
import type { Actor, Invariants } from './invariants.ts';
import type { Scheduler } from './scheduler.ts';
import type { Service } from './troubles.ts';
import type { Call } from './world/call.ts';

export type InvocationKind = 'event' | 'task' | 'sweep' | 'reconcile' | 'replay';

export interface Invocation extends Actor {
  readonly name: string;
  readonly kind: InvocationKind;
  /** What it works on: two with the same do so at once. */
  readonly subject: string;
  readonly generation: number | undefined;
  readonly skewMs: number;
  alive: boolean;
  /** It may throw: a call of it was made to fail. */
  excused: boolean;
  owned: Failure | undefined;
  declareFailed(): void;
  die(): void;
}

export interface CallWorld {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly invariants: Invariants;
  /** The user does something at this very moment. */
  readonly userActs: (act: UserAct) => void;
}

/** A dead invocation's calls never settle. */
export function createCall(
  invocation: Invocation,
  { scheduler, faults, invariants, userActs }: CallWorld,
): Call {
  const { name } = invocation;
  return (service, operation, effect) =>
    new Promise((resolve, reject) => {
      if (!invocation.alive) return;
      const answer = (delayMs: number, settle: () => void) => {
        scheduler.after(delayMs, `${name}: ${operation} answers`, () => {
          if (invocation.alive) settle();
        });
      };
      const fail = (error: unknown) => {
        if (error instanceof ServiceError && excuses(service, invocation.kind)) invocation.excused = true;
        reject(error);
      };
      const perform = (settle: (run: () => void) => void) => {
        let result: ReturnType<typeof effect>;
        invariants.actor = invocation;
        try {
          result = effect();
        } catch (error) {
          return settle(() => fail(error));
        } finally {
          invariants.actor = undefined;
        }
        if (operation === 'get failure') noteOwned(invocation, result as Failure | undefined);
        return settle(() => resolve(result));
      };
      scheduler.after(faults.latency(), `${name}: ${operation}`, () => {
        if (!invocation.alive) return;
        const fault = faults.ofCall(service);
        if (fault !== 'none') scheduler.note(`  ${fault}`);
        switch (fault) {
          case 'none':
            return perform((settle) => settle());
          case 'error before':
            return fail(new ServiceError(faults.trouble(service, operation)));
          case 'error after':
            return perform(() => fail(new ServiceError(faults.trouble(service, operation))));
          case 'crash before':
            return invocation.die();
          case 'crash after':
            return perform(() => invocation.die());
          case 'slow':
            return perform((settle) => answer(faults.slowAnswer(), settle));
          case 'complete':
          case 'edit':
          case 'delete':
            userActs(fault);
            return perform((settle) => settle());
          case 'zombie':
            invocation.declareFailed();
            scheduler.after(faults.slowAnswer(), `${name}: ${operation}, of a zombie`, () => {
              if (invocation.alive) perform((settle) => settle());
            });
        }
      });
    });
}

/**
 * A failed insert is a verdict, and a failed enqueue is left to the sweep: neither may make a handler throw. A
 * reconcile that cannot ask BigQuery what it has ends, and the next one asks again.
 */
function excuses(service: Service, kind: InvocationKind): boolean {
  if (service === 'bigquery') return kind === 'reconcile';
  return service !== 'tasks' || kind === 'sweep';
}

function noteOwned(invocation: Invocation, failure: Failure | undefined): void {
  if (failure?.status === 'pending' && failure.generation === invocation.generation) {
    invocation.owned ??= failure;
  }
}
