// CreateDocument: with the id given or one made up; never overwrites.
import { checkId, documentName, joinPath, parseParentName } from '../names.ts';
import type { ProtoDocument, ProtoMask } from '../protocol/messages.ts';
import type { Access } from '../rules/access.ts';
import type { Service } from '../service.ts';
import { autoId } from './auto-id.ts';
import { writeDocument } from './write-document.ts';

interface CreateDocumentRequest {
  readonly parent?: string;
  readonly collectionId?: string;
  readonly documentId?: string;
  readonly document?: ProtoDocument;
  readonly mask?: ProtoMask;
}

export function createDocument(
  service: Service,
  request: CreateDocumentRequest,
  access: Access,
): ProtoDocument {
  const parent = parseParentName(request.parent);
  const collectionId = request.collectionId ?? '';
  checkId(collectionId, request.parent ?? '');
  const path = joinPath(joinPath(parent.path, collectionId), request.documentId || autoId());
  const name = documentName(parent.database, path);
  const write = {
    operation: 'update',
    update: { ...request.document, name },
    currentDocument: { exists: false },
  } as const;
  return writeDocument(service.database(parent.database), write, path, request.mask, access);
}
