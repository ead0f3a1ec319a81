// The collection of failures behind a port. It stores and finds records; what becomes of one is decided by the
// function that `update` is given, inside a transaction.
import { Timestamp, type DocumentSnapshot, type Firestore } from 'firebase-admin/firestore';
import { z } from 'zod';
import type { Failure } from '../steps/failure.ts';
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
  ): Promise<Failure | undefined>;
  /** Records of that status whose next attempt was due before `before`, most overdue first. */
  overdue(status: 'pending' | 'abandoned', before: Date, limit: number): Promise<readonly StoredFailure[]>;
  backlog(): Promise<Backlog>;
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

    async update(id, decide) {
      try {
        return await firestore.runTransaction(async (transaction) => {
          const reference = collection.doc(id);
          const current = read(await transaction.get(reference));
          const next = decide(current);
          if (next !== undefined && next !== current) transaction.set(reference, { ...next });
          return next;
        });
      } catch (error) {
        throw fromFirestoreError('update failure', error);
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
