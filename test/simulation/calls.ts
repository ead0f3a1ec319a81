// One call of an instance to a service, and what may befall it. Every call is a moment at which the world may do
// anything: nothing of it settles in an instance that is dead.
import type { ServiceErrorDetails } from '../../functions/steps/service-error.ts';
import type { Faults, UserAct } from './faults.ts';
import type { Scheduler } from './scheduler.ts';
import type { Service } from './troubles.ts';

/** As the adapters give up: the context's own limit of a call, in ms. */
const TIMEOUT_MS = 20_000;
/** From a closed connection to the request on a new one, in ms. */
const RESENT_AFTER_MS = 5;

/** A call with its effect and its answers. */
export interface Moment<T> {
  readonly service: Service;
  readonly operation: string;
  /** Who calls, as the timeline says it. */
  readonly by: string;
  /** Has the effect; returns the answer, or throws it. */
  readonly perform: () => T;
  /** What the caller is told when the service fails; may throw. */
  readonly fail: (trouble: ServiceErrorDetails) => T;
  /** Of a request over the network alone. */
  readonly wire?: {
    /** Some of the effect. */
    readonly performPart: () => void;
    /** An answer that nobody can read; without one the effect did not happen. */
    readonly garble: (answer: T | undefined) => T;
    /** The caller has waited long enough, whatever becomes of the effect. */
    readonly timeOut: () => T;
  };
}

export type Caller = <T>(moment: Moment<T>) => Promise<T>;

export interface CallWorld {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  /** The user does something at this very moment. */
  readonly userActs: (act: UserAct) => void;
}

/** Who calls: all that it runs lives and dies with it. */
export interface Mortal {
  readonly alive: boolean;
  die(): void;
  /** The platform believes that all of it failed, while the code runs on. */
  declareFailed(): void;
}

export function createCaller(instance: Mortal, { scheduler, faults, userActs }: CallWorld): Caller {
  return <T>({ service, operation, by, perform, fail, wire }: Moment<T>) =>
    new Promise<T>((resolve, reject) => {
      if (!instance.alive) return;
      const settle = (answer: () => T) => {
        try {
          const value = answer();
          if (instance.alive) resolve(value);
        } catch (error) {
          if (instance.alive) reject(error);
        }
      };
      const later = (ms: number, label: string, run: () => void) =>
        scheduler.after(ms, `${by}: ${label}`, () => {
          if (instance.alive) run();
        });
      const failed = () => fail(faults.trouble(service, operation));

      const latencyMs = faults.latency();
      const isTooSlow = wire !== undefined && latencyMs > TIMEOUT_MS;
      if (isTooSlow) later(TIMEOUT_MS, `${operation} times out`, () => settle(() => wire.timeOut()));
      scheduler.after(latencyMs, `${by}: ${operation}`, () => {
        if (!instance.alive) {
          if (wire && faults.strikes('requestsOutlive')) perform();
          return;
        }
        if (isTooSlow) return void perform();
        const fault = faults.ofCall(service, wire !== undefined);
        if (fault !== 'none') scheduler.note(`  ${fault}`);
        switch (fault) {
          case 'none':
            return settle(perform);
          case 'error before':
          case 'down':
            return settle(failed);
          case 'error after':
            perform();
            return settle(failed);
          case 'in part':
            wire?.performPart();
            return settle(failed);
          case 'garbled':
            return settle(() => wire!.garble(faults.either() ? perform() : undefined));
          case 'sent twice':
            perform();
            return later(RESENT_AFTER_MS, `${operation}, sent again`, () => settle(perform));
          case 'crash before':
            return instance.die();
          case 'crash after':
            perform();
            return instance.die();
          case 'slow': {
            const ended = attempt(perform);
            return later(faults.slowAnswer(), `${operation} answers`, () => settle(ended));
          }
          case 'complete':
          case 'edit':
          case 'delete':
            userActs(fault);
            return settle(perform);
          case 'zombie':
            instance.declareFailed();
            return later(faults.slowAnswer(), `${operation}, of a zombie`, () => settle(perform));
        }
      });
    });
}

/** Does it now, and tells how it ended when asked. */
function attempt<T>(work: () => T): () => T {
  try {
    const value = work();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
