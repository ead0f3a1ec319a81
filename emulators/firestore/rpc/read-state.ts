// Which state a read sees, and what a transaction has to remember of it.
import type { Micros } from '../protocol/time.ts';
import { fromProtoTime, toProtoTime } from '../protocol/time.ts';
import type { ProtoConsistency, ProtoTimestamp } from '../protocol/messages.ts';
import type { Query } from '../query/query.ts';
import { invalidArgument } from '../../shared/status.ts';
import type { Database, Snapshot } from '../store/database.ts';
import type { Document } from '../store/document.ts';
import type { Service } from '../service.ts';

export interface ReadState {
  readonly snapshot: Snapshot;
  readonly readTime: ProtoTimestamp;
  /** Set when the read was asked to begin a transaction; belongs into the first answer. */
  readonly begun: { readonly transaction?: Uint8Array };
  /** Reads a document; within a transaction its commit will depend on it. */
  readonly get: (path: string) => Document | undefined;
  /** Tells the transaction that its commit depends on the result of a query. */
  readonly remember: (query: Query) => void;
}

/** `paths` are the documents that will be read: a retried transaction waits for its turn on them. */
export async function readState(
  service: Service,
  database: Database,
  consistency: ProtoConsistency,
  paths: readonly string[] = [],
): Promise<ReadState> {
  const { transaction: id, newTransaction, readTime } = consistency;
  if (!newTransaction && !(id && id.length > 0)) {
    const time = checkReadTime(database, readTime);
    const snapshot = database.snapshot(time);
    return {
      snapshot,
      readTime: toProtoTime(snapshot.time),
      begun: {},
      get: (path) => snapshot.get(path),
      remember: () => undefined,
    };
  }
  checkReadTime(database, newTransaction?.readOnly?.readTime);
  const transaction = newTransaction
    ? service.transactions.begin(database, newTransaction)
    : service.transactions.get(database, id!);
  await service.transactions.awaitTurn(transaction, paths);
  const snapshot = database.snapshot(transaction.readTime);
  const isReadWrite = transaction.readTime === undefined;
  return {
    snapshot,
    readTime: toProtoTime(snapshot.time),
    begun: newTransaction ? { transaction: transaction.id } : {},
    get(path) {
      const document = snapshot.get(path);
      // The first read counts: a later one that differs would be the very conflict to detect.
      if (isReadWrite && !transaction.documents.has(path))
        transaction.documents.set(path, document?.updateTime);
      return document;
    },
    remember(query) {
      if (isReadWrite) transaction.queries.push({ query, time: snapshot.time });
    },
  };
}

/** Throws INVALID_ARGUMENT when the time is in the future. */
export function checkReadTime(database: Database, readTime: ProtoTimestamp | undefined): Micros | undefined {
  const time = readTime && fromProtoTime(readTime);
  if (time !== undefined && time > database.clock.readTime()) {
    throw invalidArgument('read_time is in the future.');
  }
  return time;
}
