// Runs the handlers as the platform does: any number at once, each with a context of its own, whose every call may
// fail, stall, or be the last thing that the invocation does.
import type { Context } from '../../functions/context.ts';
import { reconcile } from '../../functions/handlers/reconcile/reconcile.ts';
import { replayFailure } from '../../functions/handlers/replay-failure.ts';
import { retryFailure } from '../../functions/handlers/retry-failure.ts';
import { sweepFailures } from '../../functions/handlers/sweep-failures.ts';
import { syncCompleted } from '../../functions/handlers/sync-completed.ts';
import type { ClaimCheck } from '../../functions/services/retry-queue.ts';
import {
  createPseudonymKey,
  KeyError,
  type Keyring,
  type PseudonymKey,
} from '../../functions/steps/pseudonym-key.ts';
import { withoutData } from '../../functions/steps/unexpected-error.ts';
import { FIRST, type Edition } from './editions.ts';
import { createCall, type CallWorld, type Invocation, type InvocationKind } from './invocation.ts';
import type { Key } from './oracle.ts';
import { createVirtualRowIndex, createVirtualRowSink, type VirtualBigQuery } from './world/bigquery.ts';
import {
  createVirtualCompletedDocuments,
  createVirtualDeadLetters,
  createVirtualDocuments,
  createVirtualReports,
  type StatusRules,
  type VirtualFirestore,
} from './world/firestore.ts';
import { createVirtualRetryQueue, type VirtualQueue } from './world/tasks.ts';

const SCOPE = { project: 'demo-local', dataset: 'analytics_production' };

type Loosely<Handler extends (...args: never) => Promise<unknown>> = (
  ...args: Parameters<Handler>
) => Promise<unknown>;

export interface Handlers {
  readonly syncCompleted: Loosely<typeof syncCompleted>;
  readonly retryFailure: typeof retryFailure;
  readonly sweepFailures: Loosely<typeof sweepFailures>;
  readonly reconcile: typeof reconcile;
  readonly replayFailure: Loosely<typeof replayFailure>;
}

/** A deliberately broken edition of the code, for the bug zoo. */
export interface Variant {
  readonly handlers?: Partial<Handlers>;
  /** What the handlers get instead of the context. */
  readonly wrap?: (context: Context, kind: InvocationKind, edition: Edition) => Context;
  /** How tasks are named. */
  readonly nameOf?: (claim: ClaimCheck) => string;
  /** What the store of documents asks before it writes a status over another. */
  readonly statusRules?: Partial<StatusRules>;
  /** A malformed record makes whoever reads it throw. */
  readonly throwsForMalformed?: true;
}

export interface Services extends CallWorld {
  readonly firestore: VirtualFirestore;
  readonly bigquery: VirtualBigQuery;
  readonly queue: VirtualQueue;
  readonly keys: readonly Key[];
}

const BACKOFF = { minBackoffMs: 1_000, maxBackoffMs: 3_600_000, maxDoublings: 5 };
const AT_ONCE = {
  event: 'two events of one document at once',
  task: 'two runs of one task at once',
  sweep: 'two sweeps at once',
  reconcile: 'two reconciles at once',
  replay: 'two replays at once',
} as const;
/** How late an instance starts, in ms; the last kind does not start. */
const COLD_STARTS_MS = [0, 900, 40_000, undefined];

export class Platform {
  readonly handlers: Handlers;
  readonly #variant: Variant;
  readonly #services: Services;
  readonly #keys: ReadonlyMap<number, PseudonymKey>;
  readonly #running = new Set<Invocation>();
  #started = 0;

  constructor(services: Services, variant: Variant = {}) {
    this.#services = services;
    this.#variant = variant;
    this.handlers = {
      syncCompleted,
      retryFailure,
      sweepFailures,
      reconcile,
      replayFailure,
      ...variant.handlers,
    };
    this.#keys = new Map(
      services.keys.map(({ version, secret }) => [
        version,
        createPseudonymKey(version, Buffer.from(secret), SCOPE),
      ]),
    );
  }

  /** Invocations whose code still runs, zombies too. */
  get alive(): number {
    return this.#running.size;
  }

  /**
   * `about`: what it works on. `ended` is told once what the platform believes: the result, or undefined for a
   * failure.
   */
  start<T>(
    kind: InvocationKind,
    about: { readonly path?: string; readonly claim?: ClaimCheck },
    work: (context: Context, edition: Edition) => Promise<T>,
    ended: (result: { readonly value: T } | undefined, by: Invocation) => void,
  ): void {
    const { scheduler, invariants, faults } = this.#services;
    let told = false;
    const tell = (result: { readonly value: T } | undefined) => {
      if (!result) invariants.anyDied = true;
      if (!told) ended(result, invocation);
      told = true;
    };
    const end = () => {
      invocation.alive = false;
      this.#running.delete(invocation);
    };
    const generation = about.claim?.generation;
    const invocation: Invocation = {
      name: `${kind} ${++this.#started}`,
      kind,
      subject: about.claim ? `${about.claim.failureId} ${generation}` : (about.path ?? ''),
      generation,
      edition: faults.edition(),
      skewMs: faults.skewMs(),
      alive: true,
      excused: false,
      owned: undefined,
      rowsSent: 0,
      declareFailed: () => tell(undefined),
      die: () => {
        end();
        tell(undefined);
      },
    };
    const run = () => {
      const { name, edition } = invocation;
      scheduler.note(
        `${name} starts${generation === undefined ? '' : ` (generation ${generation})`}${edition === FIRST ? '' : `, ${edition.name}`}`,
      );
      withoutData(() => work(this.#contextOf(invocation), edition)).then(
        (value) => {
          if (!invocation.alive) return;
          end();
          scheduler.note(`${name} ends`);
          tell({ value });
        },
        (error: unknown) => {
          if (!invocation.alive) return;
          end();
          scheduler.note(`${name} throws ${String(error)}`);
          invariants.threw(error, invocation.excused);
          tell(undefined);
        },
      );
    };

    this.#noteSituations(invocation);
    this.#running.add(invocation);
    const startsInMs = COLD_STARTS_MS[faults.strikes('coldStarts', COLD_STARTS_MS.length - 1)];
    if (startsInMs === 0) return run();
    scheduler.note(`${invocation.name} starts ${startsInMs === undefined ? 'not at all' : 'cold'}`);
    if (startsInMs === undefined) invocation.die();
    else scheduler.after(startsInMs, '', run);
  }

  #noteSituations({ kind, subject, edition }: Invocation): void {
    const { situations } = this.#services.invariants;
    for (const other of this.#running) {
      if (other.edition !== edition) situations.add('the first edition beside the edited one');
      const kinds = [kind, other.kind];
      if (kinds.includes('reconcile') && kinds.includes('event'))
        situations.add('a reconcile beside an event');
      if (other.kind === kind && other.subject === subject) situations.add(AT_ONCE[kind]);
    }
  }

  #contextOf(invocation: Invocation): Context {
    const { scheduler, faults, invariants, firestore, bigquery, queue, keys } = this.#services;
    const { edition } = invocation;
    const call = createCall(invocation, this.#services);
    const rowSink = createVirtualRowSink(bigquery, call);
    const context: Context = {
      pipelines: new Map([[edition.pipeline.name, edition.pipeline]]),
      retry: { ...BACKOFF, maxAttempts: edition.maxAttempts },
      reconcile: {
        maxReads: 10_000,
        verifyReads: 100,
        maxMs: 300_000,
        settleMs: faults.settleMs,
        recentDays: 0,
      },
      keyring: this.#keyringOf(invocation, keys),
      rowSink: {
        insert: (table, row) => {
          invariants.rowSent(table, row, invocation);
          return rowSink.insert(table, row);
        },
      },
      retryQueue: createVirtualRetryQueue(queue, call, this.#variant.nameOf),
      deadLetters: createVirtualDeadLetters(firestore, call, {
        apart: faults.has('transactionAborts'),
        isStale: () => faults.strikes('staleQueries') > 0,
        beganAgain: () => faults.struck.add('transactionAborts'),
        throwsForMalformed: this.#variant.throwsForMalformed,
      }),
      documents: createVirtualDocuments(firestore, call, this.#variant.statusRules),
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
    return this.#variant.wrap?.(context, invocation.kind, edition) ?? context;
  }

  #keyringOf(invocation: Invocation, keys: readonly Key[]): Keyring {
    const { faults, scheduler } = this.#services;
    const get = (version: number) => {
      const key = this.#keys.get(version);
      if (faults.secretIsMissing() || !key) {
        invocation.excused = true;
        throw new KeyError('is missing');
      }
      return key;
    };
    return {
      get all() {
        return keys.map(({ version }) => get(version));
      },
      get active() {
        return this.at(new Date(scheduler.now).toISOString());
      },
      at: (updateTime) => get(faults.keyIsRotatedAt(updateTime) ? keys.length : 1),
      get,
    };
  }
}
