// Names that are made from identifiers and reveal none: SHA-256 over the parts, each with its length before
// it, so that no two lists of parts give the same input.
import { hash } from 'node:crypto';
import type { DocumentVersion } from '../pipelines/pipeline.ts';
import { encodeTexts } from './keyed-hash.ts';

function digest(...parts: readonly string[]): string {
  return hash('sha256', encodeTexts(...parts));
}

/** One per document, so there is at most one open record for it. 64 hex digits. */
export function failureId(pipeline: string, path: string): string {
  return digest('failure', pipeline, path);
}

/** One per document version, whoever sends it. 64 hex digits; insertAll allows 128 characters. */
export function insertId(pipeline: string, path: string, version: DocumentVersion): string {
  return digest('row', pipeline, path, version.updateTime);
}

/** One per generation of a failure: creating it twice is creating it once. 64 hex digits. */
export function taskId(failure: string, generation: number): string {
  return digest('task', failure, String(generation));
}
