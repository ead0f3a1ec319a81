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

/** What is known of a document's row. */
export interface Evidence {
  /** Newest version that BigQuery shows of its key. */
  readonly rowVersion: string | undefined;
  readonly failure: Failure | undefined;
  /**
   * False when the document is no row to the present schema, so that its key is not known. A former schema may have
   * made one of it: then a failure that was resolved says so.
   */
  readonly isRow: boolean;
}

export function judge(version: DocumentVersion, { rowVersion, failure, isRow }: Evidence): Standing {
  if (rowVersion !== undefined && rowVersion >= version.updateTime) return 'present';
  if (!failure || isNewer(version, failure.documentVersion)) return 'missing';
  if (isOpen(failure)) return 'waiting';
  if (failure.status === 'abandoned') return 'abandoned';
  return isRow ? 'missing' : 'present';
}
