// What clients expect of vector search.
import { FieldValue } from '@google-cloud/firestore';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ListenRequest, ListenResponse } from '../listen/messages.ts';
import { openStream } from '../testing/open-stream.ts';
import { withEmulator } from '../testing/with-emulator.ts';

const suite = withEmulator();

type Options = FirebaseFirestore.VectorQueryOptions;
const options: Options = { vectorField: 'v', queryVector: [3, 4], limit: 10, distanceMeasure: 'EUCLIDEAN' };

beforeEach(async () => {
  const vectors = { same: [3, 4], near: [3, 3], far: [-30, -40], longer: [1, 2, 3], zero: [0, 0] };
  for (const [id, vector] of Object.entries(vectors)) {
    await suite.db.doc(`things/${id}`).set({ v: FieldValue.vector(vector), even: id.length % 2 === 0 });
  }
  await suite.db.doc('things/plain').set({ v: [3, 4], even: false });
  await suite.db.doc('deep/er/things/inner').set({ v: FieldValue.vector([3, 5]), even: true });
});

/** Ids with their distances. */
async function nearest(
  change: Partial<Options>,
  query: FirebaseFirestore.Query = suite.db.collection('things'),
): Promise<readonly (readonly [string, number])[]> {
  const { docs } = await query.findNearest({ ...options, distanceResultField: 'away', ...change }).get();
  return docs.map((document) => [document.id, document.get('away') as number]);
}

describe('the nearest come first', () => {
  test('by each measure, without vectors of other dimensions', async () => {
    expect(await nearest({})).toEqual([
      ['same', 0],
      ['near', 1],
      ['zero', 5],
      ['far', 55],
    ]);
    expect(await nearest({ distanceMeasure: 'DOT_PRODUCT' })).toEqual([
      ['same', 25],
      ['near', 21],
      ['zero', 0],
      ['far', -250],
    ]);
    expect(await nearest({ distanceMeasure: 'COSINE' })).toEqual([
      ['same', 0],
      ['near', expect.closeTo(1 - 21 / (5 * Math.sqrt(18)), 12)],
      ['far', 2],
    ]);
  });

  test('up to a limit and a threshold, which for a dot product is the least', async () => {
    expect(await nearest({ limit: 2 })).toHaveLength(2);
    expect(await nearest({ distanceThreshold: 1 })).toHaveLength(2);
    expect(await nearest({ distanceMeasure: 'DOT_PRODUCT', distanceThreshold: 21 })).toHaveLength(2);
  });

  test('among what the query leaves, in a group, with the fields that are asked for', async () => {
    const things = suite.db.collection('things');
    expect((await nearest({}, things.where('even', '==', true))).map(([id]) => id)).toEqual([
      'same',
      'near',
      'zero',
    ]);
    expect((await nearest({ limit: 3 }, suite.db.collectionGroup('things'))).map(([id]) => id)).toEqual([
      'same',
      'inner',
      'near',
    ]);
    const shown = await things
      .select('away')
      .findNearest({ ...options, distanceResultField: 'away' })
      .get();
    expect(shown.docs[0]!.data()).toEqual({ away: 0 });
    const silent = await things.findNearest({ ...options, limit: 1 }).get();
    expect(silent.docs[0]!.data()).toEqual({ v: FieldValue.vector([3, 4]), even: true });
  });

  test('also in a transaction, which then depends on them', async () => {
    let attempts = 0;
    await suite.db.runTransaction(async (transaction) => {
      const { size } = await suite.db.collection('things').findNearest(options).get();
      await transaction.get(suite.db.collection('things').where('even', '==', true));
      if (attempts++ === 0) await suite.db.doc('things/same').update({ more: true });
      transaction.set(suite.db.doc('totals/t'), { size });
    });
    expect(attempts).toBe(2);
  });
});

const VECTOR = { arrayValue: { values: [{ doubleValue: 1 }] } };
/** A search as it is on the wire, but for its limit. */
const rawSearch = {
  vectorField: { fieldPath: 'v' },
  queryVector: { mapValue: { fields: { __type__: { stringValue: '__vector__' }, value: VECTOR } } },
  distanceMeasure: 'COSINE',
};
const from = [{ collectionId: 'things', allDescendants: true }];

test('a search cannot be listened to', async () => {
  const database = 'projects/demo-local/databases/(default)';
  const structuredQuery = { from, findNearest: { ...rawSearch, limit: { value: 1 } } };
  const stream = openStream<ListenRequest, ListenResponse>(suite.emulator.port, 'Listen');
  const query = { parent: `${database}/documents`, structuredQuery };
  stream.send({ database, addTarget: { targetId: 1, query } });
  await stream.next();
  expect(await stream.next()).toMatchObject({
    targetChange: {
      targetChangeType: 'REMOVE',
      cause: { code: 3, message: expect.stringContaining('listen') },
    },
  });
  stream.stop();
});

test('a search cannot be partitioned', async () => {
  const path = '/v1/projects/demo-local/databases/(default)/documents:partitionQuery';
  const structuredQuery = { from, findNearest: { ...rawSearch, limit: 1 } };
  expect(await suite.rest('POST', path, { structuredQuery, partitionCount: 2 })).toMatchObject({
    status: 400,
  });
});

test.each([
  ['no measure', { distanceMeasure: 'DISTANCE_MEASURE_UNSPECIFIED' }],
  ['a limit of 0', { limit: { value: 0 } }],
  ['a limit above 1000', { limit: 1001 }],
  ['no vector', { queryVector: { arrayValue: {} } }],
  ['the name as the field', { vectorField: { fieldPath: '__name__' } }],
])('a search with %s is INVALID_ARGUMENT', async (_, change) => {
  const findNearest = { ...rawSearch, limit: 1, ...change };
  const path = '/v1/projects/demo-local/databases/(default)/documents:runQuery';
  const structuredQuery = { from: [{ collectionId: 'things' }], findNearest };
  expect(await suite.rest('POST', path, { structuredQuery })).toMatchObject({
    status: 400,
    body: { error: { status: 'INVALID_ARGUMENT' } },
  });
});
