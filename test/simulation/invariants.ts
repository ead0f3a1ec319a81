// What must hold at every step and at rest. The first violation ends a run. Exceptions of the present design are
// written here and nowhere else, each with its reason.
import sessionsTable from '../../bigquery-schemas/sessions.json' with { type: 'json' };
import type { DocumentData } from '../../functions/pipelines/pipeline.ts';
import type { LogFields } from '../../functions/services/log.ts';
import type { Failure } from '../../functions/steps/failure.ts';
import { failureId } from '../../functions/steps/ids.ts';
import type { SyncStatus } from '../../functions/steps/sync-status.ts';
import type { InsertRow } from '../../functions/steps/to-insert-row.ts';
import type { Faults } from './faults.ts';
import { CANARY, difference, expectedRow, type Subject } from './oracle.ts';
import type { VirtualBigQuery } from './world/bigquery.ts';
import type { AppWrite, VirtualFirestore } from './world/firestore.ts';
import type { VirtualQueue } from './world/tasks.ts';

export const MAX_ATTEMPTS = 10;

const COLUMNS = new Set(sessionsTable.schema.fields.map(({ name }) => name));

export interface Key {
  readonly version: number;
  readonly secret: string;
}

/** Each must be met by a fair number of seeds. */
export const SITUATIONS = [
  'resolved by a retry',
  'resolved by the trigger',
  'abandoned: attempts spent',
  'abandoned: document invalid',
  'abandoned: refused by the table',
  'abandoned: source deleted',
  'abandoned: source not completed any more',
  'replaced by a newer version while pending',
  'opened again by a newer version',
  'task replaced by the sweep',
  'task found waiting by the sweep',
] as const;
export type Situation = (typeof SITUATIONS)[number];

interface Watched {
  readonly firestore: VirtualFirestore;
  readonly bigquery: VirtualBigQuery;
  readonly queue: VirtualQueue;
  readonly faults: Faults;
  readonly keys: readonly Key[];
}

export class Invariants {
  violation: string | undefined;
  /** `path@updateTime` of events that the platform dropped for good. */
  readonly lostEvents = new Set<string>();
  /** An invocation crashed, threw, or became a zombie. */
  anyDied = false;
  /** What a run came across: proof that the faults reach where they are meant to. */
  readonly situations = new Set<Situation>();
  readonly #world: () => Watched;
  readonly #subjects = new Map<string, Subject & { readonly path: string }>();
  readonly #insertIds = new Map<string, string>();
  readonly #versions = new Map<string, string>();
  readonly #keys = new Map<string, unknown>();

  constructor(world: () => Watched) {
    this.#world = world;
  }

  watch(path: string, subject: Subject): void {
    this.#subjects.set(subject.sessionId, { ...subject, path });
  }

  violate(text: string): void {
    this.violation ??= text;
  }

  /**
   * A row is on its way: whether it is stored or not, it must be the one that everybody would send. `seen` is the
   * failure as the task that sends it found it.
   */
  rowSent(table: string, { insertId, json }: InsertRow, seen: Failure | undefined): void {
    const { firestore, faults, keys } = this.#world();
    if (table !== 'sessions') return this.violate(`a row for the table "${table}"`);
    const subject = this.#subjects.get(String(json['session_id']));
    if (!subject) return this.violate('a row of a session that nobody wrote');
    const updateTime = String(json['source_updated_at']);
    const write = versionAt(firestore.appWrites(subject.path), updateTime);
    if (!write?.content?.completed)
      return this.violate(`a row of a version that nobody completed: ${updateTime}`);
    const key = keys.find(({ version }) => version === json['pseudonym_key_version']);
    if (!key) return this.violate('a row under a key that nobody has');
    const unknown = Object.keys(json).find((name) => !COLUMNS.has(name));
    if (unknown !== undefined) return this.violate(`a row with a column "${unknown}" that the table has not`);
    const column = difference(json, expectedRow(subject, write.content, updateTime, key));
    if (column !== undefined) return this.violate(`a row whose ${column} is not what the app wrote`);

    const version = `${subject.path}@${updateTime}`;
    const oneInsertId = this.#insertIds.get(version) ?? insertId;
    const oneVersion = this.#versions.get(insertId) ?? version;
    if (oneInsertId !== insertId) this.violate('two insertIds for one version');
    if (oneVersion !== version) this.violate('one insertId for two versions');
    this.#insertIds.set(version, insertId);
    this.#versions.set(insertId, version);
    // Exception: an event that is delivered again after the key changed is sent under the new key, and so is a newer
    // version by a task that had read its failure before another task took that version up.
    if (!faults.has('keyRotated') && (this.#keys.get(version) ?? key.version) !== key.version) {
      this.violate('one version under two keys');
    }
    this.#keys.set(version, key.version);
    if (seen?.documentVersion.updateTime === updateTime && seen.keyVersion !== key.version) {
      this.violate('a retry under another key than its failure began with');
    }
    this.clean('a row', insertId);
    this.clean('a row', JSON.stringify(json));
  }

  recordChanged(id: string, before: Failure | undefined, after: Failure): void {
    const { firestore, bigquery, queue } = this.#world();
    const writes = firestore.appWrites(after.documentPath);
    const problem =
      moveProblem(before, after) ??
      (after.status === 'resolved' &&
      !bigquery.shows(after.sessionId, (before ?? after).documentVersion.updateTime)
        ? 'a failure resolved although no row of it is visible'
        : undefined) ??
      abandonProblem(writes, after) ??
      (after.generation > writes.length + (queue.absences.get(id) ?? 0)
        ? `generation ${after.generation}: more tasks than versions and lost tasks`
        : undefined);
    if (problem !== undefined) this.violate(problem);
    const situation = situationOf(before, after);
    if (situation) this.situations.add(situation);
    this.clean('the reason of a failure', after.failureReason);
  }

  statusWritten(path: string, before: DocumentData, { state, version, error }: SyncStatus): void {
    const sessionId = path.slice(path.lastIndexOf('/') + 1);
    if (state === 'synced' && !this.#world().bigquery.shows(sessionId, version.updateTime)) {
      this.violate('a status "synced" although no row is visible');
    }
    const recorded = before['bigquerySyncVersion'] as { readonly updateTime: string } | undefined;
    if (recorded && recorded.updateTime > version.updateTime) this.violate('a status of an older version');
    if (
      recorded?.updateTime === version.updateTime &&
      before['bigquerySyncStatus'] === 'synced' &&
      state !== 'synced'
    ) {
      this.violate('a status "synced" taken back');
    }
    this.clean('a status', error ?? '');
  }

  logged(message: string, fields: LogFields): void {
    this.clean('a log line', message);
    this.clean('a log line', JSON.stringify(fields));
  }

  /** `excused`: a call of it was made to fail. */
  threw(error: unknown, excused: boolean): void {
    const text = error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error);
    this.clean('a thrown error', text);
    if (!excused) this.violate(`a handler threw although no call of it failed: ${text.split('\n')[0] ?? ''}`);
  }

  clean(where: string, text: string): void {
    if (text.includes(CANARY)) this.violate(`an identifier in ${where}`);
  }

  atRest(): void {
    const { firestore, bigquery, queue, faults, keys } = this.#world();
    if (firestore.hasPending()) this.violate('a failure pending at rest');
    if (queue.waiting.length > 0) this.violate('a task waiting at rest');
    for (const { path, ...subject } of this.#subjects.values()) this.#documentAtRest(path, subject);

    const latest = new Map<string, InsertRow['json']>();
    for (const { json } of bigquery.rows) {
      const group = faults.has('keyRotated') // exception: a session has a row under each key
        ? String(json['session_id'])
        : `${String(json['user_id_hash'])} ${String(json['session_id'])}`;
      const other = latest.get(group);
      if (!other || String(other['source_updated_at']) <= String(json['source_updated_at']))
        latest.set(group, json);
    }
    const sessions = new Set<unknown>();
    for (const row of latest.values()) {
      const subject = this.#subjects.get(String(row['session_id']));
      const updateTime = String(row['source_updated_at']);
      const content = versionAt(firestore.appWrites(subject?.path ?? ''), updateTime)?.content;
      const key = keys.find(({ version }) => version === row['pseudonym_key_version']);
      if (!subject || !content || !key || difference(row, expectedRow(subject, content, updateTime, key))) {
        this.violate('a row of _latest that is not what the app wrote');
      }
      if (sessions.has(row['session_id'])) this.violate('two rows of one session in _latest');
      sessions.add(row['session_id']);
    }
  }

  /** Every completed version is visible, abandoned, or (docs/decisions/001) superseded by one that is. */
  #documentAtRest(path: string, { sessionId }: Subject): void {
    const { firestore, bigquery } = this.#world();
    const record = firestore.record(failureId('sessions', path));
    const writes = firestore.appWrites(path);
    for (const { updateTime, completes } of writes) {
      if (!completes || this.lostEvents.has(`${path}@${updateTime}`)) continue;
      const visible = bigquery.shows(sessionId, updateTime);
      const abandoned = record?.status === 'abandoned' && record.documentVersion.updateTime >= updateTime;
      if (!visible && !abandoned) {
        this.violate(`a completed version is neither visible nor abandoned: ${updateTime}`);
      }
      if (abandoned && record.failureReason === '') this.violate('a failure abandoned without a reason');
    }
    this.#statusAtRest(path, sessionId, writes.at(-1));
  }

  /** The app's own view: the status of a document that was not touched since it was completed. */
  #statusAtRest(path: string, sessionId: string, last: AppWrite | undefined): void {
    if (!last?.completes || this.lostEvents.has(`${path}@${last.updateTime}`)) return;
    const { firestore, bigquery, queue } = this.#world();
    // Exception: who closes the failure dies before it writes the status, and no task comes again to restore it.
    if (this.anyDied && queue.lost > 0) return;
    const status = firestore.document(path)?.data['bigquerySyncStatus'];
    const isVisible = bigquery.shows(sessionId, last.updateTime);
    // Stored, but never answered: what is abandoned may be visible.
    const isAbandoned = firestore.record(failureId('sessions', path))?.status === 'abandoned';
    const wanted = isVisible && !(isAbandoned && status === 'abandoned') ? 'synced' : 'abandoned';
    if (status !== wanted) this.violate(`a status ${String(status)} at rest, where ${wanted} is true`);
  }
}

function situationOf(before: Failure | undefined, after: Failure): Situation | undefined {
  switch (after.status) {
    case 'resolved':
      return before?.retryCount === after.retryCount ? 'resolved by the trigger' : 'resolved by a retry';
    case 'abandoned':
      if (after.failureKind === 'transient') return 'abandoned: attempts spent';
      return after.failureReason.startsWith('bigquery')
        ? 'abandoned: refused by the table'
        : SITUATIONS.find((name) => name.startsWith(`abandoned: ${after.failureReason.split(':')[0]}`));
    case 'pending': {
      if (!before) return undefined;
      if (before.status !== 'pending') return 'opened again by a newer version';
      if (after.documentVersion.updateTime !== before.documentVersion.updateTime) {
        return after.generation > before.generation ? 'replaced by a newer version while pending' : undefined;
      }
      if (after.generation > before.generation) return 'task replaced by the sweep';
      return after.retryCount === before.retryCount ? 'task found waiting by the sweep' : undefined;
    }
  }
}

/**
 * The app's write that a row speaks of. Exception (docs/decisions/001): of content that came back (A, B, A) our own
 * late status about the first A may have moved the update time, which is then taken for the version's.
 */
function versionAt(writes: readonly AppWrite[], updateTime: string): AppWrite | undefined {
  const last = writes.findLast((write) => write.updateTime <= updateTime);
  if (last?.updateTime === updateTime) return last;
  const cameBack = writes.some(
    (write) =>
      write !== last &&
      write.content?.n === last?.content?.n &&
      write.content?.completed === last?.content?.completed,
  );
  return cameBack ? last : undefined;
}

function moveProblem(before: Failure | undefined, after: Failure): string | undefined {
  if (after.retryCount > MAX_ATTEMPTS) return 'more attempts than the budget';
  if (!before) {
    if (after.generation !== 1 || after.retryCount !== 0) return 'a new failure that is not at its beginning';
    return after.status === 'resolved' ? 'a new failure that is resolved' : undefined;
  }
  if (after.documentVersion.updateTime < before.documentVersion.updateTime) {
    return 'a failure that went back to an older version';
  }
  const newer = after.documentVersion.updateTime > before.documentVersion.updateTime;
  if (after.generation === before.generation) {
    if (before.status !== 'pending') return `a failure ${before.status} that became ${after.status}`;
    if (after.retryCount < before.retryCount) return 'attempts that fell';
    if (after.retryCount > before.retryCount + 1) return 'attempts that jumped';
    const attempted = after.lastRetryAt?.getTime() !== before.lastRetryAt?.getTime();
    if (attempted && after.retryCount === before.retryCount) return 'an attempt that is not counted';
    return undefined;
  }
  if (after.generation !== before.generation + 1) return 'a generation that jumped';
  if (before.status !== 'pending') return newer ? undefined : 'a closed failure opened by an old version';
  if (newer) return after.retryCount === 0 ? undefined : 'a new version that begins with attempts';
  return after.retryCount === before.retryCount ? undefined : 'attempts changed by a new task';
}

function abandonProblem(writes: readonly AppWrite[], after: Failure): string | undefined {
  if (after.status !== 'abandoned') return undefined;
  if (after.failureKind === 'transient') {
    return after.retryCount === MAX_ATTEMPTS
      ? undefined
      : 'a transient failure abandoned before its attempts are spent';
  }
  const may = writes.some(({ content }) => !content?.completed || content.poison !== undefined);
  return may ? undefined : 'a good document abandoned as poison';
}
