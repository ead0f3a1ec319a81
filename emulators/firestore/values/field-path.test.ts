import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { anyValue } from '../testing/values.ts';
import { deleteField, formatFieldPath, getField, parseFieldPath, setField } from './field-path.ts';
import { identical } from './identical.ts';
import type { Value } from './value.ts';

test.each([
  ['a', ['a']],
  ['a.b_1.c', ['a', 'b_1', 'c']],
  ['`a.b`.c', ['a.b', 'c']],
  ['`a\\`b\\\\`', ['a`b\\']],
  ['`ü-1`.x', ['ü-1', 'x']],
])('%s is %j', (text, path) => {
  expect(parseFieldPath(text)).toEqual(path);
});

test.each(['', '.', 'a.', '.a', 'a..b', '`a', 'a`b', '``', 'a[0]', 'a*', 'a-b', '1a', 'ü'])(
  '"%s" is refused',
  (text) => {
    expect(() => parseFieldPath(text)).toThrow('Invalid property path');
  },
);

const path = fc.array(fc.string({ minLength: 1, unit: 'binary' }), { minLength: 1, maxLength: 3 });

test('parsing undoes formatting', () => {
  fc.assert(
    fc.property(path, (segments) => {
      expect(parseFieldPath(formatFieldPath(segments))).toEqual(segments);
    }),
  );
});

describe('setting and deleting', () => {
  const short = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 3 });
  const fields = fc
    .array(fc.tuple(fc.constantFrom('a', 'b', 'c'), anyValue))
    .map((entries) => new Map(entries));

  test('what was set is read back, what was deleted is gone, and the map given stays as it was', () => {
    fc.assert(
      fc.property(fields, short, anyValue, (before, at, value) => {
        const copy = new Map(before);
        const after = setField(before, at, value);
        expect(identical(getField(after, at)!, value)).toBe(true);
        expect(getField(deleteField(after, at), at)).toBeUndefined();
        expect(identical(before as Value, copy as Value)).toBe(true);
      }),
    );
  });
});
