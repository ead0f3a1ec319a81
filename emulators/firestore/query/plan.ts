// The indexes by which the service would answer a query, for its explanation. The emulator has indexes of its
// own and finds its own way (access.ts), so this says what to expect of production and no more.
// https://firebase.google.com/docs/firestore/query-explain
import { DOCUMENT_ID, formatFieldPath } from '../values/field-path.ts';
import type { FieldFilter, Filter, Query } from './query.ts';
import { isComposite } from './query.ts';

export interface UsedIndex {
  readonly query_scope: 'Collection' | 'Collection group';
  /** `(a ASC, __name__ ASC)` */
  readonly properties: string;
}

export function plan(query: Query): readonly UsedIndex[] {
  const query_scope = query.source.allDescendants ? 'Collection group' : 'Collection';
  const properties = new Set(disjunctsOf(query.where).flatMap((filters) => indexesOf(query, filters)));
  return [...properties].map((each) => ({ query_scope, properties: each }));
}

/** The branches of the filter when its ORs are moved outside; without a filter one empty branch. */
function disjunctsOf(filter: Filter | undefined): readonly (readonly FieldFilter[])[] {
  if (!filter) return [[]];
  if (!isComposite(filter)) return [[filter]];
  const branches = filter.filters.map(disjunctsOf);
  if (filter.op === 'or') return branches.flat();
  return branches.reduce((some, more) => some.flatMap((a) => more.map((b) => [...a, ...b])));
}

function indexesOf({ orderBy, nearest }: Query, filters: readonly FieldFilter[]): readonly string[] {
  const fieldsWith = (...ops: readonly FieldFilter['op'][]): readonly string[] =>
    filters.filter(({ op }) => ops.includes(op)).map(({ field }) => formatFieldPath(field));
  const fixed = [
    ...fieldsWith('array-contains', 'array-contains-any').map((name) => ({ name, kind: 'CONTAINS' })),
    ...fieldsWith('==', 'in').map((name) => ({ name, kind: 'ASC' })),
  ].filter(({ name }) => name !== DOCUMENT_ID);
  const names = orderBy.map(({ field }) => formatFieldPath(field));
  const sorted = orderBy
    .map(({ descending }, i) => ({ name: names[i]!, kind: descending ? 'DESC' : 'ASC' }))
    .slice(0, names.indexOf(DOCUMENT_ID) + 1)
    .filter(({ name }) => fixed.every((each) => each.name !== name));
  const vector = nearest
    ? [{ name: formatFieldPath(nearest.field), kind: `VECTOR<${nearest.vector.length}>` }]
    : [];
  // Equalities alone are answered by joining the indexes of the single fields.
  const prefixes =
    sorted.length === 1 && !nearest && fixed.length > 0 ? fixed.map((each) => [each]) : [fixed];
  return prefixes.map((prefix) => {
    const columns = [...prefix, ...sorted, ...vector].map(({ name, kind }) => `${name} ${kind}`);
    return `(${columns.join(', ')})`;
  });
}
