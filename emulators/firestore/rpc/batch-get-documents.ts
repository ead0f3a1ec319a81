// BatchGetDocuments: each document found or missing, all as of one moment, each name answered once. As from the
// service, those that are missing come last.
import { documentName, parseDocumentName } from '../names.ts';
import type { ProtoConsistency, ProtoDocument, ProtoMask, ProtoTimestamp } from '../protocol/messages.ts';
import { OWNER_ACCESS } from '../rules/access.ts';
import type { Service } from '../service.ts';
import { invalidArgument } from '../../shared/status.ts';
import { maskedDocument } from './masked-document.ts';
import { readState } from './read-state.ts';

interface BatchGetDocumentsRequest extends ProtoConsistency {
  readonly database?: string;
  readonly documents?: readonly string[];
  readonly mask?: ProtoMask;
}

interface BatchGetDocumentsResponse {
  readonly found?: ProtoDocument;
  readonly missing?: string;
  readonly transaction?: Uint8Array;
  readonly readTime?: ProtoTimestamp;
}

export async function* batchGetDocuments(
  service: Service,
  request: BatchGetDocumentsRequest,
  access = OWNER_ACCESS,
): AsyncGenerator<BatchGetDocumentsResponse> {
  const database = service.database(request.database);
  const names = (request.documents ?? []).map(parseDocumentName);
  const stray = names.find((name) => name.database !== database.name);
  if (stray) throw invalidArgument(`Document is in database "${stray.database}", want "${database.name}"`);
  const paths = [...new Set(names.map(({ path }) => path))];
  const { snapshot, readTime, begun, get } = await readState(service, database, request, paths);
  access.get(database, snapshot, paths);

  // All are read before the first is sent: sending may wait, and the state must be that of one moment.
  const documents = paths
    .map((path) => [path, get(path)] as const)
    .toSorted(([, a], [, b]) => Number(a === undefined) - Number(b === undefined));
  if (documents.length === 0 && begun.transaction) yield { ...begun, readTime };
  for (const [i, [path, document]] of documents.entries()) {
    yield {
      ...(i === 0 ? begun : {}),
      ...(document
        ? { found: maskedDocument(database.name, document, request.mask) }
        : { missing: documentName(database.name, path) }),
      readTime,
    };
  }
}
