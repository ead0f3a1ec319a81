// Runs a query against a snapshot and gives its documents in order.
import type { Database, Snapshot } from '../store/database.ts';
import type { Document } from '../store/document.ts';
import type { Window } from './access.ts';
import { chooseAccess } from './choose-access.ts';
import { matches } from './matches.ts';
import { nearestOf } from './nearest.ts';
import { compareDocuments, isBeforeCursor } from './order.ts';
import type { Query } from './query.ts';

export interface QueryRun {
  readonly documents: readonly Document[];
  /** How many documents were looked at to find them: what the query has cost. */
  readonly visited: number;
}

export function runQuery(database: Database, snapshot: Snapshot, query: Query): readonly Document[] {
  return runCounted(database, snapshot, query).documents;
}

export function runCounted(database: Database, snapshot: Snapshot, query: Query): QueryRun {
  const { orderBy, startAt, endAt, nearest } = query;
  const window: Window = {
    isBeforeStart: (document) => startAt !== undefined && isBeforeCursor(orderBy, document, startAt),
    isBeforeEnd: (document) => endAt === undefined || isBeforeCursor(orderBy, document, endAt),
  };
  const belongs = (document: Document): boolean =>
    matches(query, document) && !window.isBeforeStart(document) && window.isBeforeEnd(document);
  const end = query.limit === undefined ? Infinity : query.offset + query.limit;
  if (end === 0) return { documents: [], visited: 0 };

  const access = chooseAccess(database, query);
  const { differences } = snapshot;
  const found: Document[] = [];
  let visited = differences.size;
  for (const document of access.documents(window)) {
    visited++;
    if (differences.has(document.path) || !belongs(document)) continue;
    found.push(document);
    if (access.ordered && differences.size === 0 && found.length >= end) break;
  }
  for (const document of differences.values()) if (document && belongs(document)) found.push(document);
  if (!access.ordered || differences.size > 0) found.sort((a, b) => compareDocuments(orderBy, a, b));
  const documents = found.slice(query.offset, end);
  return { documents: nearest ? nearestOf(nearest, documents) : documents, visited };
}
