// GetDocument: one document, or NOT_FOUND.
import { parseDocumentName } from '../names.ts';
import type { ProtoConsistency, ProtoDocument, ProtoMask } from '../protocol/messages.ts';
import { OWNER_ACCESS } from '../rules/access.ts';
import type { Service } from '../service.ts';
import { StatusError } from '../../shared/status.ts';
import { maskedDocument } from './masked-document.ts';
import { readState } from './read-state.ts';

interface GetDocumentRequest extends ProtoConsistency {
  readonly name?: string;
  readonly mask?: ProtoMask;
}

export async function getDocument(
  service: Service,
  request: GetDocumentRequest,
  access = OWNER_ACCESS,
): Promise<ProtoDocument> {
  const { database: databaseName, path } = parseDocumentName(request.name);
  const database = service.database(databaseName);
  const state = await readState(service, database, request, [path]);
  access.get(database, state.snapshot, [path]);
  const document = state.get(path);
  if (!document) throw new StatusError('NOT_FOUND', `Document "${request.name}" not found.`);
  return maskedDocument(databaseName, document, request.mask);
}
