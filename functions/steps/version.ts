// Which version of a document one has in hand, and which of two is newer.
import type { DocumentData, DocumentVersion } from '../pipelines/pipeline.ts';
import { contentHash } from './content-hash.ts';

/** Which version a status on the document speaks of, if it has one that we wrote. */
export function recordedVersion(data: DocumentData): DocumentVersion | undefined {
  const value = data['bigquerySyncVersion'];
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('updateTime' in value) || !('contentHash' in value)) return undefined;
  const { updateTime, contentHash: hash } = value;
  return typeof updateTime === 'string' && typeof hash === 'string'
    ? { updateTime, contentHash: hash }
    : undefined;
}

/**
 * The version of a document that was read again. Its `updateTime` may be that of our own status write: when
 * the content is still that of a version already known (from the failure, or from the status on the document),
 * it is that version. Content that came back (A, B, A) is not the old version again: never one behind `known`.
 */
export function versionOnRereading(
  data: DocumentData,
  updateTime: string,
  known: DocumentVersion | undefined,
): DocumentVersion {
  const hash = contentHash(data);
  for (const version of [known, recordedVersion(data)]) {
    if (version?.contentHash === hash && !(known && isNewer(known, version))) return version;
  }
  return { updateTime, contentHash: hash };
}

/** RFC 3339 times of one form sort as text. */
export function isNewer(a: DocumentVersion, b: DocumentVersion): boolean {
  return a.updateTime > b.updateTime;
}
