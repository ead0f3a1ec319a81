// Runs the handlers as the platform does: any number at once, each with a context of its own, whose every call may
// fail, stall, or be the last thing that the invocation does.
import type { Context } from '../../functions/context.ts';
import { reconcile } from '../../functions/handlers/reconcile/reconcile.ts';
import { retryFailure } from '../../functions/handlers/retry-failure.ts';
import { sweepFailures } from '../../functions/handlers/sweep-failures.ts';
import { syncCompleted } from '../../functions/handlers/sync-completed.ts';
import type { Pipeline } from '../../functions/pipelines/pipeline.ts';
import { sessions } from '../../functions/pipelines/sessions.ts';
import type { ClaimCheck } from '../../functions/services/retry-queue.ts';
import type { Failure } from '../../functions/steps/failure.ts';
import { KeyError, type Keyring } from '../../functions/steps/pseudonym-key.ts';
import { ServiceError } from '../../functions/steps/service-error.ts';
import { withoutData } from '../../functions/steps/unexpected-error.ts';
import type { Faults } from './faults.ts';
import { MAX_ATTEMPTS, type Invariants, type Key } from './invariants.ts';
import type { Scheduler } from './scheduler.ts';
import { createVirtualRowIndex, createVirtualRowSink, type VirtualBigQuery } from './world/bigquery.ts';
import type { Call } from './world/call.ts';
import {
  createVirtualCompletedDocuments,
  createVirtualDeadLetters,
  createVirtualDocuments,
  createVirtualReports,
  type VirtualFirestore,
} from './world/firestore.ts';
import { createVirtualRetryQueue, type VirtualQueue } from './world/tasks.ts';

type Loosely<Handler extends (...args: never) => Promise<unknown>> = (
  ...args: Parameters<Handler>
) => Promise<unknown>;

export interface Handlers {
  readonly syncCompleted: Loosely<typeof syncCompleted>;
  readonly retryFailure: typeof retryFailure;
  readonly sweepFailures: Loosely<typeof sweepFailures>;
  readonly reconcile: Loosely<typeof reconcile>;
}

/** A deliberately broken edition of the code, for the bug zoo. */
export interface Variant {
  readonly handlers?: Partial<Handlers>;
  /** What the handlers get instead of the context. */
  readonly wrap?: (context: Context, kind: InvocationKind) => Context;
  /** How tasks are named. */
  readonly nameOf?: (claim: ClaimCheck) => string;
}

export type InvocationKind = 'event' | 'task' | 'sweep' | 'reconcile';

export interface Services {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly invariants: Invariants;
  readonly firestore: VirtualFirestore;
  readonly bigquery: VirtualBigQuery;
  readonly queue: VirtualQueue;
  readonly keys: readonly Key[];
}

const pipelines = new Map<string, Pipeline>([[sessions.name, sessions]]);
const retry = { maxAttempts: MAX_ATTEMPTS, minBackoffMs: 1_000, maxBackoffMs: 3_600_000, maxDoublings: 5 };

export class Platform {
  readonly handlers: Handlers;
  readonly #variant: Variant;
  readonly #services: Services;
  readonly #keyBytes: ReadonlyMap<number, Buffer>;
  #started = 0;
  #alive = 0;

  constructor(services: Services, variant: Variant = {}) {
    this.#services = services;
    this.#variant = variant;
    this.handlers = { syncCompleted, retryFailure, sweepFailures, reconcile, ...variant.handlers };
    this.#keyBytes = new Map(services.keys.map(({ version, secret }) => [version, Buffer.from(secret)]));
  }

  /** Invocations whose code still runs, zombies too. */
  get alive(): number {
    return this.#alive;
  }

  /** `ended` is told once what the platform believes: the result, or undefined for a failure. */
  start<T>(
    kind: InvocationKind,
    work: (context: Context) => Promise<T>,
    ended: (result: { readonly value: T } | undefined) => void,
    generation?: number,
  ): void {
    const { scheduler, invariants, faults } = this.#services;
    let told = false;
    const tell = (result: { readonly value: T } | undefined) => {
      if (!result) invariants.anyDied = true;
      if (!told) ended(result);
      told = true;
    };
    const invocation: Invocation = {
      name: `${kind} ${++this.#started}`,
      kind,
      generation,
      skewMs: faults.skewMs(),
      alive: true,
      excused: false,
      owned: undefined,
      declareFailed: () => tell(undefined),
      die: () => {
        invocation.alive = false;
        this.#alive--;
        tell(undefined);
      },
    };
    this.#alive++;
    scheduler.note(
      `${invocation.name} starts${generation === undefined ? '' : ` (generation ${generation})`}`,
    );
    const context = this.#contextOf(invocation);
    withoutData(() => work(context)).then(
      (value) => {
        if (!invocation.alive) return;
        invocation.alive = false;
        this.#alive--;
        scheduler.note(`${invocation.name} ends`);
        tell({ value });
      },
      (error: unknown) => {
        if (!invocation.alive) return;
        invocation.alive = false;
        this.#alive--;
        scheduler.note(`${invocation.name} throws ${String(error)}`);
        invariants.threw(error, invocation.excused);
        tell(undefined);
      },
    );
  }

  #contextOf(invocation: Invocation): Context {
    const { scheduler, faults, invariants, firestore, bigquery, queue, keys } = this.#services;
    const call = this.#callOf(invocation);
    const rowSink = createVirtualRowSink(bigquery, call);
    const context: Context = {
      pipelines,
      retry,
      reconcile: { maxReads: 10_000, verifyReads: 100, maxMs: 300_000, settleMs: 900_000 },
      keyring: this.#keyringOf(invocation, keys),
      rowSink: {
        insert: (table, rows) => {
          if (invocation.kind === 'task' && !invocation.owned) {
            invariants.violate('a row sent by a task that does not own the failure');
          }
          for (const row of rows) invariants.rowSent(table, row, invocation.owned);
          return rowSink.insert(table, rows);
        },
      },
      retryQueue: createVirtualRetryQueue(queue, call, this.#variant.nameOf),
      deadLetters: createVirtualDeadLetters(firestore, call, {
        apart: faults.has('transactionAborts'),
        isStale: () => faults.strikes('staleQueries') > 0,
      }),
      documents: createVirtualDocuments(firestore, call),
      completedDocuments: createVirtualCompletedDocuments(firestore, call),
      rowIndex: createVirtualRowIndex(bigquery, call),
      reports: createVirtualReports(firestore, call),
      taskTokens: { identify: () => call('oidc', 'get certificates', () => 'queue' as const) },
      now: () => new Date(scheduler.now + invocation.skewMs),
      log: (severity, message, fields) => {
        scheduler.note(
          `${invocation.name} logs ${severity} ${message}${fields.reason ? `: ${fields.reason}` : ''}`,
        );
        invariants.logged(message, fields);
      },
    };
    return this.#variant.wrap?.(context, invocation.kind) ?? context;
  }

  #keyringOf(invocation: Invocation, keys: readonly Key[]): Keyring {
    const { scheduler, faults } = this.#services;
    const get = (version: number) => {
      const bytes = this.#keyBytes.get(version);
      if (faults.secretIsMissing() || !bytes) {
        invocation.excused = true;
        throw new KeyError('is missing');
      }
      return { version, bytes };
    };
    return {
      get all() {
        return keys.map(({ version }) => get(version));
      },
      get active() {
        return get(scheduler.now >= faults.keyRotatedAt ? keys.length : 1);
      },
      get,
    };
  }

  #callOf(invocation: Invocation): Call {
    const { scheduler, faults } = this.#services;
    const { name } = invocation;
    return (service, operation, effect) =>
      new Promise((resolve, reject) => {
        if (!invocation.alive) return;
        const answer = (delayMs: number, settle: () => void) => {
          if (delayMs === 0) return settle();
          scheduler.after(delayMs, `${name}: ${operation} answers`, () => {
            if (invocation.alive) settle();
          });
        };
        const fail = (error: unknown) => {
          invocation.excused = true;
          reject(error);
        };
        const perform = (settle: (run: () => void) => void) => {
          let result: ReturnType<typeof effect>;
          try {
            result = effect();
          } catch (error) {
            return settle(() => fail(error));
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
            case 'zombie':
              invocation.declareFailed();
              scheduler.after(faults.slowAnswer(), `${name}: ${operation}, of a zombie`, () => {
                if (invocation.alive) perform((settle) => settle());
              });
          }
        });
      });
  }
}

interface Invocation {
  readonly name: string;
  readonly kind: InvocationKind;
  readonly generation: number | undefined;
  readonly skewMs: number;
  alive: boolean;
  /** It may throw: a call of it was made to fail. */
  excused: boolean;
  /** The failure as a task found it: pending, and of its own generation. */
  owned: Failure | undefined;
  declareFailed(): void;
  die(): void;
}

function noteOwned(invocation: Invocation, failure: Failure | undefined): void {
  if (failure?.status === 'pending' && failure.generation === invocation.generation) {
    invocation.owned ??= failure;
  }
}
