// What clients expect of explained queries, and by what they tell of their cost, that this grows with the
// result and not with the database.
import { AggregateField, FieldPath, Filter } from '@google-cloud/firestore';
import { describe, expect, test } from '@jest/globals';
import { withEmulator } from '../testing/with-emulator.ts';

const suite = withEmulator();

async function fill(count: number): Promise<FirebaseFirestore.CollectionReference> {
  const batch = suite.db.batch();
  for (let i = 0; i < count; i++) {
    const mod = i % (count / 4);
    batch.set(suite.db.doc(`things/${String(i * 7919).padStart(9, '0')}`), { i, mod, list: [mod] });
  }
  await batch.commit();
  return suite.db.collection('things');
}

describe('the plan', () => {
  test.each<[string, (query: FirebaseFirestore.Query) => FirebaseFirestore.Query, string[]]>([
    ['everything', (query) => query, ['(__name__ ASC)']],
    ['an equality', (query) => query.where('a', '==', 1), ['(a ASC, __name__ ASC)']],
    [
      'equalities',
      (query) => query.where('a', '==', 1).where('b', 'in', [1, 2]),
      ['(a ASC, __name__ ASC)', '(b ASC, __name__ ASC)'],
    ],
    [
      'an order',
      (query) => query.where('l', 'array-contains', 1).where('a', '==', 1).orderBy('b', 'desc'),
      ['(l CONTAINS, a ASC, b DESC, __name__ DESC)'],
    ],
    [
      'an OR',
      (query) => query.where(Filter.or(Filter.where('a', '==', 1), Filter.where('b', '>', 1))),
      ['(a ASC, b ASC, __name__ ASC)', '(b ASC, __name__ ASC)'],
    ],
  ])('of %s names its indexes and runs nothing', async (_, change, properties) => {
    const { metrics, snapshot } = await change(suite.db.collection('things')).explain();
    expect(snapshot).toBeNull();
    expect(metrics.executionStats).toBeNull();
    expect(metrics.planSummary.indexesUsed).toEqual(
      properties.map((each) => ({ query_scope: 'Collection', properties: each })),
    );
  });

  test('of a vector search in a group', async () => {
    const search = suite.db
      .collectionGroup('things')
      .where('color', '==', 'red')
      .findNearest({ vectorField: 'v', queryVector: [1, 2, 3], limit: 1, distanceMeasure: 'COSINE' });
    // The client has the method, its types do not.
    const { metrics } = await (search as unknown as FirebaseFirestore.Query).explain();
    expect(metrics.planSummary.indexesUsed).toEqual([
      { query_scope: 'Collection group', properties: '(color ASC, __name__ ASC, v VECTOR<3>)' },
    ]);
  });
});

test('an analysed query is run and tells what it took', async () => {
  const things = await fill(8);
  const { metrics, snapshot } = await things.where('i', '>=', 5).explain({ analyze: true });
  expect(snapshot?.size).toBe(3);
  expect(metrics.executionStats).toMatchObject({
    resultsReturned: 3,
    readOperations: 3,
    debugStats: { documents_scanned: '3', billing_details: { documents_billable: '3', min_query_cost: '0' } },
  });
  const { seconds, nanoseconds } = metrics.executionStats!.executionDuration;
  expect([seconds, nanoseconds > 0]).toEqual([0, true]);

  const counted = await things
    .aggregate({ count: AggregateField.count(), sum: AggregateField.sum('i') })
    .explain({ analyze: true });
  expect(counted.snapshot?.data()).toEqual({ count: 8, sum: 28 });
  expect(counted.metrics.planSummary.indexesUsed).toEqual([
    { query_scope: 'Collection', properties: '(i ASC, __name__ ASC)' },
  ]);
  expect(counted.metrics.executionStats).toMatchObject({ resultsReturned: 1, readOperations: 1 });
  const planned = await things.count().explain();
  expect([planned.snapshot, planned.metrics.executionStats]).toEqual([null, null]);
});

test('an explanation in JSON is plain JSON', async () => {
  const path = '/v1/projects/demo-local/databases/(default)/documents:runQuery';
  const { body } = await suite.rest('POST', path, {
    structuredQuery: { from: [{ collectionId: 'things' }] },
    explainOptions: { analyze: true },
  });
  expect(body).toMatchObject([
    { readTime: expect.any(String) },
    {
      explainMetrics: {
        planSummary: { indexesUsed: [{ query_scope: 'Collection', properties: '(__name__ ASC)' }] },
        executionStats: {
          executionDuration: expect.stringMatching(/^0\.\d+s$/),
          readOperations: '1',
          debugStats: { billing_details: { min_query_cost: '1' } },
        },
      },
    },
  ]);
});

describe('the cost grows with the result, not with the collection:', () => {
  const name = FieldPath.documentId();
  test.each<[string, number, (query: FirebaseFirestore.CollectionReference) => FirebaseFirestore.Query]>([
    ['an equality', 4, (query) => query.where('mod', '==', 3)],
    ['a list', 8, (query) => query.where('mod', 'in', [3, 4])],
    ['an array', 4, (query) => query.where('list', 'array-contains', 3)],
    ['a range', 3, (query) => query.where('i', '>', 10).where('i', '<=', 13)],
    ['an order with a limit', 5, (query) => query.orderBy('i', 'desc').limit(5)],
    ['an order from a cursor', 5, (query) => query.orderBy('i').startAfter(7).limit(5)],
    ['a range with a limit', 5, (query) => query.where('i', '>', 10).limit(5)],
    ['an equality with another order', 4, (query) => query.where('mod', '==', 3).orderBy('i').limit(2)],
    ['two equalities', 1, (query) => query.where('mod', '==', 3).where('i', '==', 3)],
    ['an OR', 5, (query) => query.where(Filter.or(Filter.where('mod', '==', 3), Filter.where('i', '==', 4)))],
    ['a name', 1, (query) => query.where(name, '==', '000000000')],
    ['names with a limit', 2, (query) => query.orderBy(name, 'desc').limit(2)],
  ])('%s', async (_, most, change) => {
    const things = await fill(400);
    const { metrics } = await change(things).explain({ analyze: true });
    const visited = Number(metrics.executionStats?.debugStats['index_entries_scanned']);
    expect(visited).toBeGreaterThan(0);
    expect(visited).toBeLessThanOrEqual(most);
  });
});
