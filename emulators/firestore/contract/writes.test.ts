// What clients expect of writes.
import { FieldPath, FieldValue, GeoPoint, Timestamp } from '@google-cloud/firestore';
import { describe, expect, test } from '@jest/globals';
import { withEmulator } from '../testing/with-emulator.ts';

const suite = withEmulator();
const doc = (path = 'c/d'): FirebaseFirestore.DocumentReference => suite.db.doc(path);
const data = async (path = 'c/d'): Promise<unknown> => (await doc(path).get()).data();

describe('merging', () => {
  test('sets the named fields only, deletes those that are marked, and creates what is missing', async () => {
    await doc().set({ a: { b: 1, c: 2 }, keep: 1 }, { merge: true });
    await doc().set(
      { a: { b: 3, x: 4 }, keep: 2 },
      { mergeFields: ['a.b', new FieldPath('none')].slice(0, 1) },
    );
    expect(await data()).toEqual({ a: { b: 3, c: 2 }, keep: 1 });
    await doc().set({ a: { c: FieldValue.delete() }, n: FieldValue.increment(1) }, { merge: true });
    expect(await data()).toEqual({ a: { b: 3 }, keep: 1, n: 1 });
  });

  test('of nothing creates an empty document, and empty maps stay', async () => {
    await doc().set({}, { merge: true });
    expect(await data()).toEqual({});
    await doc().set({ a: { b: {} } }, { merge: true });
    await doc().set({ a: {} }, { merge: true });
    expect(await data()).toEqual({ a: {} });
  });

  test('a map that becomes empty by deletion stays as an empty map', async () => {
    await doc().set({ a: { b: 1 } });
    await doc().update({ 'a.b': FieldValue.delete() });
    expect(await data()).toEqual({ a: {} });
  });

  test('a value in the way of a path gives way to a map', async () => {
    await doc().set({ a: 1 });
    await doc().update({ 'a.b.c': 2, 'x.y': FieldValue.delete() });
    expect(await data()).toEqual({ a: { b: { c: 2 } } });
  });

  test('names of any signs are told apart from paths', async () => {
    const names = ['a.b', '`', '\\', 'ü ü', '0', '-', 'a`b\\c.d', '!.\\`', '__proto_', '\u{1f600}', '~*/[]'];
    for (const name of names) await doc().set({ m: { [name]: 0 } }, { merge: true });
    for (const [i, name] of names.entries()) await doc().update(new FieldPath('m', name), i);
    expect(await data()).toEqual({ m: Object.fromEntries(names.map((name, i) => [name, i])) });
  });
});

describe('transforms', () => {
  test('unite and remove by value, 1 and 1.0 being the same', async () => {
    await doc().set({ list: [1, 2.5, 'x', { a: 1 }, null, Number.NaN] });
    await doc().update({ list: FieldValue.arrayUnion(1, 2.5, { a: 1 }, null, Number.NaN, 'y', 'y') });
    expect(await data()).toEqual({ list: [1, 2.5, 'x', { a: 1 }, null, Number.NaN, 'y'] });
    await doc().update({ list: FieldValue.arrayRemove(1, { a: 1 }, null, Number.NaN, 'none') });
    expect(await data()).toEqual({ list: [2.5, 'x', 'y'] });
    await doc().update({ list: 1 });
    await doc().update({ list: FieldValue.arrayUnion('z') });
    expect(await data()).toEqual({ list: ['z'] });
  });

  test('increments stop at the ends of 64 bits and turn to doubles beside one', async () => {
    const client = suite.client({ projectId: 'demo-local', useBigInt: true });
    const at = client.doc('c/d');
    await at.set({ max: 2n ** 63n - 2n, min: -(2n ** 63n), text: 'x' });
    await at.update({
      max: FieldValue.increment(5),
      min: FieldValue.increment(-1),
      text: FieldValue.increment(7),
      d: FieldValue.increment(0.5),
    });
    expect((await at.get()).data()).toEqual({ max: 2n ** 63n - 1n, min: -(2n ** 63n), text: 7n, d: 0.5 });
    await at.update({ text: FieldValue.increment(0.25) });
    expect((await at.get()).get('text')).toBe(7.25);
  });

  test('a server timestamp is the time of the write, in microseconds', async () => {
    const { writeTime } = await doc().set({ m: { at: FieldValue.serverTimestamp() } });
    expect(await data()).toEqual({ m: { at: writeTime } });
    expect(writeTime.nanoseconds % 1000).toBe(0);
  });

  test('maximum and minimum keep the stored one of two equal numbers, and tell what became of it', async () => {
    const name = 'projects/demo-local/databases/(default)/documents/c/d';
    await doc().set({ a: 3, b: 5 });
    const { body } = await suite.rest('POST', `/v1/${name.slice(0, -4)}:commit`, {
      writes: [
        {
          update: { name },
          updateMask: { fieldPaths: [] },
          updateTransforms: [
            { fieldPath: 'a', maximum: { doubleValue: 3 } },
            { fieldPath: 'b', minimum: { doubleValue: 4.5 } },
            { fieldPath: 'c', maximum: { integerValue: '1' } },
            { fieldPath: 'd', appendMissingElements: { values: [{ integerValue: '1' }] } },
          ],
        },
      ],
    });
    expect(body).toMatchObject({
      writeResults: [
        {
          transformResults: [
            { integerValue: '3' },
            { doubleValue: 4.5 },
            { integerValue: '1' },
            { nullValue: null },
          ],
        },
      ],
    });
  });

  test('in arrays are refused by the client before anything is sent', () => {
    expect(() => doc().set({ list: [FieldValue.serverTimestamp()] })).toThrow('array');
  });
});

describe('values', () => {
  test('that are empty or zero come back as they are', async () => {
    const empty = {
      no: false,
      zero: 0,
      minusZero: -0,
      text: '',
      bytes: Buffer.alloc(0),
      list: [],
      map: {},
      epoch: new Timestamp(0, 0),
      point: new GeoPoint(0, 0),
      nothing: null,
      inf: -Infinity,
      nested: { list: [{}, { a: [] }] },
    };
    await doc().set(empty);
    const read = (await doc().get()).data()!;
    expect(read).toEqual(empty);
    expect(Object.is(read['minusZero'], -0)).toBe(true);
  });

  test('timestamps are kept to the microsecond, rounded down, from year 1 to 9999', async () => {
    await doc().set({
      a: new Timestamp(1, 123_456_789),
      b: new Timestamp(-62_135_596_800, 0),
      c: new Timestamp(253_402_300_799, 999_999_999),
      d: new Timestamp(-1, 1),
    });
    expect(await data()).toEqual({
      a: new Timestamp(1, 123_456_000),
      b: new Timestamp(-62_135_596_800, 0),
      c: new Timestamp(253_402_300_799, 999_999_000),
      d: new Timestamp(-1, 0),
    });
  });
});

describe('preconditions', () => {
  test('tell by their codes what did not hold', async () => {
    const { writeTime } = await doc().set({ a: 1 });
    await expect(doc().create({})).rejects.toMatchObject({ code: 6 });
    await expect(doc('c/none').update({ a: 1 })).rejects.toMatchObject({ code: 5 });
    await expect(doc('c/none').delete({ exists: true })).rejects.toMatchObject({ code: 5 });
    const stale = Timestamp.fromMillis(writeTime.toMillis() - 1);
    await expect(doc().delete({ lastUpdateTime: stale })).rejects.toMatchObject({ code: 9 });
    await expect(doc('c/none').delete({ lastUpdateTime: stale })).rejects.toMatchObject({ code: 9 });
    const future = Timestamp.fromMillis(writeTime.toMillis() + 3_600_000);
    await expect(doc().update({ a: 2 }, { lastUpdateTime: future })).rejects.toMatchObject({ code: 3 });
    await expect(doc().update({ a: 2 }, { lastUpdateTime: writeTime })).resolves.toBeDefined();
  });

  test('within one batch see what the writes before them did', async () => {
    const batch = suite.db.batch();
    batch
      .create(doc(), { n: 1 })
      .update(doc(), { n: FieldValue.increment(1) })
      .delete(doc(), { exists: true });
    batch.create(doc(), { again: true });
    const results = await batch.commit();
    expect(new Set(results.map(({ writeTime }) => writeTime.valueOf())).size).toBe(1);
    expect(await data()).toEqual({ again: true });
  });
});

describe('many writes', () => {
  test('of more than 500 go in one batch', async () => {
    const batch = suite.db.batch();
    for (let i = 0; i < 600; i++) batch.set(doc(`many/${i}`), { i });
    await batch.commit();
    expect((await suite.db.collection('many').count().get()).data().count).toBe(600);
  });

  test('a bulk writer repeats what the service was too busy for', async () => {
    suite.faults.add({
      service: 'firestore',
      method: 'BatchWrite',
      status: 409,
      reason: 'ABORTED',
      count: 1,
    });
    const writer = suite.db.bulkWriter();
    const done = Promise.all([writer.set(doc('c/1'), { n: 1 }), writer.create(doc('c/2'), {})]);
    await writer.close();
    await expect(done).resolves.toHaveLength(2);
    expect(await data('c/1')).toEqual({ n: 1 });
  });
});

describe('limits', () => {
  // Name: 16 + "c" + 1 + "d" + 1; document: 32; field: "a" + 1, the text and 1.
  const room = 1_048_576 - 20 - 32 - 2 - 1;

  test('a document may have 1 MiB and no byte more', async () => {
    const half = Math.floor(room / 2);
    const two = (rest: number): object => ({ a: 'x'.repeat(half), b: 'x'.repeat(rest) });
    await doc().set(two(room - half - 3));
    await expect(doc().set(two(room - half - 2))).rejects.toMatchObject({ code: 3 });
  });

  test('a single value may have 89 bytes less', async () => {
    await doc().set({ a: Buffer.alloc(1_048_487) });
    await expect(doc().set({ a: Buffer.alloc(1_048_488) })).rejects.toMatchObject({
      code: 3,
      message: expect.stringContaining('longer than 1048487 bytes'),
    });
  });

  test('a request may have 10 MiB', async () => {
    const batch = suite.db.batch();
    for (let i = 0; i < 12; i++) batch.set(doc(`c/${i}`), { a: Buffer.alloc(1_000_000) });
    await expect(batch.commit()).rejects.toMatchObject({ code: 3 });
  });

  test.each([
    ['of 1501 bytes', 'x'.repeat(1501)],
    ['that is reserved', '__x__'],
  ])('a field name %s is refused', async (_, name) => {
    await expect(doc().set({ m: { [name]: 1 } })).rejects.toMatchObject({ code: 3 });
  });

  test('names at the limit are fine', async () => {
    await doc(`c/${'é'.repeat(750)}`).set({ ['x'.repeat(1500)]: 1, __: 1, ___: 1 });
    expect(Object.keys((await data(`c/${'é'.repeat(750)}`)) as object)).toHaveLength(3);
  });

  test('a reference may lead to another database or project', async () => {
    const other = suite.client({ projectId: 'other', databaseId: 'second' }).doc('c/d');
    await doc().set({ other });
    const stored = await suite.rest('GET', '/v1/projects/demo-local/databases/(default)/documents/c/d');
    expect(stored).toMatchObject({
      body: { fields: { other: { referenceValue: 'projects/other/databases/second/documents/c/d' } } },
    });
  });

  test('a reference that names no document is refused', async () => {
    const { status } = await suite.rest(
      'PATCH',
      '/v1/projects/demo-local/databases/(default)/documents/c/d',
      { fields: { a: { referenceValue: 'c/d' } } },
    );
    expect(status).toBe(400);
  });

  test('an array within an array is refused', async () => {
    const value = { arrayValue: { values: [{ arrayValue: {} }] } };
    const { status, body } = await suite.rest(
      'PATCH',
      '/v1/projects/demo-local/databases/(default)/documents/c/d',
      { fields: { a: value } },
    );
    expect([status, body]).toMatchObject([400, { error: { status: 'INVALID_ARGUMENT' } }]);
  });

  test('a path that is not quoted as it must be is refused', async () => {
    const { status } = await suite.rest(
      'PATCH',
      '/v1/projects/demo-local/databases/(default)/documents/c/d?updateMask.fieldPaths=a-b',
      { fields: { 'a-b': { integerValue: '1' } } },
    );
    expect(status).toBe(400);
  });
});
