import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { anyValue } from '../testing/values.ts';
import { equal } from './compare.ts';
import { identical } from './identical.ts';
import { applyTransform } from './transforms.ts';
import type { Value } from './value.ts';
import { isArray, isNumeric, Timestamp } from './value.ts';

const NOW = new Timestamp(1, 0);
const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

type Numeric = 'increment' | 'maximum' | 'minimum';

test.each<[Numeric, Value | undefined, bigint | number, bigint | number]>([
  ['increment', 1n, 2n, 3n],
  ['increment', 1n, 0.5, 1.5],
  ['increment', 1.5, 1n, 2.5],
  ['increment', MAX, 1n, MAX],
  ['increment', MIN, -1n, MIN],
  ['increment', undefined, 5n, 5n],
  ['increment', 'text', 5n, 5n],
  ['maximum', 3n, 3, 3n],
  ['maximum', 3, 3n, 3],
  ['maximum', 2n, 3.5, 3.5],
  ['maximum', 1n, Number.NaN, Number.NaN],
  ['maximum', Number.NaN, 1n, Number.NaN],
  ['maximum', null, 1n, 1n],
  ['minimum', 0n, -0, 0n],
  ['minimum', -0, 0n, -0],
  ['minimum', 2n, 1.5, 1.5],
  ['minimum', undefined, 1n, 1n],
])('%s of %s with %s is %s', (kind, stored, operand, result) => {
  expect(identical(applyTransform({ kind, operand }, stored, NOW), result)).toBe(true);
});

describe('laws', () => {
  const operand = anyValue.filter(isNumeric);
  const elements = fc.array(anyValue, { maxLength: 4 });

  test('maximum and minimum are idempotent and choose one of their two sides', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<'maximum' | 'minimum'>('maximum', 'minimum'),
        anyValue,
        operand,
        (kind, stored, by) => {
          const once = applyTransform({ kind, operand: by }, stored, NOW);
          expect(identical(applyTransform({ kind, operand: by }, once, NOW), once)).toBe(true);
          expect(identical(once, stored) || identical(once, by)).toBe(true);
        },
      ),
    );
  });

  test('integer increments add up in any order unless they leave the range', () => {
    const small = fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n });
    fc.assert(
      fc.property(small, small, small, (stored, a, b) => {
        const add = (to: Value, by: bigint): Value =>
          applyTransform({ kind: 'increment', operand: by }, to, NOW);
        expect(add(add(stored, a), b)).toBe(add(add(stored, b), a));
      }),
    );
  });

  test('appending makes every element present, once, and keeps what was there', () => {
    fc.assert(
      fc.property(anyValue, elements, (stored, added) => {
        const transform = { kind: 'appendMissing', elements: added } as const;
        const result = applyTransform(transform, stored, NOW) as Value[];
        const before = isArray(stored) ? stored : [];
        expect(result.slice(0, before.length)).toEqual([...before]);
        for (const value of added) expect(result.some((other) => equal(other, value))).toBe(true);
        expect(identical(applyTransform(transform, result, NOW), result)).toBe(true);
      }),
    );
  });

  test('removing leaves none of the elements and nothing else out', () => {
    fc.assert(
      fc.property(anyValue, elements, (stored, removed) => {
        const result = applyTransform({ kind: 'removeAll', elements: removed }, stored, NOW) as Value[];
        const before = isArray(stored) ? stored : [];
        const isRemoved = (value: Value): boolean => removed.some((other) => equal(other, value));
        expect(result).toEqual(before.filter((value) => !isRemoved(value)));
      }),
    );
  });
});
