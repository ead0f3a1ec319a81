// Comparing documents with each other and with cursors in the order of a query.
import type { Document } from '../store/document.ts';
import { compare } from '../values/compare.ts';
import { comparePaths } from '../values/compare-paths.ts';
import { getField, isDocumentId } from '../values/field-path.ts';
import { Reference } from '../values/value.ts';
import { fieldOf } from './matches.ts';
import type { Cursor, Order } from './query.ts';

/** Both documents have every field of the order. */
export function compareDocuments(orderBy: readonly Order[], a: Document, b: Document): number {
  for (const { field, descending } of orderBy) {
    const order = isDocumentId(field)
      ? comparePaths(a.path, b.path)
      : compare(getField(a.fields, field)!, getField(b.fields, field)!);
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

/** True for the documents that come before the cursor. */
export function isBeforeCursor(orderBy: readonly Order[], document: Document, cursor: Cursor): boolean {
  for (const [i, value] of cursor.values.entries()) {
    const { field, descending } = orderBy[i]!;
    const order =
      isDocumentId(field) && value instanceof Reference
        ? comparePaths(document.path, value.name)
        : compare(fieldOf(document, field)!, value);
    if (order !== 0) return order < 0 !== descending;
  }
  return !cursor.before;
}
