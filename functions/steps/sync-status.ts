// The `bigquerySync*` fields that we write on the source document, and what they say about its version.
import type { DocumentData, DocumentVersion } from '../pipelines/pipeline.ts';
import type { Reason } from '../pipelines/reason.ts';
import { contentHash } from './content-hash.ts';
import { isNewer, recordedVersion } from './version.ts';

export type SyncState = 'synced' | 'failed' | 'abandoned';

export interface SyncStatus {
  readonly state: SyncState;
  readonly version: DocumentVersion;
  /** Why it is not synced: codes and field paths, never values. */
  readonly error: Reason | null;
  readonly retryCount: number;
}

const RANK: Readonly<Record<string, number>> = { failed: 0, abandoned: 1, synced: 2 };

/**
 * Whether a status may replace the one on the document. Attempts end in any order, so a newer version wins; of one
 * version `synced` (its row is there, whatever a slower attempt says), then `abandoned`, then the later attempt.
 */
export function replaces(status: SyncStatus, data: DocumentData): boolean {
  const recorded = recordedVersion(data);
  if (!recorded || isNewer(status.version, recorded)) return true;
  if (isNewer(recorded, status.version)) return false;
  const rank = RANK[status.state] ?? 0;
  const recordedRank = RANK[String(data['bigquerySyncStatus'])] ?? -1;
  if (rank !== recordedRank) return rank > recordedRank;
  return rank === 2 || status.retryCount >= Number(data['bigquerySyncRetryCount'] ?? 0);
}

/**
 * Whether the document still holds what the status speaks of. A status written on other content would move that
 * content's update time without recording its version: whoever read it again would take it for yet another one.
 */
export function speaksOf(status: SyncStatus, data: DocumentData): boolean {
  return contentHash(data) === status.version.contentHash;
}
