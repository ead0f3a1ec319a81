// UpdateDocument: creates the document when it is missing, unless the precondition forbids it.
import { parseDocumentName } from '../names.ts';
import type { ProtoDocument, ProtoMask, ProtoPrecondition } from '../protocol/messages.ts';
import type { Access } from '../rules/access.ts';
import type { Service } from '../service.ts';
import { writeDocument } from './write-document.ts';

interface UpdateDocumentRequest {
  readonly document?: ProtoDocument;
  readonly updateMask?: ProtoMask;
  readonly mask?: ProtoMask;
  readonly currentDocument?: ProtoPrecondition;
}

export function updateDocument(
  service: Service,
  request: UpdateDocumentRequest,
  access: Access,
): ProtoDocument {
  const { document = {}, updateMask, currentDocument } = request;
  const { database, path } = parseDocumentName(document.name);
  const write = {
    operation: 'update',
    update: document,
    ...(updateMask ? { updateMask } : {}),
    ...(currentDocument ? { currentDocument } : {}),
  } as const;
  return writeDocument(service.database(database), write, path, request.mask, access);
}
