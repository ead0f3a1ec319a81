// The collection of failures behind a port. It stores and finds records; what becomes of one is decided by the
// function that `update` is given, and holds for the record as it was read.
import { randomUUID } from 'node:crypto';
import type { Firestore } from 'firebase-admin/firestore';
import * as z from 'zod';
import { isTime, type Moment } from '../pipelines/fields.ts';
import { vouched } from '../pipelines/reason.ts';
import { isThereSince } from '../steps/deletion.ts';
import type { Failure } from '../steps/failure.ts';
import { isFailureId, type FailureId } from '../steps/ids.ts';
import { expiryOf } from '../steps/retention.ts';
import { ServiceError } from '../steps/service-error.ts';
import { fromGrpcError } from './client-error.ts';
import {
  ABORTED,
  MAX_CONFLICTS,
  type DocumentWrite,
  type FirestoreDocuments,
  type StoredDocument,
} from './firestore.ts';
import type { Log } from './log.ts';

export interface StoredFailure {
  readonly id: FailureId;
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
    /** Kept beside the record, in the same commit, when it changes: who changed it by hand, and why. */
    note?: AuditEntry,
  ): Promise<Failure | undefined>;
  /**
   * Deletes the record, with what operators did to it, if `isWanted` says so of it as it stands; undefined is a
   * malformed one. Resolves to whether a record was deleted.
   */
  forget(id: FailureId, isWanted: (failure: Failure | undefined) => boolean): Promise<boolean>;
  /** Records of a person's documents, by the person's id; malformed ones too. */
  ofPerson(id: string): Promise<readonly { readonly id: FailureId; readonly failure: Failure | undefined }[]>;
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

const time = z.custom<Moment>(isTime).transform((value) => value.toDate());

const versionSchema = z.object({ updateTime: z.string(), contentHash: z.string() });

const schema: z.ZodType<Failure> = z.object({
  userId: z.string(),
  sessionId: z.string(),
  documentPath: z.string(),
  pipeline: z.string(),
  tableName: z.string(),
  documentVersion: versionSchema,
  keyVersion: z.int(),
  failureReason: z.string().transform(vouched),
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
/** Deletions among the oldest versions are younger than they seem: so many are looked at. */
const OLDEST = 20;

/**
 * A record that somebody made malformed is logged and counts as none: what fails next for its document replaces it,
 * and it holds up no other. `connect` gives the client for the queries, which the trigger never needs.
 */
export function createDeadLetters(
  firestore: FirestoreDocuments,
  connect: () => Promise<Firestore>,
  collectionName: string,
  log: Log,
): DeadLetters {
  const collection = async () => (await connect()).collection(collectionName);
  const pathOf = (id: string) => `${collectionName}/${id}`;

  function read(id: string, stored: unknown): Failure | undefined {
    const { data, error } = schema.safeParse(stored);
    const fields = error?.issues.map((issue) => issue.path.join('.'));
    if (fields) {
      log('ERROR', 'Failure record is malformed and counts as none', {
        ...(isFailureId(id) ? { failureId: id } : {}),
        reason: vouched(fields.join(', ')), // of the schema
      });
    }
    return data;
  }

  async function forgetAudits(id: string): Promise<void> {
    const audits = (await collection()).doc(id).collection(AUDIT).select();
    const { docs } = await audits.get().catch((error: unknown) => {
      throw fromFirestoreError('query audit', error);
    });
    await Promise.all(docs.map((doc) => firestore.remove(doc.ref.path)));
  }

  return {
    async get(id) {
      const stored = await firestore.get(pathOf(id));
      return stored && read(id, stored.data);
    },

    async update(id, decide, note) {
      for (let conflicts = 0; conflicts <= MAX_CONFLICTS; conflicts++) {
        const stored = await firestore.get(pathOf(id));
        const current = stored && read(id, stored.data);
        const next = decide(current);
        if (next === undefined || next === current) return next;
        const record = {
          path: pathOf(id),
          data: { ...next, expireAt: expiryOf(next) },
          expected: stateOf(stored),
        };
        const entry = { path: `${pathOf(id)}/${AUDIT}/${randomUUID()}`, expected: 'missing' } as const;
        const end = note
          ? await firestore.commit([record, { ...entry, data: note }])
          : await firestore.write(record);
        if (end === 'written') return next;
      }
      throw new ServiceError({ service: 'firestore', operation: 'update failure', grpcCode: ABORTED });
    },

    async forget(id, isWanted) {
      for (let conflicts = 0; conflicts <= MAX_CONFLICTS; conflicts++) {
        const stored = await firestore.get(pathOf(id));
        if (!stored || !isWanted(read(id, stored.data))) return false;
        await forgetAudits(id);
        if ((await firestore.remove(pathOf(id), stored.updateTime)) === 'written') return true;
      }
      throw new ServiceError({ service: 'firestore', operation: 'forget failure', grpcCode: ABORTED });
    },

    async ofPerson(id) {
      const found = (await collection()).where('userId', '==', id);
      const { docs } = await found.get().catch((error: unknown) => {
        throw fromFirestoreError('query failures', error);
      });
      return docs.map((doc) => ({ id: toFailureId(doc.id), failure: read(doc.id, doc.data()) }));
    },

    async audits(id) {
      try {
        const { docs } = await (await collection()).doc(id).collection(AUDIT).orderBy('at').get();
        return docs.flatMap((doc) => auditSchema.safeParse(doc.data()).data ?? []);
      } catch (error) {
        throw fromFirestoreError('query audit', error);
      }
    },

    async *pages(status) {
      const all = await collection();
      const wanted = (status ? all.where('status', '==', status) : all).orderBy('__name__').limit(PAGE);
      for (let page = wanted; ;) {
        const { docs } = await page.get().catch((error: unknown) => {
          throw fromFirestoreError('query failures', error);
        });
        yield docs.flatMap((doc) => {
          const failure = read(doc.id, doc.data());
          return failure ? [toStored(doc.id, failure)] : [];
        });
        const last = docs.at(-1);
        if (!last || docs.length < PAGE) return;
        page = wanted.startAfter(last);
      }
    },

    async overdue(status, before, limit) {
      try {
        const due = (await collection())
          .where('status', '==', status)
          .where('nextAttemptAt', '<=', before)
          .orderBy('nextAttemptAt');
        const found: StoredFailure[] = [];
        for (let page = due.limit(limit); found.length < limit;) {
          const { docs } = await page.get();
          for (const snapshot of docs) {
            const failure = read(snapshot.id, snapshot.data());
            if (failure) found.push(toStored(snapshot.id, failure));
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
      const all = await collection();
      const count = async (status: Failure['status']) =>
        (await all.where('status', '==', status).count().get()).data().count;
      const waiting = all
        .where('failureKind', '==', 'transient')
        .where('status', 'in', ['pending', 'abandoned'])
        .orderBy('documentVersion.updateTime')
        .limit(OLDEST);
      try {
        const [pending, abandoned, { docs }] = await Promise.all([
          count('pending'),
          count('abandoned'),
          waiting.get(),
        ]);
        const since = docs.flatMap((doc) => {
          const { data } = versionSchema.safeParse(doc.get('documentVersion'));
          return data ? [isThereSince(data)] : [];
        });
        return { pending, abandoned, oldestUnsynced: since.toSorted()[0] };
      } catch (error) {
        throw fromFirestoreError('count failures', error);
      }
    },
  };
}

function stateOf(stored: StoredDocument | undefined): DocumentWrite['expected'] {
  return stored ? { updateTime: stored.updateTime } : 'missing';
}

function fromFirestoreError(operation: string, error: unknown): Error {
  return fromGrpcError({ service: 'firestore', operation }, error);
}

function toStored(id: string, failure: Failure): StoredFailure {
  return { id: toFailureId(id), failure };
}

/** Records are made under ids of `failureId` alone; who adds one by hand names it. */
function toFailureId(id: string): FailureId {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return id as FailureId;
}
