// The response mask that several methods share.
import type { ProtoDocument, ProtoMask } from '../protocol/messages.ts';
import type { Document } from '../store/document.ts';
import { toProtoDocument } from '../store/document.ts';
import { parseFieldPath, pickFields } from '../values/field-path.ts';

/** A document as an answer shows it: with the fields of the mask, or with all when there is none. An empty mask shows none. */
export function maskedDocument(
  database: string,
  document: Document,
  mask: ProtoMask | undefined,
): ProtoDocument {
  if (!mask) return toProtoDocument(database, document);
  const paths = (mask.fieldPaths ?? []).map(parseFieldPath);
  return toProtoDocument(database, document, pickFields(document.fields, paths));
}
