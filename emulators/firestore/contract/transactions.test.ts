// What clients expect of transactions.
import { Timestamp } from '@google-cloud/firestore';
import { expect, test } from '@jest/globals';
import { withEmulator } from '../testing/with-emulator.ts';

const suite = withEmulator();

test('one that is always disturbed gives up after the attempts it was given', async () => {
  const doc = suite.db.doc('c/d');
  await doc.set({ n: 0 });
  let attempts = 0;
  const failing = suite.db.runTransaction(
    async (transaction) => {
      attempts++;
      await transaction.get(doc);
      await doc.update({ n: attempts });
      transaction.update(doc, { mine: true });
    },
    { maxAttempts: 2 },
  );
  await expect(failing).rejects.toMatchObject({ code: 10 });
  expect([attempts, (await doc.get()).data()]).toEqual([2, { n: 2 }]);
});

test.each([
  ['create of what exists', 6, (t: FirebaseFirestore.Transaction) => t.create(suite.db.doc('c/there'), {})],
  [
    'update of what is missing',
    5,
    (t: FirebaseFirestore.Transaction) => t.update(suite.db.doc('c/x'), { a: 1 }),
  ],
  [
    'a stale update time',
    9,
    (t: FirebaseFirestore.Transaction) =>
      t.delete(suite.db.doc('c/there'), { lastUpdateTime: Timestamp.fromMillis(1) }),
  ],
])('%s fails it at once and as a whole', async (_, code, write) => {
  await suite.db.doc('c/there').set({});
  let attempts = 0;
  const failing = suite.db.runTransaction((transaction) => {
    attempts++;
    transaction.set(suite.db.doc('c/other'), {});
    write(transaction);
    return Promise.resolve();
  });
  await expect(failing).rejects.toMatchObject({ code });
  expect([attempts, (await suite.db.doc('c/other').get()).exists]).toEqual([1, false]);
});

test('reading what is missing conflicts with its creation', async () => {
  const doc = suite.db.doc('c/d');
  let attempts = 0;
  await suite.db.runTransaction(async (transaction) => {
    const { exists } = await transaction.get(doc);
    if (attempts++ === 0) await doc.set({ by: 'other' });
    if (!exists) transaction.create(doc, { by: 'mine' });
    else transaction.update(doc, { seen: true });
  });
  expect([attempts, (await doc.get()).data()]).toEqual([2, { by: 'other', seen: true }]);
});

test('a write elsewhere does not disturb it', async () => {
  let attempts = 0;
  await suite.db.runTransaction(async (transaction) => {
    attempts++;
    await transaction.getAll(suite.db.doc('c/a'), suite.db.doc('c/b'));
    await transaction.get(suite.db.collection('c').where('n', '>', 5));
    await suite.db.doc('c/other').set({ n: 1 });
    transaction.set(suite.db.doc('c/a'), { n: 9 });
  });
  expect(attempts).toBe(1);
});

test('read-only ones see the past that they ask for, also in queries and counts', async () => {
  const c = suite.db.collection('c');
  const { writeTime } = await c.doc('a').set({ n: 1 });
  await c.doc('b').set({ n: 2 });
  await c.doc('a').update({ n: 3 });
  const seen = await suite.db.runTransaction(
    async (transaction) => {
      const query = await transaction.get(c.orderBy('n'));
      const count = await transaction.get(c.count());
      return [query.docs.map((doc) => doc.get('n') as number), count.data().count];
    },
    { readOnly: true, readTime: writeTime },
  );
  expect(seen).toEqual([[1], 1]);
});

test('the future cannot be read', async () => {
  const future = Timestamp.fromMillis(Date.now() + 3_600_000);
  const reading = suite.db.runTransaction((transaction) => transaction.get(suite.db.doc('c/d')), {
    readOnly: true,
    readTime: future,
  });
  await expect(reading).rejects.toMatchObject({ code: 3 });
});
