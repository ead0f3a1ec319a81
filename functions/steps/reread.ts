// What a retry has to send: the document was read again, and may hold another version by now, or be gone.
import {
  tellsOfDeletions,
  type DocumentData,
  type DocumentVersion,
  type Pipeline,
} from '../pipelines/pipeline.ts';
import { reason, type Reason } from '../pipelines/reason.ts';
import { deletedAt, deletionAfter } from './deletion.ts';
import { isToSync, type Source } from './source.ts';
import { versionOnRereading } from './version.ts';

export const UNKNOWN_PIPELINE = reason`pipeline unknown: it was removed or renamed`;

export interface Reread {
  readonly source: Source;
  /** Why there is nothing to send. */
  readonly obstacle?: Reason;
}

/** `known`: the version that failed. `pipeline` is undefined when there is none of that name any more. */
export function reread(
  pipeline: Pipeline | undefined,
  path: string,
  known: DocumentVersion,
  found: { readonly data: DocumentData; readonly updateTime: string } | undefined,
): Reread {
  const source = found
    ? { path, data: found.data, version: versionOnRereading(found.data, found.updateTime, known) }
    : { path, data: undefined, version: known };
  if (!pipeline) return { source, obstacle: UNKNOWN_PIPELINE };
  if (!found) {
    if (!tellsOfDeletions(pipeline)) return { source, obstacle: reason`source deleted` };
    // Whether the event of the deletion came before, comes yet, or never does.
    const isTold = deletedAt(known) !== undefined;
    return { source: { ...source, version: isTold ? known : deletionAfter(known.updateTime) } };
  }
  if (!isToSync(pipeline, (name) => found.data[name])) {
    return { source, obstacle: reason`source not completed any more` };
  }
  return { source };
}
