// Who is not to come back, behind a port: one document per erased person and key, under a keyed name. It says up to
// which time versions are erased, and nothing of the person.
import * as z from 'zod';
import { isTime, type Moment } from '../pipelines/fields.ts';
import { ServiceError } from '../steps/service-error.ts';
import { ABORTED, MAX_CONFLICTS, type FirestoreDocuments } from './firestore.ts';

export interface Tombstones {
  /** Whether one of these names stands for the version of that time. Throws a ServiceError. */
  cover(names: readonly string[], updateTime: string): Promise<boolean>;
  /** Makes each of them cover all up to `until`, and never less than before. */
  set(names: readonly string[], until: Date): Promise<void>;
}

const schema = z.object({ until: z.custom<Moment>(isTime).transform((value) => value.toDate()) });

export function createTombstones(firestore: FirestoreDocuments, collectionName: string): Tombstones {
  async function read(name: string) {
    const stored = await firestore.get(`${collectionName}/${name}`);
    // One that somebody spoiled covers everything: it is there, and nobody knows until when.
    const until = stored && (schema.safeParse(stored.data).data?.until ?? FOR_EVER);
    return { stored, until };
  }

  async function raise(name: string, until: Date): Promise<void> {
    for (let conflicts = 0; conflicts <= MAX_CONFLICTS; conflicts++) {
      const { stored, until: present } = await read(name);
      if (present && present >= until) return;
      const expected = stored ? { updateTime: stored.updateTime } : ('missing' as const);
      const end = await firestore.write({ path: `${collectionName}/${name}`, data: { until }, expected });
      if (end === 'written') return;
    }
    throw new ServiceError({ service: 'firestore', operation: 'set tombstone', grpcCode: ABORTED });
  }

  return {
    async cover(names, updateTime) {
      const found = await Promise.all(names.map(read));
      return found.some(({ until }) => until !== undefined && Date.parse(updateTime) <= until.getTime());
    },

    async set(names, until) {
      await Promise.all(names.map((name) => raise(name, until)));
    },
  };
}

const FOR_EVER = new Date(8_640_000_000_000_000);
