// Firestore in virtual time: source documents, failure records, and what was ever written by the app. Requests are
// answered in firestore-api.ts; queries are virtual ports.
import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import type { FailureId } from '../../../functions/steps/ids.ts';
import type { DocumentData } from '../../../functions/pipelines/pipeline.ts';
import type { SyncedDocuments, FoundDocument } from '../../../functions/services/synced-documents.ts';
import type { AuditEntry, DeadLetters, StoredFailure } from '../../../functions/services/dead-letters.ts';
import type { SourceDocument } from '../../../functions/services/documents.ts';
import type { Erasures, StoredErasure } from '../../../functions/services/erasures.ts';
import type { Reports } from '../../../functions/services/reports.ts';
import { isOpen, type Failure } from '../../../functions/steps/failure.ts';
import type { Erasure } from '../../../functions/steps/erasure.ts';
import type { SyncStatus } from '../../../functions/steps/sync-status.ts';
import { syncedIn } from '../../contracts/fakes/synced-documents.ts';
import { backlogOf } from '../../contracts/fakes/dead-letters.ts';
import { FakeReports } from '../../contracts/fakes/reports.ts';
import type { Content } from '../oracle.ts';
import type { Call } from './call.ts';
import { decodeFields, encodeFields, type WireFields } from './wire.ts';

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
  readonly fields: WireFields;
  readonly updateTime: string;
}

/** Where the failures are, the requests of erasure, and the tombstones. */
export const FAILURES = 'failures';
export const ERASURES = 'erasures';
export const TOMBSTONES = 'tombstones';
const OWN = 'bigquerySync';

/** A `Write` of google.firestore.v1, with its path relative to the database. */
export interface WireWrite {
  readonly path: string;
  readonly deletes?: boolean;
  readonly fields: WireFields;
  readonly mask?: readonly string[] | undefined;
  readonly serverTimes: readonly string[];
  readonly expected?: { readonly exists?: boolean; readonly updateTime?: string } | undefined;
}

export interface FirestoreObserver {
  recordChanged(id: string, before: Failure | undefined, after: Failure): void;
  recordForgotten(id: string): void;
  erasureChanged(name: string, before: Erasure | undefined, after: Erasure): void;
  /** `before` is undefined when the document was not there. */
  statusWritten(path: string, before: DocumentData | undefined, status: SyncStatus): void;
  /** A write of anything but a record or a status. */
  strayWrite(): void;
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
  /** Requests of erasure and tombstones, by their paths. */
  readonly #ours = new Map<string, { readonly fields: WireFields; readonly updateTime: string }>();
  /** Of each document and record: the update times that it ever had. */
  readonly #times = new Set<string>();
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

  get erasures(): readonly StoredErasure[] {
    return [...this.#ours].flatMap(([path, { fields, updateTime }]) => {
      const [collection, name = ''] = path.split('/');
      return collection === ERASURES ? [{ name, erasure: toErasure(fields), updateTime }] : [];
    });
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
    const updateTime = this.#commitTime(path);
    this.#documents.set(path, { data: { ...data, ...Object.fromEntries(ours) }, updateTime });
    const completes = data['status'] === 'completed' && before?.data['status'] !== 'completed';
    this.#remember(path, { updateTime, content, completes });
    return updateTime;
  }

  delete(path: string): void {
    this.#documents.delete(path);
    this.#remember(path, { updateTime: this.#commitTime(path), content: undefined, completes: false });
  }

  corrupt(id: string, dueAt: Date): void {
    const fields = encodeFields({ status: 'pending', nextAttemptAt: dueAt });
    const updateTime = this.#commitTime(`${FAILURES}/${id}`);
    this.#records.set(id, { failure: undefined, before: undefined, fields, updateTime });
  }

  deleteRecord(id: string): void {
    this.#records.delete(id);
  }

  /** As a request for it finds it. */
  read(path: string): { readonly fields: WireFields; readonly updateTime: string } | undefined {
    const record = this.#records.get(recordIdOf(path)) ?? this.#ours.get(path);
    if (record) return record;
    const found = this.#documents.get(path);
    return found && { fields: encodeFields(found.data), updateTime: found.updateTime };
  }

  /** Whether it was ever in that state. */
  everWas(path: string, updateTime: string): boolean {
    return this.#times.has(`${path} ${updateTime}`);
  }

  /** Why the write would not be done now, as a gRPC code; 0 when it would. */
  conflict({ path, expected }: WireWrite): number {
    const found = this.#records.get(recordIdOf(path)) ?? this.#ours.get(path) ?? this.#documents.get(path);
    if (expected?.exists === false && found) return 6;
    if (expected?.updateTime === undefined) return 0;
    if (!found) return 5;
    return Date.parse(found.updateTime) === Date.parse(expected.updateTime) &&
      toMicros(found.updateTime) === toMicros(expected.updateTime)
      ? 0
      : 9;
  }

  /** Does the write, whatever it expected. */
  write(write: WireWrite): void {
    const { path, fields, mask } = write;
    const id = recordIdOf(path);
    const [, audited] = /^failures\/([^/]+)\/audit\//.exec(path) ?? [];
    if (write.deletes) this.#remove(path);
    else if (id !== '') this.#writeRecord(id, fields);
    else if (path.startsWith(`${ERASURES}/`) || path.startsWith(`${TOMBSTONES}/`)) {
      this.#writeOurs(path, fields);
    } else if (audited !== undefined) {
      const note = decodeFields(fields) as unknown as AuditEntry; // as the adapter encoded it
      this.audits.set(audited, [...(this.audits.get(audited) ?? []), note]);
    } else if (mask?.every((name) => name.startsWith(OWN))) this.#writeStatus(write, mask);
    else this.#observer.strayWrite();
  }

  #writeOurs(path: string, fields: WireFields): void {
    const before = this.#ours.get(path);
    this.#ours.set(path, { fields, updateTime: this.#commitTime(path) });
    if (path.startsWith(`${ERASURES}/`)) {
      const name = path.slice(ERASURES.length + 1);
      this.#observer.erasureChanged(name, before && toErasure(before.fields), toErasure(fields));
    }
  }

  #remove(path: string): void {
    const id = recordIdOf(path);
    if (id === '') return this.#observer.strayWrite();
    this.#records.delete(id);
    this.#observer.recordForgotten(id);
  }

  #writeRecord(id: string, fields: WireFields): void {
    const before = this.#records.get(id)?.failure;
    const { expireAt: _, ...record } = decodeFields(fields); // when it may be deleted is no part of the failure
    const after = record as unknown as Failure; // as the adapter encoded it
    const updateTime = this.#commitTime(`${FAILURES}/${id}`);
    this.#records.set(id, { failure: after, before, fields, updateTime });
    this.#observer.recordChanged(id, before, after);
  }

  #writeStatus({ path, fields, serverTimes }: WireWrite, mask: readonly string[]): void {
    const found = this.#documents.get(path);
    const written = decodeFields(Object.fromEntries(mask.map((name) => [name, fields[name] ?? {}])));
    const times = serverTimes.map((name) => [name, Timestamp.fromMillis(this.#now())] as const);
    this.#observer.statusWritten(path, found?.data, {
      state: written[`${OWN}Status`] as SyncStatus['state'],
      version: written[`${OWN}Version`] as SyncStatus['version'],
      error: written[`${OWN}Error`] as SyncStatus['error'],
      retryCount: written[`${OWN}RetryCount`] as number,
    });
    const data = { ...found?.data, ...written, ...Object.fromEntries(times) };
    this.#documents.set(path, { data, updateTime: this.#commitTime(path) });
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
  #commitTime(path: string): string {
    const now = this.#now();
    this.#micros = now === this.#lastMs ? this.#micros + 1 : 1;
    this.#lastMs = now;
    const time = `${new Date(now).toISOString().slice(0, -1)}${String(this.#micros).padStart(3, '0')}Z`;
    this.#times.add(`${path} ${time}`);
    return time;
  }
}

function toErasure(fields: WireFields): Erasure {
  return decodeFields(fields) as unknown as Erasure; // as the adapter encoded it
}

/** '' for what is no record. */
function recordIdOf(path: string): string {
  return /^failures\/([^/]+)$/.exec(path)?.[1] ?? '';
}

/** The microseconds of a time, whether its zeros are written or not. */
function toMicros(rfc3339: string): string {
  return (/\.(\d+)Z$/.exec(rfc3339)?.[1] ?? '').padEnd(6, '0');
}

export function createVirtualSyncedDocuments(store: VirtualFirestore, call: Call): SyncedDocuments {
  return {
    count: (pipeline, range) =>
      call('firestore', 'count documents', () => syncedIn(store.documents, pipeline, range).length),

    async *pages(pipeline, range, pageSize) {
      for (let i = 0; ; i += pageSize) {
        const page = await call('firestore', 'query documents', () =>
          syncedIn(store.documents, pipeline, range).slice(i, i + pageSize),
        );
        if (page.length > 0) yield page;
        if (page.length < pageSize) return;
      }
    },

    after: (pipeline, path, limit) =>
      call('firestore', 'query documents', () =>
        syncedIn(store.documents, pipeline)
          .filter((found) => path === undefined || found.path > path)
          .slice(0, limit),
      ),
  };
}

/** The client of the Admin SDK, as far as a record that is forgotten needs it: it finds the notes below it. */
export function createVirtualClient(store: VirtualFirestore, call: Call): Firestore {
  const notesOf = (id: string) => ({
    get: () =>
      call('firestore', 'query audit', () => {
        store.audits.delete(id);
        return { docs: [] };
      }),
  });
  const client = {
    collection: () => ({ doc: (id: string) => ({ collection: () => ({ select: () => notesOf(id) }) }) }),
  };
  return client as unknown as Firestore;
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

/** What the dead letters ask by queries, which go through Google's client. `isStale`: whether one answers from the past. */
export function createVirtualQueries(
  store: VirtualFirestore,
  call: Call,
  isStale: () => boolean = () => false,
): Pick<DeadLetters, 'audits' | 'ofPerson' | 'pages' | 'overdue' | 'backlog'> {
  return {
    audits: (id) => call('firestore', 'query audit', () => store.audits.get(id) ?? []),

    ofPerson: (id) =>
      call('firestore', 'query failures', () => store.records.filter(({ failure }) => failure.userId === id)),

    async *pages(status) {
      const isWanted = ({ failure }: StoredFailure) => status === undefined || failure.status === status;
      yield await call('firestore', 'query failures', () => store.records.filter(isWanted));
    },

    overdue: (status, before, limit) =>
      call('firestore', 'query failures', () => store.overdue(status, before, limit, isStale())),

    backlog: () => call('firestore', 'count failures', () => backlogOf(store.records)),
  };
}

/** What the erasures ask by queries. */
export function createVirtualErasureQueries(
  store: VirtualFirestore,
  call: Call,
): Pick<Erasures, 'due' | 'latest'> {
  const byTime = (time: (erasure: Erasure) => Date | null) => (a: StoredErasure, b: StoredErasure) =>
    (time(a.erasure)?.getTime() ?? 0) - (time(b.erasure)?.getTime() ?? 0);
  return {
    due: (now, limit) =>
      call('firestore', 'query erasures', () =>
        store.erasures
          .filter(({ erasure }) => erasure.nextAt !== null && erasure.nextAt <= now)
          .toSorted(byTime(({ nextAt }) => nextAt))
          .slice(0, limit),
      ),
    latest: (limit) =>
      call('firestore', 'query erasures', () =>
        store.erasures
          .toSorted(byTime(({ requestedAt }) => requestedAt))
          .toReversed()
          .slice(0, limit),
      ),
  };
}
