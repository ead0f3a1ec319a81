// DeleteDocument: deleting what does not exist succeeds, unless the precondition forbids it.
import { parseDocumentName } from '../names.ts';
import type { ProtoPrecondition } from '../protocol/messages.ts';
import type { Access } from '../rules/access.ts';
import type { Service } from '../service.ts';
import { commitWrites } from '../writes/commit-writes.ts';
import { parsePrecondition } from '../writes/parse-write.ts';

interface DeleteDocumentRequest {
  readonly name?: string;
  readonly currentDocument?: ProtoPrecondition;
}

export function deleteDocument(service: Service, request: DeleteDocumentRequest, access: Access): object {
  const { database: databaseName, path } = parseDocumentName(request.name);
  const precondition = parsePrecondition(request.currentDocument);
  const database = service.database(databaseName);
  const writes = [{ kind: 'delete', path, precondition }] as const;
  access.write(database, writes);
  commitWrites(database, writes);
  return {};
}
