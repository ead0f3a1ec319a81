// What a listener watches: single documents or the result of a query. A target can say what its documents
// are in a snapshot, and whether a change may concern it.
import { documentName, parseDocumentName, parseParentName } from '../names.ts';
import type { ProtoDocument } from '../protocol/messages.ts';
import type { Access, Dependencies } from '../rules/access.ts';
import { matches } from '../query/matches.ts';
import { parseQuery } from '../query/parse-query.ts';
import { runQuery } from '../query/run-query.ts';
import { invalidArgument } from '../../shared/status.ts';
import type { Database, Snapshot } from '../store/database.ts';
import type { Change, Document } from '../store/document.ts';
import { toProtoDocument } from '../store/document.ts';
import { pickFields } from '../values/field-path.ts';
import type { ProtoTarget } from './messages.ts';

/** Path → document, or undefined for a watched document that does not exist. */
export type TargetState = ReadonlyMap<string, Document | undefined>;

export interface Target {
  readonly id: number;
  readonly once: boolean;
  /** Throws PERMISSION_DENIED when it may not be listened to. */
  check(access: Access, snapshot: Snapshot): Dependencies;
  stateIn(snapshot: Snapshot): TargetState;
  isConcernedBy(change: Change): boolean;
  toProto(document: Document): ProtoDocument;
}

/** Throws INVALID_ARGUMENT when the target makes no sense. */
export function parseTarget(database: Database, proto: ProtoTarget, id: number): Target {
  const once = proto.once ?? false;
  if (proto.documents) {
    const paths = new Set((proto.documents.documents ?? []).map((name) => pathIn(database, name)));
    return {
      id,
      once,
      check: (access, snapshot) => access.get(database, snapshot, [...paths]),
      stateIn: (snapshot) => new Map([...paths].map((path) => [path, snapshot.get(path)])),
      isConcernedBy: ({ path }) => paths.has(path),
      toProto: (document) => toProtoDocument(database.name, document),
    };
  }
  if (!proto.query?.structuredQuery) throw invalidArgument('A target needs documents or a structured query.');
  const parent = parseParentName(proto.query.parent);
  if (parent.database !== database.name) throw invalidArgument(`A target is outside of "${database.name}".`);
  const query = parseQuery(parent, proto.query.structuredQuery);
  if (query.nearest) throw invalidArgument('Vector searches cannot be listened to.');
  const { select } = query;
  return {
    id,
    once,
    check: (access, snapshot) => access.list(database, snapshot, query),
    stateIn: (snapshot) =>
      new Map(runQuery(database, snapshot, query).map((document) => [document.path, document])),
    isConcernedBy: ({ before, after }) =>
      (before !== undefined && matches(query, before)) || (after !== undefined && matches(query, after)),
    toProto: (document) =>
      toProtoDocument(
        database.name,
        document,
        select ? pickFields(document.fields, select) : document.fields,
      ),
  };
}

function pathIn(database: Database, name: string): string {
  const parsed = parseDocumentName(name);
  if (parsed.database !== database.name) {
    throw invalidArgument(
      `"${documentName(parsed.database, parsed.path)}" is outside of "${database.name}".`,
    );
  }
  return parsed.path;
}
