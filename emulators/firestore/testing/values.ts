// Arbitrary values for property tests: few distinct ones of each type, so that equal ones meet often.
import * as fc from 'fast-check';
import type { Value } from '../values/value.ts';
import { GeoPoint, Reference, Timestamp } from '../values/value.ts';

const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.constantFrom(0n, 1n, -1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)),
  fc.constantFrom(0, -0, 1, 1.5, 2 ** 53, Infinity, -Infinity, Number.NaN, 5e-324),
  fc.constantFrom('', 'a', 'b', 'ab', '\u{1f600}', '\uffee', 'é'),
  fc.constantFrom(new Timestamp(0, 0), new Timestamp(0, 1000), new Timestamp(-1, 999_999_000)),
  fc.constantFrom(Buffer.from([]), Buffer.from([0]), Buffer.from([255, 1])),
  fc
    .constantFrom('c/a', 'c/b', 'c/__id7__', 'c/__id-3__', 'c/a/d/x')
    .map((path) => new Reference(`projects/p/databases/d/documents/${path}`)),
  fc.constantFrom(new GeoPoint(0, 0), new GeoPoint(0, 1), new GeoPoint(-1, 1)),
);

const key = fc.constantFrom('a', 'b', '__type__');

export const anyValue: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    { weight: 6, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.tuple(key, tie('value')), { maxLength: 3 })
        .map((entries): Value => new Map(entries)),
    },
    {
      weight: 1,
      arbitrary: fc.array(fc.double({ noNaN: true }), { maxLength: 2 }).map(
        (value): Value =>
          new Map<string, Value>([
            ['__type__', '__vector__'],
            ['value', value],
          ]),
      ),
    },
  ),
})).value;
