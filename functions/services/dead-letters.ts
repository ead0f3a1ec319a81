// The collection of failures behind a port. It stores and finds records; what becomes of one is decided by the
// function that `update` is given, inside a transaction.
import { FieldPath, Timestamp, type DocumentSnapshot, type Firestore } from 'firebase-admin/firestore';
import { z } from 'zod';
import type { Failure } from '../steps/failure.ts';
import { expiryOf } from '../steps/retention.ts';
import { fromGrpcError } from './client-error.ts';
import type { Log } from './log.ts';

export interface StoredFailure {
  readonly id: string;
  readonly failure: Failure;
}

export interface DeadLetters {
  get(id: string): Promise<Failure | undefined>;
  /**
   * Replaces the record by what `decide` returns, atomically; returning `current` itself writes nothing.
   * `decide` may run more than once and must be pure. Resolves to the record as it now stands.
   */
  update(
    id: string,
    decide: (current: Failure | undefined) => Failure | undefined,
    /** Kept beside the record, in the same transaction, when it changes: who changed it by hand, and why. */
    note?: AuditEntry,
  ): Promise<Failure | undefined>;
  /** Oldest first. */
  audits(id: string): Promise<readonly AuditEntry[]>;
  /** Every record, or every one of that status, in pages. */
  pages(status?: Failure['status']): AsyncIterable<readonly StoredFailure[]>;
  /** Records of that status whose next attempt was due before `before`, most overdue first. */
  overdue(status: 'pending' | 'abandoned', before: Date, limit: number): Promise<readonly StoredFailure[]>;
  backlog(): Promise<Backlog>;
}

/** What an operator did to a record. */
export interface AuditEntry {
  readonly action: 'replay' | 'abandon';
  /** The account that did it. */
  readonly by: string;
  readonly at: Date;
  /** The record's state before. */
  readonly status: Failure['status'];
  readonly generation: number;
}

export interface Backlog {
  readonly pending: number;
  readonly abandoned: number;
  /** Update time of the oldest version that still waits for its row, pending or given up for a time only. */
  readonly oldestUnsynced: string | undefined;
}

const time = z.instanceof(Timestamp).transform((value) => value.toDate());

const schema: z.ZodType<Failure> = z.object({
  userId: z.string(),
  sessionId: z.string(),
  documentPath: z.string(),
  pipeline: z.string(),
  tableName: z.string(),
  documentVersion: z.object({ updateTime: z.string(), contentHash: z.string() }),
  keyVersion: z.int(),
  failureReason: z.string(),
  failureKind: z.enum(['permanent', 'transient']),
  retryCount: z.int(),
  generation: z.int(),
  lastRetryAt: time.nullable(),
  nextAttemptAt: time.nullable(),
  createdAt: time,
  updatedAt: time,
  resolvedAt: time.nullable(),
  status: z.enum(['pending', 'resolved', 'abandoned']),
});

const auditSchema: z.ZodType<AuditEntry> = z.object({
  action: z.enum(['replay', 'abandon']),
  by: z.string(),
  at: time,
  status: z.enum(['pending', 'resolved', 'abandoned']),
  generation: z.int(),
});

/** Collection below each record. */
const AUDIT = 'audit';
const PAGE = 300;

/**
 * A record that somebody made malformed is logged and counts as none: what fails next for its document replaces it,
 * and it holds up no other.
 */
export function createDeadLetters(firestore: Firestore, collectionName: string, log: Log): DeadLetters {
  const collection = firestore.collection(collectionName);

  function read(snapshot: DocumentSnapshot): Failure | undefined {
    if (!snapshot.exists) return undefined;
    const { data, error } = schema.safeParse(snapshot.data());
    const fields = error?.issues.map((issue) => issue.path.join('.'));
    if (fields) {
      log('ERROR', 'Failure record is malformed and counts as none', {
        failureId: snapshot.id,
        reason: fields.join(', '),
      });
    }
    return data;
  }

  return {
    async get(id) {
      try {
        return read(await collection.doc(id).get());
      } catch (error) {
        throw fromFirestoreError('get failure', error);
      }
    },

    async update(id, decide, note) {
      try {
        return await firestore.runTransaction(async (transaction) => {
          const reference = collection.doc(id);
          const current = read(await transaction.get(reference));
          const next = decide(current);
          if (next !== undefined && next !== current) {
            transaction.set(reference, { ...next, expireAt: expiryOf(next) });
            if (note) transaction.set(reference.collection(AUDIT).doc(), { ...note });
          }
          return next;
        });
      } catch (error) {
        throw fromFirestoreError('update failure', error);
      }
    },

    async audits(id) {
      try {
        const { docs } = await collection.doc(id).collection(AUDIT).orderBy('at').get();
        return docs.flatMap((doc) => auditSchema.safeParse(doc.data()).data ?? []);
      } catch (error) {
        throw fromFirestoreError('query audit', error);
      }
    },

    async *pages(status) {
      const wanted = status ? collection.where('status', '==', status) : collection;
      let page = wanted.orderBy(FieldPath.documentId()).limit(PAGE);
      for (;;) {
        const { docs } = await page.get().catch((error: unknown) => {
          throw fromFirestoreError('query failures', error);
        });
        yield docs.flatMap((doc) => {
          const failure = read(doc);
          return failure ? [{ id: doc.id, failure }] : [];
        });
        const last = docs.at(-1);
        if (!last || docs.length < PAGE) return;
        page = wanted.orderBy(FieldPath.documentId()).startAfter(last).limit(PAGE);
      }
    },

    async overdue(status, before, limit) {
      const due = collection
        .where('status', '==', status)
        .where('nextAttemptAt', '<=', before)
        .orderBy('nextAttemptAt');
      try {
        const found: StoredFailure[] = [];
        for (let page = due.limit(limit); found.length < limit;) {
          const { docs } = await page.get();
          for (const snapshot of docs) {
            const failure = read(snapshot);
            if (failure) found.push({ id: snapshot.id, failure });
          }
          const last = docs.at(-1);
          if (!last || docs.length < limit) break;
          page = due.startAfter(last).limit(limit);
        }
        return found.slice(0, limit);
      } catch (error) {
        throw fromFirestoreError('query failures', error);
      }
    },

    async backlog() {
      const count = async (status: Failure['status']) =>
        (await collection.where('status', '==', status).count().get()).data().count;
      const waiting = collection
        .where('failureKind', '==', 'transient')
        .where('status', 'in', ['pending', 'abandoned'])
        .orderBy('documentVersion.updateTime')
        .limit(1);
      try {
        const [pending, abandoned, { docs }] = await Promise.all([
          count('pending'),
          count('abandoned'),
          waiting.get(),
        ]);
        const oldest: unknown = docs[0]?.get('documentVersion.updateTime');
        return { pending, abandoned, oldestUnsynced: typeof oldest === 'string' ? oldest : undefined };
      } catch (error) {
        throw fromFirestoreError('count failures', error);
      }
    },
  };
}

function fromFirestoreError(operation: string, error: unknown): Error {
  return fromGrpcError({ service: 'firestore', operation }, error);
}
