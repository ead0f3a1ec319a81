// What clients expect of listeners.
import { describe, expect, test } from '@jest/globals';
import { collect } from '../testing/collect.ts';
import type { Collected } from '../testing/collect.ts';
import { withEmulator } from '../testing/with-emulator.ts';

const suite = withEmulator();

function changes(query: FirebaseFirestore.Query): Collected<string[]> {
  return collect((push, fail) =>
    query.onSnapshot(
      (snapshot) =>
        push(
          snapshot
            .docChanges()
            .map(({ type, doc, oldIndex, newIndex }) => `${type} ${doc.id} ${oldIndex}→${newIndex}`),
        ),
      fail,
    ),
  );
}

test('changes tell where a document was and where it is now', async () => {
  const c = suite.db.collection('c');
  await c.doc('a').set({ n: 1 });
  await c.doc('b').set({ n: 2 });
  const seen = changes(c.orderBy('n'));
  expect(await seen.next()).toEqual(['added a -1→0', 'added b -1→1']);
  await c.doc('a').set({ n: 3 });
  expect(await seen.next()).toEqual(['modified a 0→1']);
  const batch = suite.db.batch();
  batch.delete(c.doc('b')).set(c.doc('z'), { n: 0 }).update(c.doc('a'), { m: 1 });
  await batch.commit();
  expect(await seen.next()).toEqual(['removed b 0→-1', 'added z -1→0', 'modified a 1→1']);
  seen.stop();
});

test('the last of an order', async () => {
  const c = suite.db.collection('c');
  for (const n of [1, 2, 3]) await c.doc(`d${n}`).set({ n });
  const seen = collect<string[]>((push, fail) =>
    c
      .orderBy('n')
      .limitToLast(2)
      .onSnapshot((snapshot) => push(snapshot.docs.map(({ id }) => id)), fail),
  );
  expect(await seen.next()).toEqual(['d2', 'd3']);
  await c.doc('d4').set({ n: 4 });
  expect(await seen.next()).toEqual(['d3', 'd4']);
  await c.doc('d4').delete();
  expect(await seen.next()).toEqual(['d2', 'd3']);
  seen.stop();
});

test('an empty result is a snapshot, with the time at which it was empty', async () => {
  const seen = collect<FirebaseFirestore.QuerySnapshot>((push, fail) =>
    suite.db.collection('none').onSnapshot(push, fail),
  );
  const snapshot = await seen.next();
  expect([snapshot.empty, snapshot.readTime.toMillis() > 0]).toEqual([true, true]);
  seen.stop();
});

test('who has unsubscribed hears nothing more, the others do', async () => {
  const doc = suite.db.doc('c/d');
  const [gone, there] = [0, 1].map(() =>
    collect<unknown>((push, fail) => doc.onSnapshot((snapshot) => push(snapshot.data()), fail)),
  ) as [Collected<unknown>, Collected<unknown>];
  await Promise.all([gone.next(), there.next()]);
  const late: unknown[] = [];
  void gone.next().then((state) => late.push(state));
  gone.stop();
  await doc.set({ n: 1 });
  expect(await there.next()).toEqual({ n: 1 });
  expect(late).toEqual([]);
  there.stop();
});

test('a hundred and fifty listeners at once', async () => {
  const c = suite.db.collection('c');
  const all = Array.from({ length: 150 }, (_, i) =>
    collect<boolean>((push, fail) => c.doc(`d${i}`).onSnapshot(({ exists }) => push(exists), fail)),
  );
  expect(new Set(await Promise.all(all.map((one) => one.next())))).toEqual(new Set([false]));
  const batch = suite.db.batch();
  for (let i = 0; i < all.length; i++) batch.set(c.doc(`d${i}`), {});
  await batch.commit();
  expect(new Set(await Promise.all(all.map((one) => one.next())))).toEqual(new Set([true]));
  for (const one of all) one.stop();
});

describe('databases', () => {
  test('of one project and projects of one database hear only of themselves', async () => {
    const clients = [
      suite.db,
      suite.client({ projectId: 'demo-local', databaseId: 'second' }),
      suite.client({ projectId: 'demo-other' }),
    ];
    const seen = clients.map((client) =>
      collect<unknown>((push, fail) => client.doc('c/d').onSnapshot((one) => push(one.data()), fail)),
    );
    for (const one of seen) expect(await one.next()).toBeUndefined();
    for (const [i, client] of clients.entries()) await client.doc('c/d').set({ i });
    expect(await Promise.all(seen.map((one) => one.next()))).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }]);
    for (const one of seen) one.stop();
  });
});

test('a bad query ends its listener with the code, and no other', async () => {
  const many = Array.from({ length: 31 }, (_, i) => i);
  const seen = collect<unknown>((push) =>
    suite.db.collection('c').where('a', 'in', many).onSnapshot(push, push),
  );
  expect(String(await seen.next())).toContain('Error 3:');
  seen.stop();
});
