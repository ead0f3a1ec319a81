// The tombstones of erased persons are named under the keys that were held at the time. Before a key goes, those of
// persons who still have documents get their name under the next one: nothing of them may come back.
import type { Firestore } from 'firebase-admin/firestore';
import { isTime } from '../../../functions/pipelines/fields.ts';
import type { Pipeline } from '../../../functions/pipelines/pipeline.ts';
import type { Tombstones } from '../../../functions/services/tombstones.ts';
import type { PseudonymKey } from '../../../functions/steps/pseudonym-key.ts';
import { ownersIn } from './identifiers.ts';

export interface Inheritance {
  readonly from: PseudonymKey;
  readonly to: PseudonymKey;
}

/** The end of Firestore's time: a tombstone that somebody spoiled covers all. */
const FOR_EVER = new Date('9999-12-31T00:00:00Z');

/** Resolves to how many persons it concerned. Costs a read per tombstone, and one per person when there are any. */
export async function handTombstonesOver(
  firestore: Firestore,
  pipelines: Iterable<Pipeline>,
  collection: string,
  tombstones: Tombstones,
  { from, to }: Inheritance,
): Promise<number> {
  const { docs } = await firestore.collection(collection).get();
  if (docs.length === 0) return 0;
  const ends = new Map<string, Date>();
  for (const doc of docs) {
    const until: unknown = doc.get('until');
    ends.set(doc.id, isTime(until) ? until.toDate() : FOR_EVER);
  }
  let concerned = 0;
  for (const pipeline of pipelines) {
    for await (const { subject, id } of ownersIn(firestore, pipeline)) {
      const until = ends.get(from.tombstone(subject, id));
      const heir = to.tombstone(subject, id);
      const held = ends.get(heir);
      if (until === undefined || (held !== undefined && held >= until)) continue;
      await tombstones.set([heir], until);
      ends.set(heir, until);
      concerned++;
    }
  }
  return concerned;
}
