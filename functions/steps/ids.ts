// Names that are made from identifiers and reveal none: SHA-256 over the parts, each with its length before
// it, so that no two lists of parts give the same input.
import { hash } from 'node:crypto';
import type { DocumentVersion } from '../pipelines/pipeline.ts';
import { encodeTexts } from './keyed-hash.ts';

function digest(...parts: readonly string[]): string {
  return hash('sha256', encodeTexts(...parts));
}

declare const hashed: unique symbol;

/** 64 hex digits that reveal nothing: the only id that a task or a log line takes. */
export type FailureId = string & { readonly [hashed]: true };

/** One per document, so there is at most one open record for it. */
export function failureId(pipeline: string, path: string): FailureId {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand exists for the compiler alone
  return digest('failure', pipeline, path) as FailureId;
}

/** Of an id that was stored or sent: whether it is one of ours, and not a path or a name. */
export function isFailureId(text: string): text is FailureId {
  return /^[0-9a-f]{64}$/.test(text);
}

/** One per document version, whoever sends it. 64 hex digits; insertAll allows 128 characters. */
export function insertId(pipeline: string, path: string, version: DocumentVersion): string {
  return digest('row', pipeline, path, version.updateTime);
}

/** One per generation of a failure: creating it twice is creating it once. 64 hex digits. */
export function taskId(failure: FailureId, generation: number): string {
  return digest('task', failure, String(generation));
}

/** Name of the request of erasure that a deletion makes: of one deletion, one. 64 hex digits. */
export function deletionErasureName(pipeline: string, path: string, { updateTime }: DocumentVersion): string {
  return digest('erasure of a document', pipeline, path, updateTime);
}

/** Name of the request of erasure that an event makes: of an event that comes twice, one. 64 hex digits. */
export function erasureName(eventId: string): string {
  return digest('erasure', eventId);
}
