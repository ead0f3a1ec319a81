// Transactions, optimistically: each remembers what it read, and its commit is ABORTED when any of that has
// changed meanwhile. Nothing is locked, so a client that goes away blocks nobody; its transaction expires.
//
// A transaction that retries an aborted one queues for the documents that it reads behind other retries, for a
// bounded time. The queue is a courtesy that keeps a crowd on one document from aborting each other for ever;
// that no update is lost depends on the check at commit alone.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../shared/clock.ts';
import type { ProtoTransactionOptions } from './protocol/messages.ts';
import type { Micros } from './protocol/time.ts';
import { fromProtoTime } from './protocol/time.ts';
import { matches } from './query/matches.ts';
import type { Query } from './query/query.ts';
import { invalidArgument, StatusError } from '../shared/status.ts';
import type { Database } from './store/database.ts';
import { Turns } from './turns.ts';

const MAX_IDLE_MS = 60_000;
const MAX_AGE_MS = 270_000;
const MAX_TURN_MS = 5_000;

export interface Transaction {
  readonly id: Uint8Array;
  readonly database: Database;
  /** Set for a read-only transaction: all of its reads see this time. */
  readonly readTime: Micros | undefined;
  readonly isRetry: boolean;
  readonly startedAt: number;
  usedAt: number;
  /** Path → update time of the document that was read; undefined when it was missing. */
  readonly documents: Map<string, Micros | undefined>;
  readonly queries: { readonly query: Query; readonly time: Micros }[];
}

export class Transactions {
  readonly #clock: Clock;
  readonly #open = new Map<string, Transaction>();
  readonly #turns: Turns;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#turns = new Turns(clock, MAX_TURN_MS);
  }

  begin(database: Database, options: ProtoTransactionOptions = {}): Transaction {
    this.#expire();
    const now = this.#clock.now();
    const { readOnly, readWrite } = options;
    const transaction: Transaction = {
      id: randomBytes(16),
      database,
      readTime:
        readOnly && (readOnly.readTime ? fromProtoTime(readOnly.readTime) : database.clock.readTime()),
      isRetry: (readWrite?.retryTransaction?.length ?? 0) > 0,
      startedAt: now,
      usedAt: now,
      documents: new Map(),
      queries: [],
    };
    this.#open.set(keyOf(transaction.id), transaction);
    return transaction;
  }

  /** Throws INVALID_ARGUMENT when the transaction is unknown, over or of another database. */
  get(database: Database, id: Uint8Array): Transaction {
    this.#expire();
    const transaction = this.#open.get(keyOf(id));
    if (!transaction || transaction.database !== database) {
      throw invalidArgument('The referenced transaction has expired or is no longer valid.');
    }
    transaction.usedAt = this.#clock.now();
    return transaction;
  }

  /** Resolves when a retry may read the documents; at once for a first attempt. */
  async awaitTurn(transaction: Transaction, paths: readonly string[]): Promise<void> {
    if (!transaction.isRetry || transaction.readTime !== undefined) return;
    const { database } = transaction;
    for (const path of paths.toSorted()) {
      await this.#turns.take(`${database.name}/${path}`, transaction);
    }
  }

  /**
   * Closes the transaction; throws ABORTED when something that it read has changed since. Clients roll an aborted
   * transaction back, so it stays known, but stands in nobody's way.
   */
  finish(transaction: Transaction): void {
    if (this.#isOutdated(transaction)) {
      this.#turns.release(transaction);
      throw aborted();
    }
    this.end(transaction);
  }

  #isOutdated({ database, documents, queries }: Transaction): boolean {
    for (const [path, updateTime] of documents) {
      if (database.get(path)?.updateTime !== updateTime) return true;
    }
    return queries.some(({ query, time }) => {
      const changes = database.history.since(time);
      // What is forgotten may have been a change.
      if (!changes) return true;
      return changes.some(
        ({ before, after }) => (before && matches(query, before)) || (after && matches(query, after)),
      );
    });
  }

  end(transaction: Transaction): void {
    this.#open.delete(keyOf(transaction.id));
    this.#turns.release(transaction);
  }

  clear(): void {
    for (const transaction of this.#open.values()) this.end(transaction);
  }

  #expire(): void {
    const now = this.#clock.now();
    for (const transaction of this.#open.values()) {
      if (now - transaction.usedAt <= MAX_IDLE_MS && now - transaction.startedAt <= MAX_AGE_MS) continue;
      this.end(transaction);
    }
  }
}

function keyOf(id: Uint8Array): string {
  return Buffer.from(id).toString('latin1');
}

function aborted(): StatusError {
  return new StatusError(
    'ABORTED',
    'Transaction was aborted: data that it read has changed. Please try again.',
  );
}
