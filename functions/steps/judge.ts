// Whether a completed document is where it has to be: in BigQuery, or among the failures.
import type { DocumentVersion } from '../pipelines/pipeline.ts';
import { isOpen, type Failure } from './failure.ts';
import { isNewer } from './version.ts';

export type Standing =
  /** Its row is there. */
  | 'present'
  /** Its failure has a retry to come. */
  | 'waiting'
  /** Its failure was given up for good. */
  | 'abandoned'
  /** Nothing speaks of this version. */
  | 'missing';

/** `rowVersion` is the newest version of its key that BigQuery has. */
export function judge(
  version: DocumentVersion,
  rowVersion: string | undefined,
  failure: Failure | undefined,
): Standing {
  if (rowVersion !== undefined && rowVersion >= version.updateTime) return 'present';
  if (!failure || isNewer(version, failure.documentVersion)) return 'missing';
  if (isOpen(failure)) return 'waiting';
  return failure.status === 'abandoned' ? 'abandoned' : 'missing';
}
