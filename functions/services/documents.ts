// The source documents behind a port: read one again, and write what became of its sync. Only the
// `bigquerySync*` fields are ever written.
import {
  FieldValue,
  Timestamp,
  type DocumentData as FirestoreData,
  type Firestore,
  type UpdateData,
} from 'firebase-admin/firestore';
import { toRfc3339 } from '../pipelines/fields.ts';
import type { DocumentData } from '../pipelines/pipeline.ts';
import { replaces, speaksOf, type SyncStatus } from '../steps/sync-status.ts';
import { fromGrpcError, property } from './client-error.ts';

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

/** NOT_FOUND: deleted meanwhile. FAILED_PRECONDITION: written meanwhile. */
const CHANGED_MEANWHILE = new Set<unknown>([5, 9]);

export function createDocuments(firestore: Firestore): Documents {
  async function rewriteStatus(path: string, status: SyncStatus): Promise<void> {
    const reference = firestore.doc(path);
    await firestore.runTransaction(async (transaction) => {
      const data = (await transaction.get(reference)).data();
      if (data && speaksOf(status, data) && replaces(status, data)) {
        transaction.update(reference, toFields(status));
      }
    });
  }

  return {
    async get(path) {
      try {
        const snapshot = await firestore.doc(path).get();
        const data = snapshot.data();
        return data && snapshot.updateTime ? { data, updateTime: toRfc3339(snapshot.updateTime) } : undefined;
      } catch (error) {
        throw fromGrpcError({ service: 'firestore', operation: 'get document' }, error);
      }
    },

    async writeStatus(path, status, seenUpdateTime) {
      const lastUpdateTime = toTimestamp(seenUpdateTime);
      try {
        await firestore
          .doc(path)
          .update(toFields(status), { lastUpdateTime })
          .catch((error: unknown) => {
            if (!CHANGED_MEANWHILE.has(property(error, 'code'))) throw error;
            return rewriteStatus(path, status);
          });
      } catch (error) {
        throw fromGrpcError({ service: 'firestore', operation: 'write status' }, error);
      }
    },
  };
}

function toFields({ state, version, error, retryCount }: SyncStatus): UpdateData<FirestoreData> {
  return {
    bigquerySyncStatus: state,
    bigquerySyncError: error,
    bigquerySyncRetryCount: retryCount,
    bigquerySyncVersion: { updateTime: version.updateTime, contentHash: version.contentHash },
    ...(state === 'synced' ? { bigquerySyncedAt: FieldValue.serverTimestamp() } : {}),
  };
}

function toTimestamp(rfc3339: string): Timestamp {
  const [seconds = '', micros = '0'] = rfc3339.replace('Z', '').split('.');
  return new Timestamp(Date.parse(`${seconds}Z`) / 1000, Number(micros) * 1000);
}
