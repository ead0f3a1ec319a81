// Runs a query against a snapshot and gives its documents in order.
import type { Database, Snapshot } from '../store/database.ts';
import type { Document } from '../store/document.ts';
import type { Window } from './access.ts';
import { chooseAccess } from './access.ts';
import { matches } from './matches.ts';
import { compareDocuments, isBeforeCursor } from './order.ts';
import type { Query } from './query.ts';

export function runQuery(database: Database, snapshot: Snapshot, query: Query): readonly Document[] {
  const { orderBy, startAt, endAt } = query;
  const window: Window = {
    isBeforeStart: (document) => startAt !== undefined && isBeforeCursor(orderBy, document, startAt),
    isBeforeEnd: (document) => endAt === undefined || isBeforeCursor(orderBy, document, endAt),
  };
  const belongs = (document: Document): boolean =>
    matches(query, document) && !window.isBeforeStart(document) && window.isBeforeEnd(document);
  const end = query.limit === undefined ? Infinity : query.offset + query.limit;
  if (end === 0) return [];

  const access = chooseAccess(database, query);
  const { differences } = snapshot;
  const found: Document[] = [];
  for (const document of access.documents(window)) {
    if (differences.has(document.path) || !belongs(document)) continue;
    found.push(document);
    if (access.ordered && differences.size === 0 && found.length >= end) break;
  }
  for (const document of differences.values()) if (document && belongs(document)) found.push(document);
  if (!access.ordered || differences.size > 0) found.sort((a, b) => compareDocuments(orderBy, a, b));
  return found.slice(query.offset, end);
}
