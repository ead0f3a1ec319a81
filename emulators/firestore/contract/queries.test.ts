// What clients expect of queries, as their own system tests put it.
import { AggregateField, FieldPath, Filter } from '@google-cloud/firestore';
import { describe, expect, test } from '@jest/globals';
import { withEmulator } from '../testing/with-emulator.ts';

const suite = withEmulator();
const NAME = FieldPath.documentId();

async function ids(query: FirebaseFirestore.Query): Promise<string> {
  return (await query.get()).docs.map(({ id }) => id).join(' ');
}

async function fill(documents: Record<string, object>): Promise<FirebaseFirestore.CollectionReference> {
  const batch = suite.db.batch();
  for (const [id, data] of Object.entries(documents)) batch.set(suite.db.doc(`things/${id}`), data);
  await batch.commit();
  return suite.db.collection('things');
}

describe('null, NaN and missing fields', () => {
  test('in every operator', async () => {
    const things = await fill({
      a: { v: 1 },
      b: { v: null },
      c: { v: Number.NaN },
      d: {},
      e: { v: [null, Number.NaN, 1] },
    });
    expect(await ids(things.where('v', '==', null))).toBe('b');
    expect(await ids(things.where('v', '!=', null))).toBe('c a e');
    expect(await ids(things.where('v', '==', Number.NaN))).toBe('c');
    expect(await ids(things.where('v', '!=', Number.NaN))).toBe('a e');
    expect(await ids(things.where('v', '!=', 7))).toBe('c a e');
    expect(await ids(things.where('v', '<', 7))).toBe('a');
    expect(await ids(things.where('v', '>=', -1).orderBy('v', 'desc'))).toBe('a');
    expect(await ids(things.where('v', 'in', [null, Number.NaN]))).toBe('');
    expect(await ids(things.where('v', 'not-in', [1]))).toBe('c e');
    expect(await ids(things.where('v', 'not-in', [Number.NaN]))).toBe('a e');
    expect(await ids(things.where('v', 'not-in', [null]))).toBe('');
    expect(await ids(things.where('v', 'array-contains-any', [null, Number.NaN]))).toBe('');
    expect(await ids(things.where('v', 'array-contains-any', [null, 1]))).toBe('e');
    expect(await ids(things.orderBy('v'))).toBe('b c a e');
  });
});

test.each([{ nullValue: null }, { doubleValue: 'NaN' }])(
  'array-contains %j matches nothing, though no client of Google lets it through',
  async (value) => {
    await fill({ e: { v: [null, Number.NaN, 1] } });
    const path = '/v1/projects/demo-local/databases/(default)/documents:runQuery';
    const { body } = await suite.rest('POST', path, {
      structuredQuery: {
        from: [{ collectionId: 'things' }],
        where: { fieldFilter: { field: { fieldPath: 'v' }, op: 'ARRAY_CONTAINS', value } },
      },
    });
    expect(body).toEqual([{ readTime: expect.any(String) }]);
  },
);

describe('compound filters', () => {
  const numbers = () =>
    fill({
      a: { a: 1, b: 0, l: [1, 2] },
      b: { a: 2, b: 1, l: [2] },
      c: { a: 3, b: 2 },
      d: { a: 1, b: 3, l: [] },
      e: { a: 1, b: 1, l: [7] },
    });

  test('OR with orders, limits and limitToLast', async () => {
    const things = await numbers();
    const or = Filter.or(Filter.where('a', '==', 1), Filter.where('b', '==', 1));
    expect(await ids(things.where(or))).toBe('a b d e');
    expect(await ids(things.where(or).orderBy('b').limit(2))).toBe('a b');
    expect(await ids(things.where(or).orderBy('b').limitToLast(2))).toBe('e d');
    expect(await ids(things.where(or).orderBy('b', 'desc').orderBy(NAME))).toBe('d b e a');
    expect(await ids(things.where(Filter.or(Filter.where('a', '>', 2), Filter.where('b', '<', 1))))).toBe(
      'a c',
    );
    const nested = Filter.and(or, Filter.or(Filter.where('b', '==', 3), Filter.where('a', '==', 2)));
    expect(await ids(things.where(nested))).toBe('b d');
    expect(
      await ids(
        things.where(Filter.or(Filter.where('a', 'in', [2, 3]), Filter.where('l', 'array-contains', 7))),
      ),
    ).toBe('b c e');
    expect(await ids(things.where('a', 'in', [1, 2]).where('l', 'array-contains-any', [2, 7]))).toBe('a b e');
  });

  test('inequalities on several fields order by them in the order of their names', async () => {
    const things = await numbers();
    expect(await ids(things.where('b', '>', 0).where('a', '>=', 1))).toBe('e d b c');
    expect(await ids(things.where('b', '>', 0).where('a', '!=', 3).orderBy('b', 'desc'))).toBe('d b e');
    expect(await ids(things.where('a', '==', 1).where('b', '>', 0).orderBy('b', 'desc'))).toBe('d e');
  });

  test('by name: ranges, lists and their opposites', async () => {
    const things = await numbers();
    expect(await ids(things.where(NAME, '>=', 'b').where(NAME, '<', 'd'))).toBe('b c');
    expect(await ids(things.where(NAME, 'in', ['e', 'a', 'none']))).toBe('a e');
    expect(await ids(things.where(NAME, '!=', 'c'))).toBe('a b d e');
    expect(await ids(things.where(NAME, 'not-in', ['a', things.doc('e')]))).toBe('b c d');
    expect(await ids(things.where(NAME, 'in', ['a', 'b', 'c']).where('a', '>', 1).orderBy('a', 'desc'))).toBe(
      'c b',
    );
    expect(await ids(things.where('a', '==', 1).orderBy(NAME, 'desc').startAfter('e'))).toBe('d a');
  });
});

describe('cursors', () => {
  test('on part of the orders, on documents and both ways', async () => {
    const things = await fill({ a: { x: 1, y: 1 }, b: { x: 1, y: 2 }, c: { x: 2, y: 1 }, d: { x: 2, y: 2 } });
    const ordered = things.orderBy('x').orderBy('y', 'desc');
    expect(await ids(ordered.startAt(2))).toBe('d c');
    expect(await ids(ordered.startAfter(1))).toBe('d c');
    expect(await ids(ordered.startAt(1, 1).endAt(2, 2))).toBe('a d');
    expect(await ids(ordered.endBefore(2))).toBe('b a');
    expect(await ids(ordered.startAfter(await things.doc('b').get()))).toBe('a d c');
    expect(await ids(things.startAfter(await things.doc('b').get()).limit(1))).toBe('c');
    expect(await ids(things.where('x', '>', 0).startAt(await things.doc('c').get()))).toBe('c d');
    expect(await ids(ordered.endBefore(await things.doc('c').get()).limitToLast(2))).toBe('a d');
    expect(await ids(things.orderBy('x').startAt('text'))).toBe('');
    expect(await ids(things.orderBy('x').startAt(null))).toBe('a b c d');
    expect(await ids(things.orderBy('x', 'desc').offset(1).limit(2))).toBe('c b');
  });

  test('of a collection group are paths', async () => {
    for (const path of [
      'a/a/g/1',
      'a/b/g/2',
      'a/b/g/3',
      'a/b/g/4',
      'a/b/g/4/g/5',
      'a/c/g/6',
      'g/7',
      'b/x/h/8',
    ]) {
      await suite.db.doc(path).set({ n: path.length });
    }
    const group = suite.db.collectionGroup('g');
    expect(await ids(group)).toBe('1 2 3 4 5 6 7');
    expect(await ids(group.orderBy(NAME).startAt('a/b').endAt('a/b0'))).toBe('2 3 4 5');
    expect(await ids(group.orderBy(NAME).startAfter('a/b').endBefore('a/b/g/4'))).toBe('2 3');
    expect(await ids(group.where(NAME, '>', 'a/b/g/3').where(NAME, '<=', 'a/c/g/6'))).toBe('4 5 6');
    expect(await ids(group.where(NAME, '==', 'g/7'))).toBe('7');
    expect(await ids(suite.db.doc('a/b/g/4').collection('g'))).toBe('5');
    expect(await ids(group.where('n', '>', 0).limit(2))).toBe('7 1');
  });
});

describe('order', () => {
  test('of strings and of names is that of their UTF-8 bytes', async () => {
    const texts = ['\u{1f600}', '\uffee', 'é', 'z', 'e\u0301', '', 'Z', '\ud7ff', '\ue000'];
    const sorted = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    await fill(Object.fromEntries(texts.map((text) => [`x${text}`, { text }])));
    const things = suite.db.collection('things');
    expect((await things.orderBy('text').get()).docs.map((doc) => doc.get('text') as string)).toEqual(sorted);
    expect((await things.get()).docs.map(({ id }) => id.slice(1))).toEqual(sorted);
    expect((await things.listDocuments()).map(({ id }) => id.slice(1))).toEqual(sorted);
  });

  test('of numeric ids is before all others', async () => {
    await fill({ __id10__: {}, __id9__: {}, '__id-1__': {}, a: {}, '1': {} });
    expect(await ids(suite.db.collection('things'))).toBe('__id-1__ __id9__ __id10__ 1 a');
  });
});

describe('projections', () => {
  test('show the fields that are named, and none when nothing is', async () => {
    const things = await fill({ a: { x: 1, m: { y: 2, z: 3 }, 'q.r': 4 } });
    const one = async (query: FirebaseFirestore.Query): Promise<unknown> =>
      (await query.get()).docs[0]?.data();
    expect(await one(things.select('x', 'm.y'))).toEqual({ x: 1, m: { y: 2 } });
    expect(await one(things.select())).toEqual({});
    expect(await one(things.select(new FieldPath('q.r'), 'none'))).toEqual({ 'q.r': 4 });
    expect(await one(things.select(NAME))).toEqual({});
  });

  test('of documents by name follow their mask, and a list of documents shows no fields', async () => {
    const things = await fill({ a: { x: 1, m: { y: 2, z: 3 } } });
    const [found, missing] = await suite.db.getAll(things.doc('a'), things.doc('none'), {
      fieldMask: ['m.z'],
    });
    expect(found?.data()).toEqual({ m: { z: 3 } });
    expect(missing?.exists).toBe(false);
    const [twice, again] = await suite.db.getAll(things.doc('a'), things.doc('a'));
    expect(twice?.data()).toEqual(again?.data());
    const database = 'projects/demo-local/databases/(default)';
    const { body } = await suite.rest('POST', `/v1/${database}/documents:batchGet`, {
      documents: [`${database}/documents/things/a`],
      mask: {},
    });
    expect(Object.keys((body as { found: object }[])[0]!.found)).toEqual([
      'name',
      'createTime',
      'updateTime',
    ]);
  });
});

describe('aggregations', () => {
  test('respect limit, offset, filters and groups', async () => {
    const things = await fill({ a: { n: 1 }, b: { n: 2 }, c: { n: 3 }, d: { n: 4 } });
    expect((await things.limit(2).count().get()).data().count).toBe(2);
    expect((await things.offset(3).count().get()).data().count).toBe(1);
    expect((await things.offset(9).count().get()).data().count).toBe(0);
    const some = things.where('n', '>', 1).orderBy('n', 'desc').limit(2);
    const { s, a } = (
      await some.aggregate({ s: AggregateField.sum('n'), a: AggregateField.average('n') }).get()
    ).data();
    expect([s, a]).toEqual([7, 3.5]);
    await suite.db.doc('x/y/things/e').set({ n: 10 });
    const all = suite.db
      .collectionGroup('things')
      .aggregate({ c: AggregateField.count(), s: AggregateField.sum('n') });
    expect((await all.get()).data()).toEqual({ c: 5, s: 20 });
  });

  test('leave 64 bits as doubles, and NaN and infinities spread', async () => {
    const client = suite.client({ projectId: 'demo-local', useBigInt: true });
    const big = client.collection('big');
    await big.doc('1').set({ n: 2n ** 63n - 1n, d: 1, m: Number.MAX_VALUE });
    await big.doc('2').set({ n: 1n, d: Number.NaN, m: Number.MAX_VALUE });
    const { n, d, m, am } = (
      await big
        .aggregate({
          n: AggregateField.sum('n'),
          d: AggregateField.sum('d'),
          m: AggregateField.sum('m'),
          am: AggregateField.average('m'),
        })
        .get()
    ).data();
    expect([n, d, m, am]).toEqual([2 ** 63, Number.NaN, Infinity, Infinity]);
    await big.doc('3').set({ n: -10n, d: 1, m: 1 });
    expect((await big.aggregate({ n: AggregateField.sum('n') }).get()).data().n).toBe(2n ** 63n - 10n);
  });

  test('are ordered by what they aggregate, so that a limit takes the lowest', async () => {
    const things = await fill({ a: { n: 9 }, b: { n: 1 }, c: { other: 1 }, d: { n: 2 }, e: { n: 0, k: 7 } });
    const sum = async (query: FirebaseFirestore.Query): Promise<unknown> =>
      (await query.aggregate({ sum: AggregateField.sum('n'), count: AggregateField.count() }).get()).data();
    expect(await sum(things.limit(3))).toEqual({ sum: 3, count: 3 });
    expect(await sum(things.orderBy('n', 'desc').limit(2))).toEqual({ sum: 11, count: 2 });
    // By name, and still only those that have the field.
    expect(await sum(things.orderBy(NAME).startAt('b').limit(2))).toEqual({ sum: 3, count: 2 });
    expect(await sum(things.where('k', '>', 1))).toEqual({ sum: 0, count: 1 });
  });

  test('of doubles lose nothing on the way', async () => {
    const things = await fill(
      Object.fromEntries([3.7, 4.4, 6.1, 7.1, 9.1, 1.6].map((w, i) => [`d${i}`, { w }])),
    );
    const query = things.aggregate({ sum: AggregateField.sum('w'), avg: AggregateField.average('w') });
    expect((await query.get()).data()).toEqual({ sum: 32, avg: 32 / 6 });
  });

  test('within a transaction make it depend on the result', async () => {
    const things = await fill({ a: { n: 1 } });
    let attempts = 0;
    const counted = await suite.db.runTransaction(async (transaction) => {
      const result = await transaction.get(things.count());
      if (attempts++ === 0) await things.doc('b').set({ n: 1 });
      transaction.set(suite.db.doc('totals/t'), result.data());
      return result.data().count;
    });
    expect([counted, attempts]).toEqual([2, 2]);
  });
});

describe('what makes no sense is INVALID_ARGUMENT', () => {
  const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
  const c = (): FirebaseFirestore.CollectionReference => suite.db.collection('c');

  test.each<[string, () => FirebaseFirestore.Query]>([
    ['31 values for in', () => c().where('a', 'in', numbers(31))],
    ['31 values for array-contains-any', () => c().where('a', 'array-contains-any', numbers(31))],
    ['11 values for not-in', () => c().where('a', 'not-in', numbers(11))],
    ['not-in beside !=', () => c().where('a', 'not-in', [1]).where('b', '!=', 1)],
    ['two array-contains', () => c().where('a', 'array-contains', 1).where('b', 'array-contains', 1)],
    ['36 disjunctions', () => c().where('a', 'in', numbers(6)).where('b', 'in', numbers(6))],
    ['an order given twice', () => c().orderBy('a').orderBy('a', 'desc')],
  ])('%s', async (_, query) => {
    await expect(query().get()).rejects.toMatchObject({ code: 3 });
  });

  test('a reference to another database as a name', async () => {
    const other = suite.client({ projectId: 'demo-local', databaseId: 'other' });
    const { status } = await suite.rest(
      'POST',
      '/v1/projects/demo-local/databases/(default)/documents:runQuery',
      {
        structuredQuery: {
          from: [{ collectionId: 'c' }],
          where: {
            fieldFilter: {
              field: { fieldPath: '__name__' },
              op: 'EQUAL',
              value: {
                referenceValue: `projects/demo-local/databases/other/documents/${other.doc('c/d').path}`,
              },
            },
          },
        },
      },
    );
    expect(status).toBe(400);
  });
});
