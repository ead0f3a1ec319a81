// What CreateDocument and UpdateDocument have in common.
import type { ProtoDocument, ProtoMask, ProtoWrite } from '../protocol/messages.ts';
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
): ProtoDocument {
  commitWrites(database, [parseWrite(write, database.name)]);
  return maskedDocument(database.name, database.get(path)!, mask);
}
