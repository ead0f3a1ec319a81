import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { FieldValue, Firestore, GeoPoint, Timestamp } from 'firebase-admin/firestore';
import { contentHash } from './content-hash.ts';

const firestore = new Firestore({ projectId: 'demo-local' });

/** Small alphabets and many nulls: what comes close to a collision comes often. */
const leaves = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -2, max: 12 }),
  fc.constantFrom(Number.NaN, Infinity, -0),
  fc.string({ unit: fc.constantFrom('0', '1', 'a', ':', 'm'), maxLength: 3 }),
  fc.nat(3).map((seconds) => new Timestamp(seconds, 1000)),
);
const keys = fc.string({ unit: fc.constantFrom('a', 'b', '1'), minLength: 1, maxLength: 2 });
const { map: maps } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaves, tie('map'), fc.array(tie('value'), { maxLength: 12 })),
  map: fc.dictionary(keys, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));
const documents = maps;

/** The same data, the keys of every map in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null || value instanceof Timestamp) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

/** One text per content, made another way than the hash is. */
const canonical = (value: unknown) =>
  JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'number') return `n${Object.is(inner, -0) ? '-0' : inner}`;
    if (typeof inner === 'string') return `s${inner}`;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });

test('equal data has an equal hash: the order of keys does not count', () => {
  fc.assert(
    fc.property(documents, (data) => {
      expect(contentHash(reversed(data) as typeof data)).toBe(contentHash(data));
    }),
  );
});

test('different data has a different hash', () => {
  const pairs = fc.tuple(documents, documents).filter(([a, b]) => canonical(a) !== canonical(b));
  fc.assert(
    fc.property(pairs, ([a, b]) => {
      expect(contentHash(a)).not.toBe(contentHash(b));
    }),
    { numRuns: 500 },
  );
});

test('the length of an array is not confused with what it holds', () => {
  const nine = Array.from({ length: 9 }, () => 'x');
  expect(contentHash({ list: [{ k: [null] }, { k: [...nine, 'y'] }] })).not.toBe(
    contentHash({ list: [{ k: [{ k: [null] }, ...nine] }, 'y'] }),
  );
});

test('our own status fields are not content', () => {
  fc.assert(
    fc.property(documents, (data) => {
      const withStatus = {
        bigquerySyncStatus: 'synced',
        ...data,
        bigquerySyncedAt: Timestamp.now(),
        bigquerySyncError: null,
        bigquerySyncRetryCount: 3,
        bigquerySyncVersion: { updateTime: 'x', contentHash: 'y' },
      };
      expect(contentHash(withStatus)).toBe(contentHash(data));
    }),
  );
});

test('a status field inside a map of the document is content', () => {
  expect(contentHash({ inner: { bigquerySyncStatus: 'a' } })).not.toBe(
    contentHash({ inner: { bigquerySyncStatus: 'b' } }),
  );
});

test('types are told apart: what looks alike hashes differently', () => {
  const values: readonly unknown[] = [
    null,
    '',
    'null',
    '0',
    0,
    -0,
    false,
    'false',
    1,
    '1',
    1n,
    true,
    'true',
    Number.NaN,
    'NaN',
    Infinity,
    -Infinity,
    [],
    [null],
    {},
    { a: null },
    ['a', 'b'],
    ['ab'],
    [['a'], 'b'],
    { a: 'b' },
    Buffer.from('a'),
    'a',
    Buffer.from(''),
    new Timestamp(1, 0),
    new Timestamp(1, 1000),
    '1.0',
    new GeoPoint(1, 2),
    new GeoPoint(2, 1),
    '1,2',
    firestore.doc('users/u1'),
    firestore.doc('users/u2'),
    'users/u1',
    FieldValue.vector([1, 2]),
    [1, 2],
  ];
  const hashes = values.map((value) => contentHash({ value }));
  expect(new Set(hashes).size).toBe(values.length);
  expect(new Set([...hashes, contentHash({})]).size).toBe(values.length + 1);
});

test.each([
  ['a timestamp', { seconds: 1, nanoseconds: 2, toDate: 'x' }],
  ['a geopoint', { latitude: 1, longitude: 2, isEqual: 'x' }],
  ['a reference', { path: 'a/b', firestore: 'x' }],
])('a map that looks like %s is hashed with all its fields', (_, lookalike) => {
  expect(contentHash({ value: { ...lookalike, more: 1 } })).not.toBe(
    contentHash({ value: { ...lookalike, more: 2 } }),
  );
});

test('what Firestore cannot hold is refused, not guessed at', () => {
  expect(() => contentHash({ value: () => 1 })).toThrow(
    new TypeError('Cannot hash a function: no Firestore value has that type'),
  );
});
