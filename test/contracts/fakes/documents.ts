// The source documents in memory. Every write, also that of a status, is a new update time.
import { Timestamp } from 'firebase-admin/firestore';
import type { FoundDocument } from '../../../functions/services/synced-documents.ts';
import type { Documents, SourceDocument } from '../../../functions/services/documents.ts';
import { toRfc3339 } from '../../../functions/pipelines/fields.ts';
import type { DocumentData } from '../../../functions/pipelines/pipeline.ts';
import { ServiceError } from '../../../functions/steps/service-error.ts';
import { replaces, speaksOf, type SyncStatus } from '../../../functions/steps/sync-status.ts';
import { FaultList, type Phase } from './fault-list.ts';

const FIRST_SECOND = Date.UTC(2026, 0, 1) / 1000;

export class FakeDocuments implements Documents {
  readonly #documents = new Map<string, SourceDocument>();
  readonly #faults = new FaultList<number>();
  readonly #journal: string[];
  #commits = 0;

  constructor(journal: string[] = []) {
    this.#journal = journal;
  }

  /** The next call of `get` or `writeStatus` fails with this gRPC code, before or after it is done. */
  failNext(phase: Phase, grpcCode: number): void {
    this.#faults.add(phase, grpcCode);
  }

  /** As the app writes: the whole document. Resolves to its update time. */
  put(path: string, data: DocumentData): string {
    const updateTime = toRfc3339(this.#tick());
    this.#documents.set(path, { data, updateTime });
    return updateTime;
  }

  all(): readonly FoundDocument[] {
    return [...this.#documents].map(([path, document]) => ({ path, ...document }));
  }

  /** A commit too: what is created afterwards is later than one. */
  delete(path: string): void {
    this.#tick();
    this.#documents.delete(path);
  }

  async get(path: string): Promise<SourceDocument | undefined> {
    this.#fail('before', 'get document');
    return this.#documents.get(path);
  }

  async writeStatus(path: string, status: SyncStatus, seenUpdateTime: string): Promise<void> {
    this.#journal.push(`status ${status.state}`);
    this.#fail('before', 'write status');
    const found = this.#documents.get(path);
    const isWanted = (data: DocumentData) => speaksOf(status, data) && replaces(status, data);
    if (found && (found.updateTime === seenUpdateTime || isWanted(found.data))) {
      const time = this.#tick();
      const fields = {
        bigquerySyncStatus: status.state,
        bigquerySyncError: status.error,
        bigquerySyncRetryCount: status.retryCount,
        bigquerySyncVersion: { ...status.version },
        ...(status.state === 'synced' ? { bigquerySyncedAt: time } : {}),
      };
      this.#documents.set(path, { data: { ...found.data, ...fields }, updateTime: toRfc3339(time) });
    }
    this.#fail('after', 'write status');
  }

  #tick(): Timestamp {
    return new Timestamp(FIRST_SECOND, ++this.#commits * 1000);
  }

  #fail(phase: Phase, operation: string): void {
    const grpcCode = this.#faults.take(phase);
    if (grpcCode !== undefined) throw new ServiceError({ service: 'firestore', operation, grpcCode });
  }
}
