import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { anyValue } from '../testing/values.ts';
import { comparePaths } from './compare-paths.ts';
import { compareStrings } from './compare-strings.ts';
import { compare } from './compare.ts';
import { identical } from './identical.ts';
import type { Value } from './value.ts';
import { GeoPoint, Reference, Timestamp } from './value.ts';

const map = (entries: Record<string, Value>): Value => new Map(Object.entries(entries));
const vector = (...value: number[]): Value => map({ __type__: '__vector__', value });

describe('the order of values', () => {
  const ascending: Value[] = [
    null,
    false,
    true,
    Number.NaN,
    -Infinity,
    -(2n ** 63n),
    -1n,
    0,
    5e-324,
    1n,
    1.5,
    2 ** 53,
    2n ** 53n + 1n,
    2n ** 63n - 1n,
    Infinity,
    new Timestamp(-1, 999_999_000),
    new Timestamp(0, 0),
    '',
    'a',
    'ab',
    'é',
    '\uffee',
    '\u{1f600}',
    Buffer.from([]),
    Buffer.from([1, 2]),
    Buffer.from([255]),
    new Reference('c/__id-3__'),
    new Reference('c/__id7__'),
    new Reference('c/a'),
    new Reference('c/a/d/x'),
    new Reference('c/a!'),
    new GeoPoint(-1, 5),
    new GeoPoint(0, -1),
    new GeoPoint(0, 0),
    [],
    [1n],
    [1n, 0n],
    [2n],
    vector(9),
    vector(1, 2),
    vector(1, 3),
    map({}),
    map({ a: 1n }),
    map({ a: 1n, b: 0n }),
    map({ a: 2n }),
    map({ b: 0n }),
  ];

  test('is the one of the documentation', () => {
    for (const [i, a] of ascending.entries()) {
      for (const [j, b] of ascending.entries()) expect(Math.sign(compare(a, b))).toBe(Math.sign(i - j));
    }
  });

  test('does not tell apart equal numbers of different types', () => {
    expect(compare(1n, 1)).toBe(0);
    expect(compare(0n, -0)).toBe(0);
    expect(compare(Number.NaN, Number.NaN)).toBe(0);
  });

  test('is total: antisymmetric and transitive', () => {
    fc.assert(
      fc.property(anyValue, anyValue, anyValue, (a, b, c) => {
        expect(Math.sign(compare(a, b))).toBe(-Math.sign(compare(b, a)) + 0);
        const [least, middle, most] = [a, b, c].toSorted(compare) as [Value, Value, Value];
        expect(
          Math.max(compare(least, middle), compare(middle, most), compare(least, most)),
        ).toBeLessThanOrEqual(0);
      }),
    );
  });

  test('finds identical values equal', () => {
    fc.assert(
      fc.property(anyValue, anyValue, (a, b) => {
        expect(identical(a, structuredCopy(a))).toBe(true);
        expect(identical(a, b) && compare(a, b) !== 0).toBe(false);
      }),
    );
  });
});

test('strings are ordered by their UTF-8 bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(Math.sign(compareStrings(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test('paths are ordered segment by segment', () => {
  const segment = fc.oneof(fc.constantFrom('a', 'a!', 'b', '__id7__', '__id12__', '__id', '__ide'), fc.string({ minLength: 1 }))
    .filter((text) => !text.includes('/')); // prettier-ignore
  const path = fc.array(segment, { minLength: 1, maxLength: 4 });
  const naive = (a: readonly string[], b: readonly string[]): number => {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const [x, y] = [rank(a[i]!), rank(b[i]!)];
      const order = x[0] - y[0] || x[1] - y[1] || (x[0] === 0 ? 0 : compareStrings(a[i]!, b[i]!));
      if (order !== 0) return order;
    }
    return a.length - b.length;
  };
  fc.assert(
    fc.property(path, path, (a, b) => {
      expect(Math.sign(comparePaths(a.join('/'), b.join('/')))).toBe(Math.sign(naive(a, b)));
    }),
  );
});

function structuredCopy(value: Value): Value {
  if (value instanceof Map)
    return new Map([...value].map(([key, inner]) => [key, structuredCopy(inner as Value)]));
  return Array.isArray(value) ? value.map((inner: Value) => structuredCopy(inner)) : value;
}

function rank(text: string): [number, number] {
  const numeric = /^__id(-?\d+)__$/.exec(text);
  return numeric ? [0, Number(numeric[1])] : [1, 0];
}
