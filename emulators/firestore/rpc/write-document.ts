// What CreateDocument and UpdateDocument have in common.
import type { ProtoDocument, ProtoMask, ProtoWrite } from '../protocol/messages.ts';
import type { Access } from '../rules/access.ts';
import type { Database } from '../store/database.ts';
import { commitWrites } from '../writes/commit-writes.ts';
import { parseWrite } from '../writes/parse-write.ts';
import { maskedDocument } from './masked-document.ts';

/** Commits a single write and answers with the document that it made. */
export function writeDocument(
  database: Database,
  write: ProtoWrite,
  path: string,
  mask: ProtoMask | undefined,
  access: Access,
): ProtoDocument {
  const writes = [parseWrite(write, database.name)];
  access.write(database, writes);
  commitWrites(database, writes);
  return maskedDocument(database.name, database.get(path)!, mask);
}
