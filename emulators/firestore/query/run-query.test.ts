import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ManualClock } from '../../shared/clock.ts';
import { Database } from '../store/database.ts';
import type { Document } from '../store/document.ts';
import { anyValue } from '../testing/values.ts';
import type { Value } from '../values/value.ts';
import { Reference } from '../values/value.ts';
import { commitWrites } from '../writes/commit-writes.ts';
import { matches } from './matches.ts';
import { compareDocuments, isBeforeCursor } from './order.ts';
import type { Cursor, Filter, Order, Query, Source } from './query.ts';
import { runQuery } from './run-query.ts';

/** What a query means, without any thought of speed. */
function oracle(documents: readonly Document[], query: Query): readonly Document[] {
  return documents
    .filter((document) => matches(query, document))
    .toSorted((a, b) => compareDocuments(query.orderBy, a, b))
    .filter((document) => !query.startAt || !isBeforeCursor(query.orderBy, document, query.startAt))
    .filter((document) => !query.endAt || isBeforeCursor(query.orderBy, document, query.endAt))
    .slice(query.offset, query.limit === undefined ? undefined : query.offset + query.limit);
}

const smallNumber = fc.integer({ min: 0, max: 6 }).map((n): Value => (n % 2 === 0 ? BigInt(n) : n));
const value = fc.oneof({ weight: 4, arbitrary: smallNumber }, { weight: 1, arbitrary: anyValue });
const data = fc.record(
  { a: value, b: value, tags: fc.oneof(value, fc.array(value, { maxLength: 3 })) },
  { requiredKeys: [] },
);
const path = fc.tuple(
  fc.constantFrom('things', 'things', 'things', 'other', 'owners/o1/things', 'owners/o2/things'),
  fc.oneof(fc.nat(300).map(String), fc.nat(20).map((n) => `__id${n}__`)),
).map((segments) => segments.join('/')); // prettier-ignore

const field = fc.constantFrom(['a'], ['b']);
const name = path.map((text) => new Reference(text));
const leaf: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ op: fc.constantFrom('==' as const, '!=' as const, '<' as const, '<=' as const, '>' as const, '>=' as const), field, value }),
  fc.record({ op: fc.constantFrom('in' as const, 'not-in' as const), field, values: fc.array(value, { minLength: 1, maxLength: 3 }) }),
  fc.record({ op: fc.constant('array-contains' as const), field: fc.constant(['tags']), value }),
  fc.record({ op: fc.constant('array-contains-any' as const), field: fc.constant(['tags']), values: fc.array(value, { minLength: 1, maxLength: 3 }) }),
  fc.record({ op: fc.constantFrom('==' as const, '<' as const, '>=' as const), field: fc.constant(['__name__']), value: name }),
); // prettier-ignore
const filter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 2 },
    { weight: 2, arbitrary: leaf },
    {
      weight: 1,
      arbitrary: fc.record({
        op: fc.constantFrom('and' as const, 'or' as const),
        filters: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }),
      }),
    },
  ),
})).filter;

const source: fc.Arbitrary<Source> = fc.constantFrom(
  { parent: '', collectionId: 'things', allDescendants: false },
  { parent: 'owners/o1', collectionId: 'things', allDescendants: false },
  { parent: '', collectionId: 'things', allDescendants: true },
  { parent: 'owners/o2', collectionId: 'things', allDescendants: true },
  { parent: '', collectionId: undefined, allDescendants: true },
);

const orderBy: fc.Arbitrary<readonly Order[]> = fc
  .tuple(
    fc.constantFrom([], ['a'], ['b'], ['a', 'b']),
    fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  )
  .map(([fields, directions]) =>
    [...fields, '__name__'].map((each, i) => ({ field: [each], descending: directions[i]! })),
  );

const query: fc.Arbitrary<Query> = fc
  .record({
    source,
    where: fc.option(filter, { nil: undefined }),
    orderBy,
    offset: fc.constantFrom(0, 0, 2),
    limit: fc.constantFrom(undefined, 0, 1, 5),
    cursors: fc.array(fc.record({ values: fc.array(value, { maxLength: 2 }), name, before: fc.boolean() }), {
      maxLength: 2,
    }),
  })
  .map(({ cursors, ...rest }) => {
    const [startAt, endAt] = cursors.map(
      ({ values, name: last, before }): Cursor => ({
        before,
        values: [...values, last].slice(0, rest.orderBy.length).map((each, i) =>
          rest.orderBy[i]!.field[0] === '__name__' ? last : each,
        ),
      }),
    ); // prettier-ignore
    return { ...rest, startAt, endAt, select: undefined };
  });

function write(database: Database, entries: readonly (readonly [string, object | undefined])[]): void {
  for (const [at, fields] of entries) {
    const common = { path: at, precondition: undefined };
    commitWrites(database, [
      fields
        ? {
            ...common,
            kind: 'update',
            fields: new Map(Object.entries(fields)),
            mask: undefined,
            transforms: [],
          }
        : { ...common, kind: 'delete' },
    ]);
  }
}

describe('a query', () => {
  const entries = fc.array(fc.tuple(path, data), { minLength: 0, maxLength: 250, size: 'max' });
  const changes = fc.array(fc.tuple(path, fc.option(data, { nil: undefined })), {
    maxLength: 60,
    size: 'max',
  });

  test('is filter, sort and slice, whatever index answers it, now and in the past', () => {
    fc.assert(
      fc.property(
        entries,
        changes,
        fc.array(query, { minLength: 1, maxLength: 8 }),
        (first, then, queries) => {
          const database = new Database('projects/p/databases/d', new ManualClock());
          write(database, first);
          const past = [...database.documents()];
          const { time } = database.snapshot();
          const check = (): void => {
            const now = [...database.documents()];
            for (const each of queries) {
              expect(runQuery(database, database.snapshot(), each)).toEqual(oracle(now, each));
            }
          };
          check();
          write(database, then);
          check();
          for (const each of queries) {
            expect(runQuery(database, database.snapshot(time), each)).toEqual(oracle(past, each));
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
