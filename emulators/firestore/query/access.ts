// The ways to come by documents: a range of an index, single documents by name, or all of the source.
// choose-access.ts says which of them a query takes.
import type { Database } from '../store/database.ts';
import type { Document } from '../store/document.ts';
import type { DocumentSet } from '../store/document-set.ts';
import type { Cut, SortedList } from '../store/sorted-list.ts';
import { compare } from '../values/compare.ts';
import { comparePaths } from '../values/compare-paths.ts';
import type { FieldPath } from '../values/field-path.ts';
import { formatFieldPath, getField, isDocumentId } from '../values/field-path.ts';
import { Reference } from '../values/value.ts';
import type { Value } from '../values/value.ts';
import type { Order, Query } from './query.ts';
import type { Range } from './range.ts';

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
export const MIN_INDEXED = 64;

export function rangeAccess(
  set: DocumentSet,
  query: Query,
  field: FieldPath,
  range: Range,
): Access | undefined {
  if (isDocumentId(field)) {
    return orderedAccess(
      set.byPath,
      ({ path }) => range.from(new Reference(path)),
      ({ path }) => range.to(new Reference(path)),
      nameDirection(query),
    );
  }
  if (set.size < MIN_INDEXED) return undefined;
  return orderedAccess(
    set.byField(field),
    (document) => range.from(getField(document.fields, field)!),
    (document) => range.to(getField(document.fields, field)!),
    directionOf(query.orderBy, field, range.single),
  );
}

/** Which way the names go when they are what the query is ordered by first. */
function nameDirection({ orderBy: [first] }: Query): 'up' | 'down' | undefined {
  if (!first || !isDocumentId(first.field)) return undefined;
  return first.descending ? 'down' : 'up';
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

export function scanAccess(set: DocumentSet, query: Query): Access {
  const parent = query.source.parent === '' ? '' : `${query.source.parent}/`;
  const from: Cut<Document> = ({ path }) => parent !== '' && comparePaths(path, parent) < 0;
  const to: Cut<Document> = ({ path }) => path.startsWith(parent) || comparePaths(path, parent) < 0;
  return orderedAccess(set.byPath, from, to, nameDirection(query));
}

export function pathsAccess(database: Database, names: readonly Value[]): Access {
  const paths = new Set(names.map((name) => (name as Reference).name));
  const documents = [...paths].map((path) => database.get(path)).filter((document) => document !== undefined);
  return { estimate: documents.length, ordered: documents.length <= 1, documents: () => documents };
}

export function elementAccess(set: DocumentSet, field: FieldPath, query: Query, value: Value): Access {
  const list = set.byElement(field);
  const from: Cut<{ readonly value: Value }> = (entry) => compare(entry.value, value) < 0;
  const to: Cut<{ readonly value: Value }> = (entry) => compare(entry.value, value) <= 0;
  const direction = nameDirection(query);
  return {
    estimate: list.estimate(from, to),
    ordered: direction !== undefined,
    *documents() {
      for (const { document } of direction === 'down' ? list.walkBack(from, to) : list.walk(from, to))
        yield document;
    },
  };
}

export function unionAccess(parts: readonly Access[]): Access {
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
