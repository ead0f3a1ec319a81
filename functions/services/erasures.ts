// People's requests to be forgotten, behind a port: one document each, which ends as the receipt. A change has the
// state that was read for its condition: of two jobs at once, one does not change it.
import type { Firestore } from 'firebase-admin/firestore';
import * as z from 'zod';
import { isTime, toRfc3339, type Moment } from '../pipelines/fields.ts';
import { vouched } from '../pipelines/reason.ts';
import type { Erasure } from '../steps/erasure.ts';
import { fromGrpcError } from './client-error.ts';
import type { FirestoreDocuments } from './firestore.ts';
import type { Log } from './log.ts';

export interface StoredErasure {
  /** Random, or of the event that asked for it: it says nothing of the person. */
  readonly name: string;
  readonly erasure: Erasure;
  readonly updateTime: string;
}

export interface Erasures {
  /** False when there is a request of that name already. */
  add(name: string, erasure: Erasure): Promise<boolean>;
  get(name: string): Promise<StoredErasure | undefined>;
  /** Those whose next step is due, most overdue first. */
  due(now: Date, limit: number): Promise<readonly StoredErasure[]>;
  /** The newest first. */
  latest(limit: number): Promise<readonly StoredErasure[]>;
  /** False when it has changed since it was read, and nothing was written. */
  replace(stored: StoredErasure, next: Erasure): Promise<boolean>;
}

const time = z.custom<Moment>(isTime).transform((value) => value.toDate());
const count = z.int().min(0);

const schema: z.ZodType<Erasure> = z.object({
  subject: z.string(),
  id: z.string().nullable(),
  status: z.enum(['requested', 'waiting', 'deleted', 'verified']),
  requestedAt: time,
  until: time.nullable(),
  nextAt: time.nullable(),
  rows: z.record(z.string(), count),
  failures: count,
  keyVersions: z.array(z.int()),
  deletedAt: time.nullable(),
  verifiedAt: time.nullable(),
  forgottenAt: time.nullable(),
});

/** A malformed one is logged and left to a person: it holds up no other. */
export function createErasures(
  firestore: FirestoreDocuments,
  connect: () => Promise<Firestore>,
  collectionName: string,
  log: Log,
): Erasures {
  const pathOf = (name: string) => `${collectionName}/${name}`;

  function read(name: string, data: unknown, updateTime: string): StoredErasure | undefined {
    const { data: erasure, error } = schema.safeParse(data);
    if (error) {
      const reason = vouched(error.issues.map((issue) => issue.path.join('.')).join(', '));
      log('ERROR', 'Request of erasure is malformed; correct or delete it, and ask again', { reason });
    }
    return erasure && { name, erasure, updateTime };
  }

  async function query(field: string, direction: 'asc' | 'desc', limit: number, notAfter?: Date) {
    try {
      const all = (await connect()).collection(collectionName).orderBy(field, direction);
      const wanted = notAfter ? all.where(field, '<=', notAfter) : all;
      const { docs } = await wanted.limit(limit).get();
      return docs.flatMap((doc) => read(doc.id, doc.data(), toRfc3339(doc.updateTime)) ?? []);
    } catch (error) {
      throw fromGrpcError({ service: 'firestore', operation: 'query erasures' }, error);
    }
  }

  return {
    add: async (name, erasure) =>
      (await firestore.write({ path: pathOf(name), data: erasure, expected: 'missing' })) === 'written',

    async get(name) {
      const stored = await firestore.get(pathOf(name));
      return stored && read(name, stored.data, stored.updateTime);
    },

    due: (now, limit) => query('nextAt', 'asc', limit, now),
    latest: (limit) => query('requestedAt', 'desc', limit),

    replace: async ({ name, updateTime }, next) =>
      (await firestore.write({ path: pathOf(name), data: next, expected: { updateTime } })) === 'written',
  };
}
