// The indexes and TTL policies of firestore.indexes.json, made in the local Firestore over the Admin API.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startFirestore } from '../../emulators/firestore/server.ts';
import { systemClock } from '../../emulators/shared/clock.ts';
import type { Emulator } from '../../emulators/shared/emulator.ts';
import { Faults } from '../../emulators/shared/faults.ts';
import { createApi, type Api } from './api.ts';
import { createFirestorePart, readWantedFirestore } from './firestore.ts';
import { applyAll, type AppliedChange } from './plan.ts';

const DATABASE = 'projects/demo-local/databases/(default)';
const STATUS = `/v1/${DATABASE}/collectionGroups/sessions/fields/status`;
let emulator: Emulator;
let api: Api;
beforeEach(async () => {
  emulator = await startFirestore({ port: 0, faults: new Faults(), clock: systemClock, log: () => {} });
  api = createApi(`http://127.0.0.1:${emulator.port}`, async () => ({ authorization: 'Bearer owner' }));
});
afterEach(() => emulator.close());

async function provision(): Promise<AppliedChange[]> {
  const applied = [];
  for await (const change of applyAll([await createFirestorePart(api, DATABASE).plan()]))
    applied.push(change);
  return applied;
}

test('every index and policy of the file is made, and a second run changes nothing', async () => {
  const { indexes, fields } = readWantedFirestore();
  const applied = await provision();
  const made = (what: string) => applied.filter((change) => change.what.startsWith(what)).length;
  expect([made('index of'), made('indexes of'), made('TTL')]).toEqual([
    indexes.length,
    fields.length,
    fields.filter(({ ttl }) => ttl).length,
  ]);
  expect(applied.every(({ result, note }) => result === 'done' && note?.includes('doctor'))).toBe(true);
  expect(await provision()).toEqual([]);
});

test("an index that the file does not name is somebody's, and stays", async () => {
  const other = (fieldPath: string) => ({
    queryScope: 'COLLECTION',
    fields: [
      { fieldPath, order: 'ASCENDING' },
      { fieldPath: 'createdAt', order: 'ASCENDING' },
    ],
  });
  const indexes = `/v1/${DATABASE}/collectionGroups/sessions/indexes`;
  await api.post(indexes, other('exerciseType'));
  const own = { queryScope: 'COLLECTION_GROUP', fields: [{ fieldPath: 'status', order: 'DESCENDING' }] };
  await api.patch(`${STATUS}?updateMask=indexConfig`, { indexConfig: { indexes: [own] } });
  await provision();
  expect(await api.get(indexes)).toMatchObject({
    indexes: expect.arrayContaining([
      expect.objectContaining({ fields: expect.arrayContaining([other('exerciseType').fields[0]]) }),
    ]),
  });
  expect(await api.get(STATUS)).toMatchObject({
    indexConfig: { indexes: expect.arrayContaining([expect.objectContaining(own)]) },
  });
  expect(await provision()).toEqual([]);
});

test('one that somebody took away is made again', async () => {
  await provision();
  await api.patch(`${STATUS}?updateMask=indexConfig`, {});
  expect(await provision()).toMatchObject([
    {
      kind: 'set',
      what: 'indexes of sessions.status',
      from: 'those of every field',
      to: 'also status ASCENDING (COLLECTION_GROUP)',
      result: 'done',
    },
  ]);
  expect(await provision()).toEqual([]);
});
