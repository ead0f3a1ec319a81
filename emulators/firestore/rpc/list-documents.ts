// ListDocuments: a collection page by page, on request with the missing parents of deeper documents.
import { checkId, documentName, joinPath, parseParentName } from '../names.ts';
import type { ProtoConsistency, ProtoDocument, ProtoMask } from '../protocol/messages.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Cursor, Query } from '../query/query.ts';
import { runQuery } from '../query/run-query.ts';
import type { Access } from '../rules/access.ts';
import type { Service } from '../service.ts';
import { invalidArgument } from '../../shared/status.ts';
import type { Snapshot } from '../store/database.ts';
import { comparePaths } from '../values/compare-paths.ts';
import { getField, isDocumentId } from '../values/field-path.ts';
import type { Value } from '../values/value.ts';
import { Reference } from '../values/value.ts';
import { maskedDocument } from './masked-document.ts';
import { page, parsePageSize, parsePageToken } from './page.ts';
import { readState } from './read-state.ts';

interface ListDocumentsRequest extends ProtoConsistency {
  readonly parent?: string;
  readonly collectionId?: string;
  readonly pageSize?: number;
  readonly pageToken?: string;
  readonly orderBy?: string;
  readonly mask?: ProtoMask;
  readonly showMissing?: boolean;
}

interface ListDocumentsResponse {
  readonly documents: readonly ProtoDocument[];
  readonly nextPageToken?: string;
}

const MAX_PAGE_SIZE = 300;

export async function listDocuments(
  service: Service,
  request: ListDocumentsRequest,
  access: Access,
): Promise<ListDocumentsResponse> {
  if (request.showMissing) access.administer('Listing documents that do not exist');
  const parent = parseParentName(request.parent);
  const collectionId = request.collectionId ?? '';
  if (collectionId) checkId(collectionId, request.parent ?? '');
  const orderBy = parseOrderBy(request.orderBy);
  if (request.showMissing && orderBy.length > 0) {
    throw invalidArgument('show_missing and order_by cannot be used together.');
  }
  const database = service.database(parent.database);
  const query = parseQuery(parent, { from: [{ collectionId }], orderBy });
  const { snapshot, remember } = await readState(service, database, request);
  const size = parsePageSize(request.pageSize, MAX_PAGE_SIZE);
  access.list(database, snapshot, { ...query, limit: size });
  remember(query);

  const last = parsePageToken(request.pageToken);
  const startAt = last === undefined ? undefined : cursorAfter(query, snapshot, last);
  // One more than a page tells whether there is another.
  const found = runQuery(database, snapshot, { ...query, startAt, limit: size + 1 });
  const listed = found.map((document): [string, ProtoDocument] => [
    document.path,
    maskedDocument(parent.database, document, request.mask),
  ]);
  if (request.showMissing && collectionId) {
    listed.push(...missingAfter(last, joinPath(parent.path, collectionId)));
    listed.sort(([a], [b]) => comparePaths(a, b));
  }
  const { items, ...next } = page(listed, size, ([path]) => path);
  return { documents: items.map(([, document]) => document), ...next };

  /** Documents that do not exist but have others below them. */
  function missingAfter(after: string | undefined, collection: string): [string, ProtoDocument][] {
    return [...database.treeIn(snapshot).parentsIn(collection)]
      .filter((path) => !snapshot.get(path) && (after === undefined || comparePaths(path, after) > 0))
      .map((path) => [path, { name: documentName(parent.database, path) }]);
  }
}

function cursorAfter({ orderBy }: Query, snapshot: Snapshot, path: string): Cursor {
  const values = orderBy.map(({ field }): Value => {
    if (isDocumentId(field)) return new Reference(path);
    const value = getField(snapshot.get(path)?.fields ?? new Map<string, Value>(), field);
    if (value === undefined)
      throw invalidArgument('The page token is no longer valid: its document has changed.');
    return value;
  });
  return { values, before: false };
}

/** `priority desc, __name__` */
function parseOrderBy(text = ''): { field: { fieldPath: string }; direction: string }[] {
  if (text.trim() === '') return [];
  return text.split(',').map((part) => {
    const match = /^\s*(\S+)(?:\s+(asc|desc))?\s*$/i.exec(part);
    if (!match) throw invalidArgument(`Invalid order_by "${text}": want "field [asc|desc], ..."`);
    const direction = match[2]?.toLowerCase() === 'desc' ? 'DESCENDING' : 'ASCENDING';
    return { field: { fieldPath: match[1]! }, direction };
  });
}
