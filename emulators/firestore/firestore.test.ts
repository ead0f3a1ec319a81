// The contract of the emulator, through Google's own client over a real socket.
import { Firestore, FieldValue, Timestamp, GeoPoint, AggregateField, Filter } from '@google-cloud/firestore';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../shared/clock.ts';
import { Faults } from '../shared/faults.ts';
import type { DocumentChange, FirestoreEmulator } from './server.ts';
import { startFirestore } from './server.ts';
import { collect } from './testing/collect.ts';
import { withResolvers } from './testing/with-resolvers.ts';

const faults = new Faults();
let emulator: FirestoreEmulator;
let db: Firestore;

beforeAll(async () => {
  emulator = await startFirestore({ port: 0, faults, clock: systemClock, log: () => undefined });
  process.env['FIRESTORE_EMULATOR_HOST'] = `127.0.0.1:${emulator.port}`;
  db = new Firestore({ projectId: 'demo-local' });
});

afterAll(async () => {
  await db.terminate();
  await emulator.close();
});

beforeEach(async () => {
  faults.clear();
  await emulator.clear();
});

describe('documents', () => {
  test('come back as they were written, whatever their types', async () => {
    const data = {
      text: 'ü',
      yes: true,
      integer: 7,
      double: 1.5,
      nothing: null,
      at: new Timestamp(1_700_000_000, 123_456_000),
      bytes: Buffer.from([1, 2]),
      where: new GeoPoint(35, 139),
      ref: db.doc('a/b'),
      list: [1, 'two', { three: 3 }],
      map: { 'odd.key`': { deep: [] } },
      vector: FieldValue.vector([1, 2]),
    };
    await db.doc('types/all').set(data);
    const read = await db.doc('types/all').get();
    expect(read.data()).toEqual({ ...data, ref: expect.anything() });
    expect((read.get('ref') as { path: string }).path).toBe('a/b');
  });

  test('create refuses to overwrite, update refuses to create', async () => {
    const doc = db.doc('users/u1');
    await doc.create({ a: 1 });
    await expect(doc.create({ a: 2 })).rejects.toMatchObject({ code: 6 });
    await expect(db.doc('users/u2').update({ a: 2 })).rejects.toMatchObject({ code: 5 });
    await expect(doc.delete({ exists: true })).resolves.toBeDefined();
    await expect(doc.delete({ exists: true })).rejects.toMatchObject({ code: 5 });
  });

  test('a write under a stale update time fails', async () => {
    const doc = db.doc('users/u1');
    const first = await doc.set({ a: 1 });
    await doc.set({ a: 2 });
    await expect(doc.update({ a: 3 }, { lastUpdateTime: first.writeTime })).rejects.toMatchObject({
      code: 9,
    });
  });

  test('masks change what they name, however deep, and nothing else', async () => {
    const doc = db.doc('users/u1');
    await doc.set({ a: { b: 1, c: 2 }, 'x.y': 1, keep: true });
    await doc.update({ 'a.b': FieldValue.delete(), 'a.d.e': 5 });
    await doc.set({ 'x.y': 2 }, { merge: true });
    expect((await doc.get()).data()).toEqual({ a: { c: 2, d: { e: 5 } }, 'x.y': 2, keep: true });
  });

  test('transforms are computed by the server', async () => {
    const doc = db.doc('users/u1');
    await doc.set({ n: 1, list: [1, 2] });
    await doc.update({
      n: FieldValue.increment(2.5),
      fresh: FieldValue.increment(3),
      list: FieldValue.arrayUnion(2, 3),
      at: FieldValue.serverTimestamp(),
    });
    const read = await doc.get();
    expect(read.data()).toMatchObject({ n: 3.5, fresh: 3, list: [1, 2, 3] });
    expect(read.get('at')).toEqual(read.updateTime);
    await doc.update({ list: FieldValue.arrayRemove(1, 3) });
    expect((await doc.get()).get('list')).toEqual([2]);
  });

  test('a write that changes nothing keeps the update time and tells nobody', async () => {
    const doc = db.doc('users/u1');
    await doc.set({ a: 1 });
    const before = await doc.get();
    const seen: DocumentChange[] = [];
    const stop = emulator.onChange((changes) => seen.push(...changes));
    await doc.set({ a: 1 });
    await db.doc('users/none').delete();
    stop();
    expect(seen).toEqual([]);
    expect((await doc.get()).updateTime).toEqual(before.updateTime);
  });

  test('a commit tells each changed document once, with its path and both states', async () => {
    const seen: DocumentChange[] = [];
    const stop = emulator.onChange((changes) => seen.push(...changes));
    const batch = db.batch();
    batch
      .set(db.doc('users/u1'), { a: 1 })
      .update(db.doc('users/u1'), { b: 2 })
      .set(db.doc('users/u1/s/1'), {});
    await batch.commit();
    await db.doc('users/u1').delete();
    stop();
    expect(seen.map(({ path, before, after }) => [path, before !== undefined, after !== undefined])).toEqual([
      ['users/u1', false, true],
      ['users/u1/s/1', false, true],
      ['users/u1', true, false],
    ]);
    expect(seen[0]).toMatchObject({ project: 'demo-local', database: '(default)' });
  });

  test('a batch is applied as a whole or not at all', async () => {
    const batch = db.batch().set(db.doc('users/u1'), { a: 1 }).update(db.doc('users/u2'), { a: 1 });
    await expect(batch.commit()).rejects.toMatchObject({ code: 5 });
    expect((await db.doc('users/u1').get()).exists).toBe(false);
  });

  test('a bulk writer gets an answer per write', async () => {
    await db.doc('users/u1').set({});
    const writer = db.bulkWriter();
    writer.onWriteError(() => false);
    const failing = writer.create(db.doc('users/u1'), {});
    const fine = writer.set(db.doc('users/u2'), {});
    const closed = writer.close();
    await expect(failing).rejects.toMatchObject({ code: 6 });
    await expect(fine).resolves.toBeDefined();
    await closed;
  });

  test.each([
    ['too large', 'users/u1', { a: 'x'.repeat(1_048_577) }],
    ['with a reserved id', 'users/__u__', {}],
    ['with an id of 1501 bytes', `users/${'x'.repeat(1501)}`, {}],
    ['with a reserved field', 'users/u1', { __a__: 1 }],
    ['nested too deeply', 'users/u1', JSON.parse(`${'{"a":'.repeat(21)}1${'}'.repeat(21)}`) as object],
  ])('a document %s is refused with INVALID_ARGUMENT', async (_, path, data) => {
    await expect(db.doc(path).set(data)).rejects.toMatchObject({ code: 3 });
  });

  test('databases and projects are separate', async () => {
    const other = new Firestore({ projectId: 'demo-other', databaseId: 'second' });
    await db.doc('users/u1').set({});
    expect((await other.doc('users/u1').get()).exists).toBe(false);
    await other.terminate();
  });
});

describe('listing', () => {
  test('documents that are missing but have children are listed, and collections by their parent', async () => {
    await db.doc('users/u1/sessions/s1').set({});
    await db.doc('users/u2').set({});
    await db.doc('other/o1/deep/d1/deeper/x').set({});
    expect((await db.collection('users').listDocuments()).map(({ id }) => id)).toEqual(['u1', 'u2']);
    expect((await db.listCollections()).map(({ id }) => id)).toEqual(['other', 'users']);
    expect((await db.doc('other/o1').listCollections()).map(({ id }) => id)).toEqual(['deep']);
    await db.doc('users/u1/sessions/s1').delete();
    expect((await db.collection('users').listDocuments()).map(({ id }) => id)).toEqual(['u2']);
  });

  test('pages of documents join into the whole', async () => {
    const writer = db.bulkWriter();
    for (let i = 0; i < 700; i++) void writer.set(db.collection('many').doc(), { i });
    await writer.close();
    expect(new Set((await db.collection('many').listDocuments()).map(({ id }) => id)).size).toBe(700);
  });

  test('recursiveDelete removes a collection with everything below and nothing beside', async () => {
    for (const path of ['c/1', 'c/1/d/2', 'c/3/d/4', 'cc/1', 'b/1']) await db.doc(path).set({});
    await db.recursiveDelete(db.collection('c'));
    const left = await db.listCollections();
    expect(left.map(({ id }) => id)).toEqual(['b', 'cc']);
  });
});

async function ids(query: FirebaseFirestore.Query): Promise<string[]> {
  return (await query.get()).docs.map((doc) => doc.id);
}

async function fill(documents: Record<string, object>): Promise<FirebaseFirestore.CollectionReference> {
  const batch = db.batch();
  for (const [id, data] of Object.entries(documents)) batch.set(db.doc(`things/${id}`), data);
  await batch.commit();
  return db.collection('things');
}

describe('queries', () => {
  test('filters', async () => {
    const things = await fill({
      a: { n: 1, tags: ['x', 'y'], m: { k: 1 } },
      b: { n: 2, tags: ['y'] },
      c: { n: 3.5 },
      d: { n: null },
      e: { n: 'text' },
      f: { n: Number.NaN },
      g: {},
    });
    expect(await ids(things.where('n', '==', 2))).toEqual(['b']);
    expect(await ids(things.where('n', '>', 1))).toEqual(['b', 'c']);
    expect(await ids(things.where('n', '!=', 2))).toEqual(['f', 'a', 'c', 'e']);
    expect(await ids(things.where('n', '==', null))).toEqual(['d']);
    expect(await ids(things.where('n', '==', Number.NaN))).toEqual(['f']);
    expect(await ids(things.where('n', 'in', [1, 'text', null]))).toEqual(['a', 'e']);
    expect(await ids(things.where('n', 'not-in', [1, 'text']))).toEqual(['f', 'b', 'c']);
    expect(await ids(things.where('tags', 'array-contains', 'y'))).toEqual(['a', 'b']);
    expect(await ids(things.where('tags', 'array-contains-any', ['x', 'z']))).toEqual(['a']);
    expect(await ids(things.where('m.k', '==', 1))).toEqual(['a']);
    expect(await ids(things.where(Filter.or(Filter.where('n', '==', 1), Filter.where('n', '>', 2))))).toEqual(
      ['a', 'c'],
    );
    expect(await ids(things.where('__name__', 'in', ['a', 'g']))).toEqual(['a', 'g']);
    expect(await ids(things.where('__name__', '>', 'e').limit(1))).toEqual(['f']);
  });

  test('order, cursors, limits, offset and projection', async () => {
    const things = await fill({ a: { n: 2, s: 1 }, b: { n: 1, s: 2 }, c: { n: 2, s: 3 }, d: { s: 4 } });
    expect(await ids(things.orderBy('n'))).toEqual(['b', 'a', 'c']);
    expect(await ids(things.orderBy('n', 'desc'))).toEqual(['c', 'a', 'b']);
    expect(await ids(things.orderBy('n').startAfter(1))).toEqual(['a', 'c']);
    expect(await ids(things.orderBy('n').endBefore(2))).toEqual(['b']);
    expect(await ids(things.orderBy('n').startAt(await things.doc('c').get()))).toEqual(['c']);
    expect(await ids(things.orderBy('n').limitToLast(2))).toEqual(['a', 'c']);
    expect(await ids(things.orderBy('s').offset(1).limit(2))).toEqual(['b', 'c']);
    expect((await things.select('n').where('s', '==', 1).get()).docs[0]?.data()).toEqual({ n: 2 });
    expect(await ids(things.where('s', '>', 9))).toEqual([]);
  });

  test('collection groups reach all collections of a name', async () => {
    for (const path of ['g/1', 'a/1/g/2', 'a/1/b/2/g/3', 'a/1/h/4']) await db.doc(path).set({ n: 1 });
    expect(await ids(db.collectionGroup('g').where('n', '==', 1))).toEqual(['3', '2', '1']);
  });

  test('aggregations', async () => {
    const things = await fill({ a: { n: 1 }, b: { n: 2.5 }, c: {}, d: { n: 'x' } });
    const result = await things
      .aggregate({
        count: AggregateField.count(),
        sum: AggregateField.sum('n'),
        avg: AggregateField.average('n'),
      })
      .get();
    expect(result.data()).toEqual({ count: 3, sum: 3.5, avg: 1.75 });
    expect((await things.count().get()).data().count).toBe(4);
    const none = await things
      .where('n', '>', 99)
      .aggregate({ sum: AggregateField.sum('n'), avg: AggregateField.average('n') })
      .get();
    expect(none.data()).toEqual({ sum: 0, avg: null });
  });

  test('an invalid query is INVALID_ARGUMENT', async () => {
    const many = Array.from({ length: 31 }, (_, i) => i);
    await expect(db.collection('c').where('a', 'in', many).get()).rejects.toMatchObject({ code: 3 });
  });
});

describe('transactions', () => {
  test('two that read and write the same document: one is retried, none is lost', async () => {
    const doc = db.doc('users/u1');
    await doc.set({ n: 0 });
    let attempts = 0;
    const read = [withResolvers<void>(), withResolvers<void>()] as const;
    const run = (mine: number): Promise<void> =>
      db.runTransaction(async (transaction) => {
        attempts++;
        const n = (await transaction.get(doc)).get('n') as number;
        read[mine]!.resolve();
        await read[1 - mine]!.promise;
        transaction.update(doc, { n: n + 1 });
      });
    await Promise.all([run(0), run(1)]);
    expect((await doc.get()).get('n')).toBe(2);
    expect(attempts).toBe(3);
  });

  test('a crowd of increments on one document loses none', async () => {
    const doc = db.doc('users/u1');
    await doc.set({ n: 0 });
    const increments = Array.from({ length: 25 }, () =>
      db.runTransaction(async (transaction) => {
        const n = (await transaction.get(doc)).get('n') as number;
        transaction.update(doc, { n: n + 1 });
      }),
    );
    await Promise.all(increments);
    expect((await doc.get()).get('n')).toBe(25);
  });

  test('one that read a query is retried when a document joins its result', async () => {
    const items = db.collection('items');
    let attempts = 0;
    const count = await db.runTransaction(async (transaction) => {
      const { size } = await transaction.get(items.where('n', '>', 0));
      if (attempts++ === 0) await items.doc('joined').set({ n: 1 });
      transaction.set(db.doc('totals/items'), { size });
      return size;
    });
    expect([attempts, count]).toEqual([2, 1]);
  });

  test('a read-only one sees one state throughout', async () => {
    const doc = db.doc('users/u1');
    await doc.set({ n: 1 });
    const seen = await db.runTransaction(
      async (transaction) => {
        const first = (await transaction.get(doc)).get('n') as number;
        await doc.set({ n: 2 });
        await db.doc('users/u2').set({ n: 2 });
        const all = await transaction.get(db.collection('users'));
        return [first, ...all.docs.map((each) => each.get('n') as number)];
      },
      { readOnly: true },
    );
    expect(seen).toEqual([1, 1]);
  });

  test('the past can be read by its time', async () => {
    const doc = db.doc('users/u1');
    const { writeTime } = await doc.set({ n: 1 });
    await doc.delete();
    const past = await db.runTransaction((transaction) => transaction.get(doc), {
      readOnly: true,
      readTime: writeTime,
    });
    expect(past.get('n')).toBe(1);
  });

  test('an error inside rolls back and surfaces', async () => {
    const failing = db.runTransaction(async (transaction) => {
      await transaction.get(db.doc('users/u1'));
      transaction.set(db.doc('users/u1'), {});
      throw new Error('mine');
    });
    await expect(failing).rejects.toThrow('mine');
    expect((await db.doc('users/u1').get()).exists).toBe(false);
  });
});

describe('listening', () => {
  test('to a document gives its state, then each change', async () => {
    const doc = db.doc('users/u1');
    const states = collect<unknown>((push, fail) =>
      doc.onSnapshot((snapshot) => push(snapshot.data()), fail),
    );
    expect(await states.next()).toBeUndefined();
    await doc.set({ n: 1 });
    expect(await states.next()).toEqual({ n: 1 });
    await doc.update({ n: 2 });
    expect(await states.next()).toEqual({ n: 2 });
    await doc.delete();
    expect(await states.next()).toBeUndefined();
    states.stop();
  });

  test('to a query follows documents that join, change, leave and vanish', async () => {
    const users = db.collection('users');
    await users.doc('a').set({ n: 1 });
    const query = users.where('n', '>', 0).orderBy('n').limit(2);
    const results = collect<string[]>((push, fail) =>
      query.onSnapshot((snapshot) => push(snapshot.docs.map((doc) => doc.id)), fail),
    );
    expect(await results.next()).toEqual(['a']);
    await users.doc('b').set({ n: 2 });
    expect(await results.next()).toEqual(['a', 'b']);
    await users.doc('c').set({ n: 0.5 });
    expect(await results.next()).toEqual(['c', 'a']);
    await users.doc('a').set({ n: -1 });
    expect(await results.next()).toEqual(['c', 'b']);
    await users.doc('c').delete();
    expect(await results.next()).toEqual(['b']);
    results.stop();
  });

  test('to a collection group, and through a clear of the database', async () => {
    await db.doc('a/1/g/x').set({});
    const results = collect<string[]>((push, fail) =>
      db.collectionGroup('g').onSnapshot((snapshot) => push(snapshot.docs.map((doc) => doc.id)), fail),
    );
    expect(await results.next()).toEqual(['x']);
    await emulator.clear();
    expect(await results.next()).toEqual([]);
    await db.doc('g/y').set({});
    expect(await results.next()).toEqual(['y']);
    results.stop();
  });
});

describe('partitions', () => {
  test('cut a collection group into parts that together are the whole', async () => {
    const writer = db.bulkWriter();
    for (let i = 0; i < 600; i++) void writer.set(db.doc(`parents/${i % 7}/parts/${i}`), { i });
    await writer.close();
    const found: string[] = [];
    let parts = 0;
    for await (const partition of db.collectionGroup('parts').getPartitions(4)) {
      parts++;
      for (const doc of (await partition.toQuery().get()).docs) found.push(doc.id);
    }
    expect(parts).toBe(4);
    expect(new Set(found).size).toBe(600);
    expect(found.length).toBe(600);
  });
});

describe('faults', () => {
  test('before a commit nothing is applied, after it everything is', async () => {
    const doc = db.doc('users/u1');
    faults.add({
      service: 'firestore',
      method: 'Commit',
      status: 403,
      reason: 'PERMISSION_DENIED',
      count: 1,
    });
    await expect(doc.create({ n: 1 })).rejects.toMatchObject({ code: 7 });
    expect((await doc.get()).exists).toBe(false);
    faults.add({ service: 'firestore', method: 'Commit', phase: 'after', status: 403, count: 1 });
    await expect(doc.create({ n: 1 })).rejects.toMatchObject({ code: 7 });
    expect((await doc.get()).exists).toBe(true);
  });

  test('a dropped connection is UNAVAILABLE to the client, which recovers', async () => {
    faults.add({ service: 'firestore', method: 'Commit', drop: true, count: 1 });
    await db.doc('users/u1').set({ n: 1 });
    expect(faults.list()[0]?.hits).toBe(1);
    expect((await db.doc('users/u1').get()).get('n')).toBe(1);
  });
});
