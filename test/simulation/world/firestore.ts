// Firestore in virtual time: source documents, failure records, and what was ever written by the app.
import { Timestamp } from 'firebase-admin/firestore';
import type { FailureId } from '../../../functions/steps/ids.ts';
import type { DocumentData } from '../../../functions/pipelines/pipeline.ts';
import type { CompletedDocuments, FoundDocument } from '../../../functions/services/completed-documents.ts';
import type { AuditEntry, DeadLetters, StoredFailure } from '../../../functions/services/dead-letters.ts';
import type { Documents, SourceDocument } from '../../../functions/services/documents.ts';
import type { Reports } from '../../../functions/services/reports.ts';
import { isOpen, type Failure } from '../../../functions/steps/failure.ts';
import { replaces, speaksOf, type SyncStatus } from '../../../functions/steps/sync-status.ts';
import { completedIn } from '../../contracts/fakes/completed-documents.ts';
import { backlogOf } from '../../contracts/fakes/dead-letters.ts';
import { FakeReports } from '../../contracts/fakes/reports.ts';
import type { Content } from '../oracle.ts';
import type { Call } from './call.ts';

/** One write of the app; no content when it deleted the document. */
export interface AppWrite {
  readonly updateTime: string;
  readonly content: Content | undefined;
  /** The document became completed: this version is promised to arrive. */
  readonly completes: boolean;
}

interface StoredRecord {
  /** Undefined when somebody made it malformed. */
  readonly failure: Failure | undefined;
  /** What it was before its last change, for queries that answer from the past. */
  readonly before: Failure | undefined;
  readonly malformedDueAt?: Date;
}

export interface FirestoreObserver {
  recordChanged(id: string, before: Failure | undefined, after: Failure): void;
  statusWritten(path: string, before: DocumentData, status: SyncStatus): void;
}

export class VirtualFirestore {
  readonly #now: () => number;
  readonly #documents = new Map<string, SourceDocument>();
  readonly #records = new Map<string, StoredRecord>();
  readonly #writes = new Map<string, AppWrite[]>();
  readonly #observer: FirestoreObserver;
  readonly audits = new Map<string, readonly AuditEntry[]>();
  /** The last report of each pipeline, and where the next run goes on. */
  readonly reports = new FakeReports();
  #lastMs = 0;
  #micros = 0;

  constructor(now: () => number, observer: FirestoreObserver) {
    this.#now = now;
    this.#observer = observer;
  }

  document(path: string): SourceDocument | undefined {
    return this.#documents.get(path);
  }

  get appWriteCount(): number {
    return [...this.#writes.values()].reduce((sum, writes) => sum + writes.length, 0);
  }

  /** In the order of their commits. */
  appWrites(path: string): readonly AppWrite[] {
    return this.#writes.get(path) ?? [];
  }

  get documents(): readonly FoundDocument[] {
    return [...this.#documents].map(([path, document]) => ({ path, ...document }));
  }

  get paths(): readonly string[] {
    return [...this.#writes.keys()];
  }

  record(id: string): Failure | undefined {
    return this.#records.get(id)?.failure;
  }

  get records(): readonly StoredFailure[] {
    return [...this.#records].flatMap(([id, { failure }]) =>
      failure ? [{ id: id as FailureId, failure }] : [],
    );
  }

  /** Whether a failure is still to be tried, now or after a pause. */
  hasOpen(): boolean {
    for (const { failure } of this.#records.values()) if (failure && isOpen(failure)) return true;
    return false;
  }

  /** Whether the sweep has something to do. */
  hasDue(at: number): boolean {
    for (const { failure } of this.#records.values()) {
      if (failure && isOpen(failure) && (failure.nextAttemptAt?.getTime() ?? 0) <= at) return true;
    }
    return false;
  }

  /** The app writes its own fields, or all of them; ours stay as the rules want it. */
  put(path: string, data: DocumentData, content?: Content): string {
    const before = this.#documents.get(path);
    const ours = Object.entries(before?.data ?? {}).filter(([name]) => name.startsWith('bigquerySync'));
    const updateTime = this.#commitTime();
    this.#documents.set(path, { data: { ...data, ...Object.fromEntries(ours) }, updateTime });
    const completes = data['status'] === 'completed' && before?.data['status'] !== 'completed';
    this.#remember(path, { updateTime, content, completes });
    return updateTime;
  }

  delete(path: string): void {
    this.#documents.delete(path);
    this.#remember(path, { updateTime: this.#commitTime(), content: undefined, completes: false });
  }

  corrupt(id: string, dueAt: Date): void {
    this.#records.set(id, { failure: undefined, before: undefined, malformedDueAt: dueAt });
  }

  deleteRecord(id: string): void {
    this.#records.delete(id);
  }

  isMalformed(id: string): boolean {
    const record = this.#records.get(id);
    return record !== undefined && !record.failure;
  }

  writeRecord(id: string, after: Failure): void {
    const before = this.#records.get(id)?.failure;
    this.#records.set(id, { failure: after, before });
    this.#observer.recordChanged(id, before, after);
  }

  writeStatus(path: string, found: SourceDocument, status: SyncStatus): void {
    this.#observer.statusWritten(path, found.data, status);
    const { state, version, error, retryCount } = status;
    const fields = {
      bigquerySyncStatus: state,
      bigquerySyncError: error,
      bigquerySyncRetryCount: retryCount,
      bigquerySyncVersion: { updateTime: version.updateTime, contentHash: version.contentHash },
      ...(state === 'synced' ? { bigquerySyncedAt: Timestamp.fromMillis(this.#now()) } : {}),
    };
    this.#documents.set(path, { data: { ...found.data, ...fields }, updateTime: this.#commitTime() });
  }

  overdue(status: Failure['status'], before: Date, limit: number, stale: boolean): readonly StoredFailure[] {
    const due = ({ failure }: StoredFailure) => failure.nextAttemptAt?.getTime() ?? Infinity;
    return [...this.#records]
      .flatMap(([id, record]) => {
        const failure = stale ? (record.before ?? record.failure) : record.failure;
        return failure ? [{ id: id as FailureId, failure }] : [];
      })
      .filter((entry) => entry.failure.status === status && due(entry) <= before.getTime())
      .toSorted((a, b) => due(a) - due(b))
      .slice(0, limit);
  }

  #remember(path: string, write: AppWrite): void {
    const writes = this.#writes.get(path);
    if (writes) writes.push(write);
    else this.#writes.set(path, [write]);
  }

  /** Two commits never have the same time. */
  #commitTime(): string {
    const now = this.#now();
    this.#micros = now === this.#lastMs ? this.#micros + 1 : 1;
    this.#lastMs = now;
    return `${new Date(now).toISOString().slice(0, -1)}${String(this.#micros).padStart(3, '0')}Z`;
  }
}

/** The steps that decide whether a status is written; others in the bug zoo. */
export interface StatusRules {
  readonly speaksOf: typeof speaksOf;
  readonly replaces: typeof replaces;
}

export function createVirtualDocuments(
  store: VirtualFirestore,
  call: Call,
  rules: Partial<StatusRules> = {},
): Documents {
  const own = { speaksOf, replaces, ...rules };
  return {
    get: (path) => call('firestore', 'get document', () => store.document(path)),

    async writeStatus(path, status, seenUpdateTime) {
      const written = await call('firestore', 'write status', () => {
        const found = store.document(path);
        if (found?.updateTime !== seenUpdateTime) return false;
        store.writeStatus(path, found, status);
        return true;
      });
      if (written) return;
      await call('firestore', 'write status', () => {
        const found = store.document(path);
        if (found && own.speaksOf(status, found.data) && own.replaces(status, found.data))
          store.writeStatus(path, found, status);
      });
    },
  };
}

export function createVirtualCompletedDocuments(store: VirtualFirestore, call: Call): CompletedDocuments {
  return {
    count: (pipeline, range) =>
      call('firestore', 'count documents', () => completedIn(store.documents, pipeline, range).length),

    async *pages(pipeline, range, pageSize) {
      for (let i = 0; ; i += pageSize) {
        const page = await call('firestore', 'query documents', () =>
          completedIn(store.documents, pipeline, range).slice(i, i + pageSize),
        );
        if (page.length > 0) yield page;
        if (page.length < pageSize) return;
      }
    },

    after: (pipeline, path, limit) =>
      call('firestore', 'query documents', () =>
        completedIn(store.documents, pipeline)
          .filter((found) => path === undefined || found.path > path)
          .slice(0, limit),
      ),
  };
}

export function createVirtualReports(store: VirtualFirestore, call: Call): Reports {
  return {
    progress: (pipeline) =>
      call('firestore', 'get report', () => store.reports.progress(pipeline)).then((p) => p),
    last: (pipeline) => call('firestore', 'get report', () => store.reports.last(pipeline)).then((r) => r),
    request: (pipeline, request) =>
      call('firestore', 'request report', () => store.reports.request(pipeline, request)).then(
        (done) => done,
      ),
    save: (report, progress) =>
      call('firestore', 'save report', () => store.reports.save(report, progress)).then((done) => done),
  };
}

export interface DeadLettersOptions {
  /** Transactions read first and commit later, and begin again when somebody was faster. */
  readonly apart?: boolean;
  /** Whether a query answers from the past. */
  readonly isStale?: () => boolean;
  /** A transaction begins again. */
  readonly beganAgain?: () => void;
  /** The real adapter takes a malformed record for none; an edition of the bug zoo throws. */
  readonly throwsForMalformed?: boolean | undefined;
}

export function createVirtualDeadLetters(
  store: VirtualFirestore,
  call: Call,
  {
    apart = false,
    isStale = () => false,
    beganAgain = () => {},
    throwsForMalformed,
  }: DeadLettersOptions = {},
): DeadLetters {
  const record = (id: string) => {
    if (throwsForMalformed && store.isMalformed(id))
      throw new Error('Cannot read the record: it is malformed');
    return store.record(id);
  };
  return {
    get: (id) => call('firestore', 'get failure', () => record(id)),

    audits: (id) => call('firestore', 'query audit', () => store.audits.get(id) ?? []),

    async *pages(status) {
      const isWanted = ({ failure }: StoredFailure) => status === undefined || failure.status === status;
      yield await call('firestore', 'query failures', () => store.records.filter(isWanted));
    },

    async update(id, decide, note) {
      for (;;) {
        const read = apart
          ? { current: await call('firestore', 'get failure', () => record(id)) }
          : undefined;
        if (read) decide(read.current); // may run more than once
        const committed = await call('firestore', 'update failure', () => {
          const current = record(id);
          if (read && read.current !== current) return undefined;
          const next = decide(current);
          if (next !== undefined && next !== current) {
            store.writeRecord(id, next);
            if (note) store.audits.set(id, [...(store.audits.get(id) ?? []), note]);
          }
          return { next };
        });
        if (committed) return committed.next;
        beganAgain();
      }
    },

    overdue: (status, before, limit) =>
      call('firestore', 'query failures', () => store.overdue(status, before, limit, isStale())),

    backlog: () => call('firestore', 'count failures', () => backlogOf(store.records)),
  };
}
