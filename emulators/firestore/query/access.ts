// The ways to come by the documents that a query may want, of which the cheapest is taken: a range of an
// index, single documents by name, or all of the source. Whatever comes out is filtered again by the caller,
// so an access may give too much but never too little, and never one document twice.
import { joinPath } from '../names.ts';
import type { Database } from '../store/database.ts';
import type { Document } from '../store/document.ts';
import { DocumentSet } from '../store/document-set.ts';
import type { Cut, SortedList } from '../store/sorted-list.ts';
import { compare } from '../values/compare.ts';
import { comparePaths } from '../values/compare-paths.ts';
import type { FieldPath } from '../values/field-path.ts';
import { formatFieldPath, getField, isDocumentId } from '../values/field-path.ts';
import { kindOf, Reference } from '../values/value.ts';
import type { Value } from '../values/value.ts';
import type { FieldFilter, Filter, Order, Query, Source } from './query.ts';
import { isComposite } from './query.ts';

/** The part of the ordered result that the cursors leave. */
export interface Window {
  readonly isBeforeStart: Cut<Document>;
  readonly isBeforeEnd: Cut<Document>;
}

export interface Access {
  /** How many documents `documents` gives, about. */
  readonly estimate: number;
  /** They come in the order of the query. */
  readonly ordered: boolean;
  /** With `ordered`, documents outside of the window may be left out. */
  documents(window: Window): Iterable<Document>;
}

/** In smaller collections an index costs more than it saves. */
const MIN_INDEXED = 64;

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
  const conjuncts = conjunctsOf(query.where);
  for (const filter of conjuncts) offer(filterAccess(database, set, query, filter), conjuncts.length === 1);
  const [first] = query.orderBy;
  if (first && !isDocumentId(first.field) && set.size >= MIN_INDEXED) {
    offer(listAccess(set.byField(first.field), first.field, query, EVERYTHING), query.where === undefined);
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

function filterAccess(
  database: Database,
  set: DocumentSet,
  query: Query,
  filter: Filter,
): Access | undefined {
  if (isComposite(filter)) {
    const parts = filter.filters.map((inner) => bestOfAnd(database, set, query, inner));
    return parts.every((part) => part !== undefined) ? unionAccess(parts) : undefined;
  }
  if (isDocumentId(filter.field)) return nameAccess(database, set, query, filter);
  if (set.size < MIN_INDEXED) return undefined;
  const { field } = filter;
  switch (filter.op) {
    case '==':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return listAccess(set.byField(field), field, query, rangeOf(filter.op, filter.value));
    case 'in':
      return unionAccess(
        filter.values.map((value) => listAccess(set.byField(field), field, query, rangeOf('==', value))),
      );
    case 'array-contains':
      return elementAccess(set, field, query, filter.value);
    case 'array-contains-any':
      return unionAccess(filter.values.map((value) => elementAccess(set, field, query, value)));
    case '!=':
    case 'not-in':
      return undefined;
  }
}

/** The cheapest way to a branch of an OR, which may itself be an AND. */
function bestOfAnd(database: Database, set: DocumentSet, query: Query, branch: Filter): Access | undefined {
  const accesses = conjunctsOf(branch).map((filter) => filterAccess(database, set, query, filter));
  return accesses
    .filter((access) => access !== undefined)
    .reduce<Access | undefined>((a, b) => (a && a.estimate <= b.estimate ? a : b), undefined);
}

/** A range of values: those not before `from` and before `to`. */
interface Range {
  readonly from: Cut<Value>;
  readonly to: Cut<Value>;
  /** All values in the range are equal, so that the order within it is that of the paths. */
  readonly single: boolean;
}

const EVERYTHING: Range = { from: () => false, to: () => true, single: false };

/** Inequalities match values of the same kind only. */
function rangeOf(op: '==' | '<' | '<=' | '>' | '>=', bound: Value): Range {
  const kind = kindOf(bound);
  const beforeKind: Cut<Value> = (value) => kindOf(value) !== kind && compare(value, bound) < 0;
  const withinKind: Cut<Value> = (value) => kindOf(value) === kind || compare(value, bound) < 0;
  const before: Cut<Value> = (value) => compare(value, bound) < 0;
  const upTo: Cut<Value> = (value) => compare(value, bound) <= 0;
  switch (op) {
    case '==':
      return { from: before, to: upTo, single: true };
    case '<':
      return { from: beforeKind, to: before, single: false };
    case '<=':
      return { from: beforeKind, to: upTo, single: false };
    case '>':
      return { from: upTo, to: withinKind, single: false };
    case '>=':
      return { from: before, to: withinKind, single: false };
  }
}

function listAccess(list: SortedList<Document>, field: FieldPath, query: Query, range: Range): Access {
  const from: Cut<Document> = (document) => range.from(getField(document.fields, field)!);
  const to: Cut<Document> = (document) => range.to(getField(document.fields, field)!);
  const direction = directionOf(query.orderBy, field, range.single);
  return orderedAccess(list, from, to, direction);
}

/** Whether an index on the field, then the path, gives the order of the query, and which way it is read. */
function directionOf(
  orderBy: readonly Order[],
  field: FieldPath,
  single: boolean,
): 'up' | 'down' | undefined {
  const key = formatFieldPath(field);
  const orders = single ? orderBy.filter((order) => formatFieldPath(order.field) !== key) : orderBy;
  const fields = orders.map((order) => formatFieldPath(order.field));
  const fits = single ? fields.length === 1 : fields.length === 2 && fields[0] === key;
  if (!fits || orders.some(({ descending }) => descending !== orders[0]!.descending)) return undefined;
  return orders[0]!.descending ? 'down' : 'up';
}

function orderedAccess(
  list: SortedList<Document>,
  from: Cut<Document>,
  to: Cut<Document>,
  direction: 'up' | 'down' | undefined,
): Access {
  return {
    estimate: list.estimate(from, to),
    ordered: direction !== undefined,
    documents({ isBeforeStart, isBeforeEnd }) {
      // The window has a meaning inside the range only, hence the other cut in each condition.
      if (direction === 'up') {
        return list.walk(
          (document) => from(document) || (to(document) && isBeforeStart(document)),
          (document) => to(document) && (from(document) || isBeforeEnd(document)),
        );
      }
      if (direction === 'down') {
        return list.walkBack(
          (document) => from(document) || (to(document) && !isBeforeEnd(document)),
          (document) => to(document) && (from(document) || !isBeforeStart(document)),
        );
      }
      return list.walk(from, to);
    },
  };
}

function scanAccess(set: DocumentSet, query: Query): Access {
  const [first] = query.orderBy;
  const byName = first !== undefined && isDocumentId(first.field);
  const direction = byName ? (first.descending ? 'down' : 'up') : undefined;
  const parent = query.source.parent === '' ? '' : `${query.source.parent}/`;
  const from: Cut<Document> = ({ path }) => parent !== '' && comparePaths(path, parent) < 0;
  const to: Cut<Document> = ({ path }) => path.startsWith(parent) || comparePaths(path, parent) < 0;
  return orderedAccess(set.byPath, from, to, direction);
}

function nameAccess(
  database: Database,
  set: DocumentSet,
  query: Query,
  filter: FieldFilter,
): Access | undefined {
  if (filter.op === '==') return pathsAccess(database, [filter.value]);
  if (filter.op === 'in') return pathsAccess(database, filter.values);
  if (!('value' in filter) || filter.op === '!=' || filter.op === 'array-contains') return undefined;
  const range = rangeOf(filter.op, filter.value);
  const [first] = query.orderBy;
  const byName = first !== undefined && isDocumentId(first.field);
  return orderedAccess(
    set.byPath,
    ({ path }) => range.from(new Reference(path)),
    ({ path }) => range.to(new Reference(path)),
    byName ? (first.descending ? 'down' : 'up') : undefined,
  );
}

function pathsAccess(database: Database, names: readonly Value[]): Access {
  const paths = new Set(names.map((name) => (name as Reference).name));
  const documents = [...paths].map((path) => database.get(path)).filter((document) => document !== undefined);
  return { estimate: documents.length, ordered: documents.length <= 1, documents: () => documents };
}

function elementAccess(set: DocumentSet, field: FieldPath, query: Query, value: Value): Access {
  const list = set.byElement(field);
  const from: Cut<{ readonly value: Value }> = (entry) => compare(entry.value, value) < 0;
  const to: Cut<{ readonly value: Value }> = (entry) => compare(entry.value, value) <= 0;
  const [first] = query.orderBy;
  const ordered = first !== undefined && isDocumentId(first.field);
  const down = ordered && first.descending;
  return {
    estimate: list.estimate(from, to),
    ordered,
    *documents() {
      for (const { document } of down ? list.walkBack(from, to) : list.walk(from, to)) yield document;
    },
  };
}

function unionAccess(parts: readonly Access[]): Access {
  return {
    estimate: parts.reduce((sum, part) => sum + part.estimate, 0),
    ordered: false,
    documents() {
      const documents = new Map<string, Document>();
      for (const part of parts) {
        // An unordered union has no use for the window, and its parts may be ordered differently.
        for (const document of part.documents(WHOLE)) documents.set(document.path, document);
      }
      return documents.values();
    },
  };
}

const WHOLE: Window = { isBeforeStart: () => false, isBeforeEnd: () => true };
