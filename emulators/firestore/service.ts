// What the methods work on: all databases, the transactions and who wants to hear of commits.
import type { Clock } from '../shared/clock.ts';
import { parseDatabaseName } from './names.ts';
import { Database } from './store/database.ts';
import type { Commit, Document } from './store/document.ts';
import { LoadedRules } from './rules/loaded-rules.ts';
import { Transactions } from './transactions.ts';

export interface DatabaseCommit extends Commit {
  readonly database: Database;
}

export class Service {
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly rules = new LoadedRules();
  readonly #databases = new Map<string, Database>();
  readonly #commitListeners = new Set<(commit: DatabaseCommit) => void>();
  readonly #clearListeners = new Set<(database: Database) => void>();

  constructor(clock: Clock) {
    this.clock = clock;
    this.transactions = new Transactions(clock);
  }

  /** Databases come into being when they are first named: `projects/p/databases/d`. */
  database(name: string | undefined): Database {
    let database = this.#databases.get(name ?? '');
    if (!database) {
      parseDatabaseName(name);
      database = new Database(name!, this.clock);
      const added = database;
      database.onCommit((commit) => {
        for (const listener of this.#commitListeners) listener({ ...commit, database: added });
      });
      this.#databases.set(name!, database);
    }
    return database;
  }

  /** Called synchronously after each commit that changed something. */
  onCommit(listener: (commit: DatabaseCommit) => void): () => void {
    this.#commitListeners.add(listener);
    return () => this.#commitListeners.delete(listener);
  }

  /** Called after a database was emptied or filled anew without commits. */
  onClear(listener: (database: Database) => void): () => void {
    this.#clearListeners.add(listener);
    return () => this.#clearListeners.delete(listener);
  }

  databases(): readonly Database[] {
    return [...this.#databases.values()];
  }

  /** Puts documents in the place of all that a database holds; who listens to it starts over. */
  load(name: string, documents: Iterable<Document>): void {
    const database = this.database(name);
    database.load(documents);
    for (const listener of this.#clearListeners) listener(database);
  }

  clear(name: string): void {
    const database = this.#databases.get(name);
    if (!database) return;
    database.clear();
    for (const listener of this.#clearListeners) listener(database);
  }

  clearAll(): void {
    this.transactions.clear();
    for (const name of this.#databases.keys()) this.clear(name);
  }
}
