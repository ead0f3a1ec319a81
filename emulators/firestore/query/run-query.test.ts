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

function paths(documents: readonly Document[]): readonly string[] {
  return documents.map((document) => document.path);
}

const smallNumber = fc.integer({ min: 0, max: 6 }).map((n): Value => (n % 2 === 0 ? BigInt(n) : n));
const value = fc.oneof({ weight: 4, arbitrary: smallNumber }, { weight: 1, arbitrary: anyValue });
const data = fc.record(
  { a: value, b: value, tags: fc.oneof(value, fc.array(value, { maxLength: 3 })) },
  { requiredKeys: [] },
);
const path = fc.tuple(
  fc.constantFrom('things', 'things', 'things', 'other', 'owners/o1/things', 'owners/o2/things'),
  fc.oneof(fc.nat(150).map(String), fc.nat(20).map((n) => `__id${n}__`)),
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
    fc.constantFrom([], [], ['a'], ['b'], ['a', 'b']),
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
    return { ...rest, startAt, endAt, nearest: undefined, select: undefined };
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
              expect(paths(runQuery(database, database.snapshot(), each))).toEqual(paths(oracle(now, each)));
            }
          };
          check();
          write(database, then);
          check();
          for (const each of queries) {
            expect(paths(runQuery(database, database.snapshot(time), each))).toEqual(
              paths(oracle(past, each)),
            );
          }
        },
      ),
      // Shrinking databases of hundreds of documents takes minutes and explains little.
      { numRuns: 150, endOnFailure: true },
    );
  });

  const clock = new ManualClock();
  const database = new Database('projects/p/databases/d', clock);
  const ids = Array.from({ length: 200 }, (_, i) => `things/${(i * 37) % 200}`);
  write(
    database,
    ids.map((id, i) => [id, { a: BigInt(i % 3) }]),
  );
  const id = fc.constantFrom(...ids);
  const plain = {
    source: { parent: '', collectionId: 'things', allDescendants: false },
    offset: 0,
    limit: undefined,
    nearest: undefined,
    select: undefined,
    startAt: undefined,
    endAt: undefined,
  };

  test('by equality is cut by cursors on the name', () => {
    fc.assert(
      fc.property(id, id, fc.bigInt(0n, 2n), fc.boolean(), (start, end, a, descending) => {
        const cut: Query = {
          ...plain,
          where: { op: '==', field: ['a'], value: a },
          orderBy: [{ field: ['__name__'], descending }],
          startAt: { values: [new Reference(start)], before: true },
          endAt: { values: [new Reference(end)], before: false },
        };
        const expected = oracle([...database.documents()], cut);
        expect(paths(runQuery(database, database.snapshot(), cut))).toEqual(paths(expected));
      }),
    );
  });

  test('for some names gives them in order', () => {
    fc.assert(
      fc.property(fc.array(id, { minLength: 1, maxLength: 5 }), fc.boolean(), (names, descending) => {
        const some: Query = {
          ...plain,
          where: { op: 'in', field: ['__name__'], values: names.map((text) => new Reference(text)) },
          orderBy: [{ field: ['__name__'], descending }],
        };
        const expected = oracle([...database.documents()], some);
        expect(paths(runQuery(database, database.snapshot(), some))).toEqual(paths(expected));
      }),
    );
  });
});
