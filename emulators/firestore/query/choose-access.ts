// Which way a query takes to its documents: the one that goes through the fewest. Whatever comes out is
// filtered again by the caller, so an access may give too much but never too little, and never one document twice.
import { joinPath } from '../names.ts';
import type { Database } from '../store/database.ts';
import { DocumentSet } from '../store/document-set.ts';
import type { FieldPath } from '../values/field-path.ts';
import { formatFieldPath, isDocumentId } from '../values/field-path.ts';
import type { Access } from './access.ts';
import { elementAccess, MIN_INDEXED, pathsAccess, rangeAccess, scanAccess, unionAccess } from './access.ts';
import type { FieldFilter, Filter, Query, RangeFilter, Source } from './query.ts';
import { isComposite } from './query.ts';
import type { Range } from './range.ts';
import { EVERYTHING, intersection, isRangeFilter, rangeOf } from './range.ts';

export function chooseAccess(database: Database, query: Query): Access {
  const set = sourceSet(database, query.source);
  const scan = scanAccess(set, query);
  const wanted = query.limit === undefined ? Infinity : query.offset + query.limit;
  const cost = (access: Access, covers: boolean): number =>
    access.ordered && covers ? Math.min(access.estimate, wanted) : access.estimate;

  let best = scan;
  let bestCost = cost(scan, query.where === undefined);
  const offer = (access: Access | undefined, covers: boolean): void => {
    if (!access) return;
    const offered = cost(access, covers);
    if (offered < bestCost || (offered === bestCost && access.ordered && !best.ordered)) {
      best = access;
      bestCost = offered;
    }
  };
  const ways = waysTo(database, set, query, conjunctsOf(query.where));
  for (const access of ways) offer(access, ways.length === 1);
  const [first] = query.orderBy;
  if (first && !isDocumentId(first.field) && set.size >= MIN_INDEXED) {
    offer(rangeAccess(set, query, first.field, EVERYTHING), query.where === undefined);
  }
  return best;
}

function conjunctsOf(filter: Filter | undefined): readonly Filter[] {
  if (!filter) return [];
  return isComposite(filter) && filter.op === 'and' ? filter.filters.flatMap(conjunctsOf) : [filter];
}

const NOTHING = new DocumentSet();

function sourceSet(database: Database, { parent, collectionId, allDescendants }: Source): DocumentSet {
  if (collectionId === undefined) return database.all();
  return allDescendants
    ? database.group(collectionId)
    : (database.collection(joinPath(parent, collectionId)) ?? NOTHING);
}

/**
 * The ways to what passes all of the filters. Those that say between which values a field lies make one way
 * together; for a filter that no index helps with there is `undefined`.
 */
function waysTo(
  database: Database,
  set: DocumentSet,
  query: Query,
  conjuncts: readonly Filter[],
): readonly (Access | undefined)[] {
  const ranges = new Map<string, { readonly field: FieldPath; readonly range: Range }>();
  const ways: (Access | undefined)[] = [];
  for (const filter of conjuncts) {
    if (isComposite(filter)) ways.push(orAccess(database, set, query, filter.filters));
    else if (isRangeFilter(filter)) {
      const key = formatFieldPath(filter.field);
      const range = rangeOf(filter.op, filter.value);
      const other = ranges.get(key)?.range;
      ranges.set(key, { field: filter.field, range: other ? intersection(other, range) : range });
    } else ways.push(listFilterAccess(database, set, query, filter));
  }
  for (const { field, range } of ranges.values()) ways.push(rangeAccess(set, query, field, range));
  return ways;
}

/** Every branch has to have a way of its own. */
function orAccess(
  database: Database,
  set: DocumentSet,
  query: Query,
  branches: readonly Filter[],
): Access | undefined {
  const parts = branches.map((branch) =>
    waysTo(database, set, query, conjunctsOf(branch))
      .filter((access) => access !== undefined)
      .reduce<Access | undefined>((a, b) => (a && a.estimate <= b.estimate ? a : b), undefined),
  );
  return parts.every((part) => part !== undefined) ? unionAccess(parts) : undefined;
}

function listFilterAccess(
  database: Database,
  set: DocumentSet,
  query: Query,
  filter: Exclude<FieldFilter, RangeFilter>,
): Access | undefined {
  const { field } = filter;
  if (isDocumentId(field)) return filter.op === 'in' ? pathsAccess(database, filter.values) : undefined;
  if (set.size < MIN_INDEXED) return undefined;
  switch (filter.op) {
    case 'in': {
      const parts = filter.values.map((value) => rangeAccess(set, query, field, rangeOf('==', value)));
      return unionAccess(parts.filter((part) => part !== undefined));
    }
    case 'array-contains':
      return elementAccess(set, field, query, filter.value);
    case 'array-contains-any':
      return unionAccess(filter.values.map((value) => elementAccess(set, field, query, value)));
    case '!=':
    case 'not-in':
      return undefined;
  }
}
