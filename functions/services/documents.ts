// The source documents behind a port: read one again, and write what became of its sync. Only the
// `bigquerySync*` fields are ever written.
import type { DocumentData } from '../pipelines/pipeline.ts';
import { ServiceError } from '../steps/service-error.ts';
import { replaces, speaksOf, type SyncStatus } from '../steps/sync-status.ts';
import { ABORTED, MAX_CONFLICTS, type FirestoreDocuments } from './firestore.ts';

export interface SourceDocument {
  readonly data: DocumentData;
  /** RFC 3339 UTC with microseconds. */
  readonly updateTime: string;
}

export interface Documents {
  get(path: string): Promise<SourceDocument | undefined>;
  /**
   * Writes the status, unless the document is gone, holds something else by now (see `speaksOf`) or tells of
   * something later (see `replaces`). One write when the document is still as it was at `seenUpdateTime`;
   * otherwise it is read again first.
   */
  writeStatus(path: string, status: SyncStatus, seenUpdateTime: string): Promise<void>;
}

export function createDocuments(firestore: FirestoreDocuments): Documents {
  return {
    get: (path) => firestore.get(path),

    async writeStatus(path, status, seenUpdateTime) {
      let updateTime = seenUpdateTime;
      for (let conflicts = 0; conflicts <= MAX_CONFLICTS; conflicts++) {
        const end = await firestore.write({ path, ...toFields(status), expected: { updateTime } });
        if (end === 'written') return;
        const found = await firestore.get(path);
        if (!found || !speaksOf(status, found.data) || !replaces(status, found.data)) return;
        updateTime = found.updateTime;
      }
      throw new ServiceError({ service: 'firestore', operation: 'write status', grpcCode: ABORTED });
    },
  };
}

function toFields({ state, version, error, retryCount }: SyncStatus) {
  const data = {
    bigquerySyncStatus: state,
    bigquerySyncError: error,
    bigquerySyncRetryCount: retryCount,
    bigquerySyncVersion: { updateTime: version.updateTime, contentHash: version.contentHash },
  };
  const fields = Object.keys(data);
  return state === 'synced' ? { data, fields, serverTime: 'bigquerySyncedAt' } : { data, fields };
}
