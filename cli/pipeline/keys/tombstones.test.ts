// Who was erased under an old key is known by the next one, on the local Firestore.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TOMBSTONES_COLLECTION } from '../../../functions/config.ts';
import { sessions } from '../../../functions/pipelines/sessions.ts';
import { createTombstones, type Tombstones } from '../../../functions/services/tombstones.ts';
import { createPseudonymKey } from '../../../functions/steps/pseudonym-key.ts';
import { startFirestoreWithClient } from '../../../test/contracts/firestore.ts';
import { handTombstonesOver } from './tombstones.ts';

const SCOPE = { project: 'demo-local', dataset: 'analytics_production' };
const [from, to] = [1, 2].map((version) =>
  createPseudonymKey(version, createHash('sha512').update(`key ${version}`).digest(), SCOPE),
) as [ReturnType<typeof createPseudonymKey>, ReturnType<typeof createPseudonymKey>];
const name = (key: typeof from, id: string) => key.tombstone('userId', id);

let local: Awaited<ReturnType<typeof startFirestoreWithClient>>;
let tombstones: Tombstones;
beforeAll(async () => {
  local = await startFirestoreWithClient();
  tombstones = createTombstones(local.stored, TOMBSTONES_COLLECTION);
});
afterAll(() => local.close());

const handOver = () =>
  handTombstonesOver(local.firestore, [sessions], TOMBSTONES_COLLECTION, tombstones, { from, to });
const until = (hours: number) => new Date(Date.UTC(2026, 0, 1, hours));
const covers = (key: typeof from, id: string, hours: number) =>
  tombstones.cover([name(key, id)], until(hours).toISOString());

test('without tombstones no person is looked at', async () => {
  await expect(handOver()).resolves.toBe(0);
});

test('of persons who have documents, each gets its name under the next key, with the same end', async () => {
  for (const id of ['erased', 'known', 'later', 'spoiled', 'lives']) {
    await local.firestore.doc(`users/${id}/sessions/s1`).set({});
  }
  await tombstones.set([name(from, 'erased'), name(from, 'without-documents')], until(5));
  await tombstones.set([name(from, 'known'), name(to, 'known')], until(5));
  await tombstones.set([name(from, 'later')], until(7));
  await tombstones.set([name(to, 'later')], until(5));
  await local.firestore.doc(`${TOMBSTONES_COLLECTION}/${name(from, 'spoiled')}`).set({ until: 'soon' });

  await expect(handOver()).resolves.toBe(3);
  await expect(covers(to, 'erased', 5)).resolves.toBe(true);
  await expect(covers(to, 'erased', 6)).resolves.toBe(false);
  await expect(covers(to, 'later', 7)).resolves.toBe(true);
  await expect(covers(to, 'spoiled', 24 * 365 * 100)).resolves.toBe(true);
  await expect(covers(to, 'lives', 0)).resolves.toBe(false);
  await expect(covers(to, 'without-documents', 0)).resolves.toBe(false);
  await expect(handOver()).resolves.toBe(0);
});
