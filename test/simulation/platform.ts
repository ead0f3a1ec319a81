// Runs the handlers as the platform does: any number at once, alone on an instance or many on one, where every call
// may fail, stall, or be the last thing that the instance does.
import type { Context } from '../../functions/context.ts';
import { erasePersons } from '../../functions/handlers/erase-persons.ts';
import { requestErasure } from '../../functions/handlers/request-erasure.ts';
import { reconcile } from '../../functions/handlers/reconcile/reconcile.ts';
import { replayFailure } from '../../functions/handlers/replay-failure.ts';
import { retryFailure } from '../../functions/handlers/retry-failure.ts';
import { sweepFailures } from '../../functions/handlers/sweep-failures.ts';
import { syncDocument } from '../../functions/handlers/sync-document.ts';
import type { createBatcher } from '../../functions/services/batcher.ts';
import type { FirestoreDocuments } from '../../functions/services/firestore.ts';
import type { GoogleApi } from '../../functions/services/google-api.ts';
import type { ClaimCheck } from '../../functions/services/retry-queue.ts';
import type { Timers } from '../../functions/services/timers.ts';
import { withoutData } from '../../functions/steps/unexpected-error.ts';
import type { CallWorld } from './calls.ts';
import { FIRST, type Edition } from './editions.ts';
import { Instance } from './instance.ts';
import type { Invariants } from './invariants.ts';
import type { Invocation, InvocationKind } from './invocation.ts';
import type { Key } from './oracle.ts';
import type { VirtualBigQuery } from './world/bigquery.ts';
import type { VirtualFirestore } from './world/firestore.ts';
import type { VirtualQueue } from './world/tasks.ts';

type Loosely<Handler extends (...args: never) => Promise<unknown>> = (
  ...args: Parameters<Handler>
) => Promise<unknown>;

export interface Handlers {
  readonly syncDocument: Loosely<typeof syncDocument>;
  readonly retryFailure: typeof retryFailure;
  readonly sweepFailures: Loosely<typeof sweepFailures>;
  readonly reconcile: typeof reconcile;
  readonly replayFailure: Loosely<typeof replayFailure>;
  readonly requestErasure: typeof requestErasure;
  readonly erasePersons: typeof erasePersons;
}

/** A deliberately broken edition of the code, for the bug zoo. */
export interface Variant {
  readonly handlers?: Partial<Handlers>;
  /** What the handlers get instead of the context. */
  readonly wrap?: (
    context: Context,
    kind: InvocationKind,
    edition: Edition,
    firestore: FirestoreDocuments,
  ) => Context;
  /** What the ports of documents and failures get instead of the adapter. */
  readonly firestore?: (firestore: FirestoreDocuments) => FirestoreDocuments;
  /** What the adapters gather items with, instead of the batcher. */
  readonly batch?: typeof createBatcher;
  /** What the adapters get instead of BigQuery or Firestore, and instead of the timers. */
  readonly api?: (api: GoogleApi) => GoogleApi;
  readonly timers?: (timers: Timers) => Timers;
  /** Told of each log line; may throw. */
  readonly log?: (message: string) => void;
  /** How tasks are named. */
  readonly nameOf?: (claim: ClaimCheck) => string;
}

export interface Services extends CallWorld {
  readonly invariants: Invariants;
  readonly firestore: VirtualFirestore;
  readonly bigquery: VirtualBigQuery;
  readonly queue: VirtualQueue;
  readonly keys: readonly Key[];
}

const AT_ONCE = {
  event: 'two events of one document at once',
  task: 'two runs of one task at once',
  sweep: 'two sweeps at once',
  reconcile: 'two reconciles at once',
  replay: 'two replays at once',
  request: 'an erasure requested twice at once',
  erase: 'two erasing jobs at once',
} as const;
/** Functions whose instances take several invocations at once. */
const SHARED: ReadonlySet<InvocationKind> = new Set(['event', 'task']);
/** Events and tasks on one instance, at most. */
const CONCURRENCY = 80;
/** How late an instance starts, in ms; the last kind does not start. */
const COLD_STARTS_MS = [0, 900, 40_000, undefined];

export class Platform {
  readonly handlers: Handlers;
  readonly #variant: Variant;
  readonly #services: Services;
  /** Instances that take more, the newest of each kind. */
  readonly #warm = new Map<InvocationKind, Instance>();
  readonly #running = new Set<Invocation>();
  #started = 0;
  #instances = 0;

  constructor(services: Services, variant: Variant = {}) {
    this.#services = services;
    this.#variant = variant;
    this.handlers = {
      syncDocument,
      retryFailure,
      sweepFailures,
      reconcile,
      replayFailure,
      requestErasure,
      erasePersons,
      ...variant.handlers,
    };
  }

  /** Invocations whose code still runs, zombies too. */
  get alive(): number {
    return this.#running.size;
  }

  /** Timers of instances that have nothing left to do. */
  get openTimers(): number {
    let open = 0;
    for (const { openTimers, alive, invocations } of this.#warm.values()) {
      if (alive && invocations.size === 0) open += openTimers;
    }
    return open;
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
    const { instance, isNew } = this.#instanceFor(kind);
    const end = () => {
      invocation.alive = false;
      this.#running.delete(invocation);
      instance.invocations.delete(invocation);
      if (!SHARED.has(kind)) instance.alive = false; // what it left undone is never done
    };
    const generation = about.claim?.generation;
    const invocation: Invocation = {
      name: `${kind} ${++this.#started}`,
      kind,
      subject: about.claim ? `${about.claim.failureId} ${generation}` : (about.path ?? ''),
      generation,
      edition: instance.edition,
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
      if (!invocation.alive) return;
      instance.isReady = true;
      scheduler.note(
        `${name} starts on ${instance.name}${generation === undefined ? '' : ` (generation ${generation})`}${edition === FIRST ? '' : `, ${edition.name}`}`,
      );
      withoutData(() => work(instance.contextOf(invocation), edition)).then(
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

    this.#noteSituations(invocation, instance);
    this.#running.add(invocation);
    instance.run(invocation);
    if (!isNew) return run();
    const startsInMs = COLD_STARTS_MS[faults.strikes('coldStarts', COLD_STARTS_MS.length - 1)];
    if (startsInMs === 0) return run();
    scheduler.note(`${invocation.name} starts ${startsInMs === undefined ? 'not at all' : 'cold'}`);
    if (startsInMs === undefined) instance.die();
    else scheduler.after(startsInMs, '', run);
  }

  /** One that is warm, if the platform likes, or a new one. */
  #instanceFor(kind: InvocationKind): { readonly instance: Instance; readonly isNew: boolean } {
    const { faults } = this.#services;
    const warm = this.#warm.get(kind);
    const takes =
      warm?.alive && warm.isReady && warm.edition === faults.edition() && warm.invocations.size < CONCURRENCY;
    if (warm && takes && faults.shares()) {
      if (warm.invocations.size > 0) faults.struck.add('sharedInstances');
      return { instance: warm, isNew: false };
    }
    const instance = new Instance(
      `${kind} instance ${++this.#instances}`,
      kind,
      this.#services,
      this.#variant,
    );
    if (SHARED.has(kind)) this.#warm.set(kind, instance);
    return { instance, isNew: true };
  }

  #noteSituations({ kind, subject, edition }: Invocation, instance: Instance): void {
    const { situations } = this.#services.invariants;
    for (const other of instance.invocations) {
      if (other.subject === subject) situations.add('two invocations about one document on one instance');
    }
    for (const other of this.#running) {
      if (other.edition !== edition) situations.add('the first edition beside the edited one');
      const kinds = [kind, other.kind];
      if (kinds.includes('reconcile') && kinds.includes('event'))
        situations.add('a reconcile beside an event');
      if (other.kind === kind && other.subject === subject) situations.add(AT_ONCE[kind]);
    }
  }
}
