// One instance of a function: the real adapters over virtual services, in virtual time, for all the invocations that
// it runs at once. What one of them waits for may share a request with what another does; they die together.
import type { Context } from '../../functions/context.ts';
import { createBatcher } from '../../functions/services/batcher.ts';
import { createDeadLetters, type DeadLetters } from '../../functions/services/dead-letters.ts';
import { createDocuments } from '../../functions/services/documents.ts';
import { createFirestoreDocuments, type FirestoreDocuments } from '../../functions/services/firestore.ts';
import { createErasures } from '../../functions/services/erasures.ts';
import type { GoogleApi } from '../../functions/services/google-api.ts';
import type { Log } from '../../functions/services/log.ts';
import type { RetryQueue } from '../../functions/services/retry-queue.ts';
import { createRowSink, type RowSink } from '../../functions/services/row-sink.ts';
import type { Timers } from '../../functions/services/timers.ts';
import { createTombstones, type Tombstones } from '../../functions/services/tombstones.ts';
import {
  createPseudonymKey,
  KeyError,
  type Keyring,
  type PseudonymKey,
} from '../../functions/steps/pseudonym-key.ts';
import { ServiceError } from '../../functions/steps/service-error.ts';
import { createCaller, type Caller } from './calls.ts';
import { checkedDocuments, FailedTries } from './checked-documents.ts';
import type { Edition } from './editions.ts';
import { excuses, noteOwned, type Invocation, type InvocationKind } from './invocation.ts';
import type { Key } from './oracle.ts';
import type { Services, Variant } from './platform.ts';
import { createSend } from './requests.ts';
import type { Call, Send } from './world/call.ts';
import { createVirtualBigQueryApi, createVirtualRowEraser, createVirtualRowIndex } from './world/bigquery.ts';
import { createVirtualFirestoreApi, FIRESTORE_CONFIG } from './world/firestore-api.ts';
import {
  createVirtualClient,
  createVirtualSyncedDocuments,
  createVirtualErasureQueries,
  createVirtualQueries,
  createVirtualReports,
  ERASURES,
  FAILURES,
  TOMBSTONES,
} from './world/firestore.ts';
import { createVirtualRetryQueue } from './world/tasks.ts';

const BACKOFF = { minBackoffMs: 1_000, maxBackoffMs: 3_600_000, maxDoublings: 5 };
const TABLES = { project: 'p', dataset: 'd' };
/** What the keys of the pseudonyms are derived for; the oracle derives its own. */
const SCOPE = { project: 'demo-local', dataset: 'analytics_production' };
/** Each run of a reconcile counts all of time. */
const RECONCILE = { maxReads: 10_000, verifyReads: 100, maxMs: 300_000, recentDays: 0 };

const NO_TOMBSTONES: Tombstones = { cover: async () => false, set: async () => {} };

export class Instance {
  readonly name: string;
  readonly kind: InvocationKind;
  readonly edition: Edition;
  readonly invocations = new Set<Invocation>();
  alive = true;
  /** It takes invocations: it has started, and the platform believes in it. */
  isReady = false;
  /** Timers that have neither fired nor been cancelled. */
  openTimers = 0;
  readonly #services: Services;
  readonly #variant: Variant;
  readonly #keys: ReadonlyMap<number, PseudonymKey>;
  readonly #skewMs: number;
  readonly #caller: Caller;
  readonly #rowSink: RowSink;
  readonly #firestore: FirestoreDocuments;
  readonly #queueSend: Send;
  readonly #failedTries = new FailedTries();
  /** All that it ever ran: what one had sent may take effect after its end. */
  readonly #named = new Map<string, Invocation>();

  constructor(name: string, kind: InvocationKind, services: Services, variant: Variant) {
    const { faults, scheduler, firestore, bigquery, keys } = services;
    this.name = name;
    this.kind = kind;
    this.edition = faults.edition();
    this.#services = services;
    this.#variant = variant;
    this.#keys = keysOf(keys);
    this.#skewMs = faults.skewMs();
    this.#caller = createCaller(this, services);
    const send = createSend(this, services, this.#caller);
    this.#queueSend = send;

    const own: Timers = {
      soon: (run) => scheduler.after(0, '', () => this.#fire(run)),
      after: (ms, run) => this.#after(ms, run),
    };
    const timers = variant.timers?.(own) ?? own;
    const batch: typeof createBatcher = (options, given) =>
      (variant.batch ?? createBatcher)({ ...options, ...faults.batchLimits }, given);
    const through = (api: GoogleApi) => variant.api?.(api) ?? api;
    this.#rowSink = createRowSink(through(createVirtualBigQueryApi(bigquery, send)), TABLES, timers, batch);
    const firestoreApi = createVirtualFirestoreApi(firestore, {
      send,
      arrived: (operation, paths) => this.#noteRequest(operation, paths),
      failed: (path, isFinal) => this.#failedTries.add(path, isFinal),
      as: (writer, write) => this.#as(writer, write),
      writeTrouble: () => faults.writeTrouble(),
      refuses: ({ path, fields }) =>
        faults.refusesWrites((fields['documentPath']?.['stringValue'] as string | undefined) ?? path),
    });
    this.#firestore = createFirestoreDocuments(through(firestoreApi), FIRESTORE_CONFIG, timers, batch);
  }

  /** All that it runs dies with it. */
  die(): void {
    this.alive = false;
    this.isReady = false;
    const { invariants } = this.#services;
    if (this.invocations.size > 1) invariants.situations.add('an instance died with several invocations');
    for (const invocation of this.invocations) invocation.die();
  }

  declareFailed(): void {
    this.isReady = false;
    for (const invocation of this.invocations) invocation.declareFailed();
  }

  contextOf(invocation: Invocation): Context {
    const { scheduler, faults, invariants, firestore, bigquery, queue } = this.#services;
    const { edition } = this;
    const call = this.#callOf(invocation);
    const log: Log = (severity, message, fields) => {
      scheduler.note(
        `${invocation.name} logs ${severity} ${message}${fields.reason ? `: ${fields.reason}` : ''}`,
      );
      invariants.logged(message, fields);
      this.#variant.log?.(message);
    };
    const own = checkedDocuments(this.#firestore, invocation, this.#failedTries, this.#services);
    const documents = this.#variant.firestore?.(own) ?? own;
    const client = async () => createVirtualClient(firestore, call);
    const deadLetters: DeadLetters = {
      ...createDeadLetters(documents, client, FAILURES, log),
      ...createVirtualQueries(firestore, call, () => faults.strikes('staleQueries') > 0),
    };
    const context: Context = {
      pipelines: new Map([[edition.pipeline.name, edition.pipeline]]),
      retry: { ...BACKOFF, maxAttempts: edition.maxAttempts },
      reconcile: { ...RECONCILE, settleMs: faults.settleMs },
      keyring: this.#keyringOf(invocation),
      rowSink: this.#rowSinkOf(invocation),
      retryQueue: this.#queueOf(invocation, queue),
      deadLetters: {
        ...deadLetters,
        get: async (id) => {
          const failure = await deadLetters.get(id);
          noteOwned(invocation, failure);
          return failure;
        },
      },
      documents: createDocuments(documents),
      syncedDocuments: createVirtualSyncedDocuments(firestore, call),
      rowIndex: createVirtualRowIndex(bigquery, call),
      rowEraser: createVirtualRowEraser(bigquery, call),
      reports: createVirtualReports(firestore, call),
      erasures: {
        ...createErasures(documents, client, ERASURES, log),
        ...createVirtualErasureQueries(firestore, call),
      },
      // Without erasures there is none to find: a run that has no such class asks for none.
      tombstones: faults.has('erasures') ? createTombstones(documents, TOMBSTONES) : NO_TOMBSTONES,
      taskTokens: { identify: () => call('oidc', 'get certificates', () => 'queue' as const) },
      now: () => new Date(scheduler.now + this.#skewMs),
      log,
    };
    return this.#variant.wrap?.(context, invocation.kind, edition, documents) ?? context;
  }

  /** Rows as they leave the handler, and verdicts as they come back to it. */
  #rowSinkOf(invocation: Invocation): RowSink {
    const { invariants } = this.#services;
    return {
      insert: async (table, row) => {
        invariants.rowSent(table, row, invocation);
        const verdict = await this.#rowSink.insert(table, row);
        invariants.verdictGiven(row, verdict);
        return verdict;
      },
    };
  }

  #queueOf(invocation: Invocation, queue: Services['queue']): RetryQueue {
    const { invariants } = this.#services;
    const send: Send = (request) =>
      this.#queueSend({
        ...request,
        perform() {
          invariants.actor = invocation;
          try {
            return request.perform();
          } finally {
            invariants.actor = undefined;
          }
        },
        failed: () => {
          if (excuses('tasks', invocation.kind)) invocation.excused = true;
        },
      });
    return createVirtualRetryQueue(queue, send, this.#variant.nameOf);
  }

  /** A port that is virtual itself. */
  #callOf(invocation: Invocation): Call {
    const { invariants } = this.#services;
    return (service, operation, effect) =>
      this.#caller({
        service,
        operation,
        by: invocation.name,
        perform() {
          invariants.actor = invocation;
          try {
            return effect();
          } finally {
            invariants.actor = undefined;
          }
        },
        fail(trouble) {
          if (excuses(service, invocation.kind)) invocation.excused = true;
          throw new ServiceError(trouble);
        },
      });
  }

  #as(writer: string, write: () => void): void {
    const { invariants } = this.#services;
    invariants.actor = this.#named.get(writer.split(' #')[0] ?? '');
    try {
      write();
    } finally {
      invariants.actor = undefined;
    }
    invariants.written(writer);
  }

  run(invocation: Invocation): void {
    this.invocations.add(invocation);
    this.#named.set(invocation.name, invocation);
  }

  #noteRequest(operation: string, paths: readonly string[]): void {
    const { situations } = this.#services.invariants;
    if (new Set(paths).size < paths.length) {
      this.#services.invariants.violate('one document twice in one request');
    }
    if (paths.length < 2) return;
    situations.add(
      operation === 'batchGet'
        ? 'reads of two documents in one request'
        : 'writes of two documents in one request',
    );
  }

  #after(ms: number, run: () => void): () => void {
    let isOpen = true;
    const close = () => {
      if (isOpen) this.openTimers--;
      isOpen = false;
    };
    this.openTimers++;
    const { scheduler, faults } = this.#services;
    scheduler.after(ms + faults.timerLateMs(), '', () => {
      if (!isOpen) return;
      close();
      this.#fire(run);
    });
    return close;
  }

  #fire(run: () => void): void {
    const { faults, scheduler } = this.#services;
    if (!this.alive) return;
    if (faults.strikes('crashesInWindow') === 0) return run();
    scheduler.note(`${this.name} crashes while something waits`);
    this.die();
  }

  #keyringOf(invocation: Invocation): Keyring {
    const { faults, keys, scheduler } = this.#services;
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

const derived = new WeakMap<readonly Key[], ReadonlyMap<number, PseudonymKey>>();

/** Derived once for all runs. */
function keysOf(keys: readonly Key[]): ReadonlyMap<number, PseudonymKey> {
  const held =
    derived.get(keys) ??
    new Map(
      keys.map(({ version, secret }) => [version, createPseudonymKey(version, Buffer.from(secret), SCOPE)]),
    );
  derived.set(keys, held);
  return held;
}
