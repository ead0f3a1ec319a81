// What must hold at every step and at rest. The first violation ends a run. Exceptions of the present design are
// written here and nowhere else, each with its reason.
import sessionsTable from '../../bigquery-schemas/sessions.json' with { type: 'json' };
import type { DocumentData } from '../../functions/pipelines/pipeline.ts';
import type { ClaimCheck } from '../../functions/services/retry-queue.ts';
import type { InsertVerdict } from '../../functions/services/row-sink.ts';
import { classify } from '../../functions/steps/classify.ts';
import type { StoredErasure } from '../../functions/services/erasures.ts';
import type { LogFields } from '../../functions/services/log.ts';
import { PERSON_ERASED, type Failure } from '../../functions/steps/failure.ts';
import type { ReconcileReport } from '../../functions/steps/reconcile-report.ts';
import type { Erasure } from '../../functions/steps/erasure.ts';
import { failureId } from '../../functions/steps/ids.ts';
import type { SyncStatus } from '../../functions/steps/sync-status.ts';
import type { InsertRow } from '../../functions/steps/to-insert-row.ts';
import { checkAtRest, type Counts, type Watched } from './at-rest.ts';
import { ADDED_COLUMN, type Edition } from './editions.ts';
import { difference, expectedRow, leakSearch, type Subject } from './oracle.ts';
import { textsOf } from '../leaks/sinks.ts';
import { abandonProblem, isGivenUpForATime, moveProblem } from './record-moves.ts';
import { situationOf, type Situation } from './situations.ts';
import { versionAt } from './versions.ts';

const COLUMNS = new Set(sessionsTable.schema.fields.map(({ name }) => name));

/** What a check must know of the invocation that acts. */
export interface Actor {
  readonly kind: string;
  readonly edition: Edition;
  /** The failure as a task found it: pending, and of its own generation. */
  readonly owned: Failure | undefined;
  rowsSent: number;
}

type Covering = Pick<StoredErasure, 'name'> & { readonly erasure: Pick<Erasure, 'until'> };

export class Invariants {
  violation: string | undefined;
  /** `path@updateTime` of events that the platform dropped for good. */
  readonly lostEvents = new Set<string>();
  /** An invocation crashed, threw, or became a zombie. */
  anyDied = false;
  /** Whose call has its effect now. */
  actor: Actor | undefined;
  /** Of completed versions, at rest. */
  readonly counts: Counts = { completed: 0, visible: 0, abandoned: 0, erased: 0, outside: 0 };
  /** What a run came across: proof that the faults reach where they are meant to. */
  readonly situations = new Set<Situation>();
  readonly #world: () => Watched;
  readonly #written = new Set<string>();
  readonly #subjects = new Map<string, Subject & { readonly path: string }>();
  readonly #insertIds = new Map<string, string>();
  readonly #versions = new Map<string, string>();
  readonly #keys = new Map<string, unknown>();
  /** By failure: the edition that wrote it last, how many events could have made a task, and tasks made. */
  readonly #editions = new Map<string, Edition>();
  readonly #events = new Map<string, number>();
  readonly #tasks = new Map<string, number>();
  /** By failure: how often it may have been opened but by an event. */
  readonly #openings = new Map<string, number>();
  /** Failures and generations whose task or event ended after the failure was closed, or by closing it. */
  readonly #ended = new Set<string>();
  /** By failure: whose write was the last. */
  readonly #changedBy = new Map<string, Actor>();
  /** Who asked to be forgotten, by the name of the request. */
  readonly #asked = new Map<string, string>();
  /** By path: when somebody spoiled its failure. */
  readonly #spoiledAt = new Map<string, string>();

  constructor(world: () => Watched) {
    this.#world = world;
  }

  watch(path: string, subject: Subject): void {
    this.#subjects.set(subject.sessionId, { ...subject, path });
  }

  violate(text: string): void {
    this.violation ??= text;
  }

  /** A row is on its way: whether it is stored or not, it must be the one that everybody would send. */
  rowSent(table: string, { insertId, json }: InsertRow, actor: Actor): void {
    const { firestore, keys } = this.#world();
    const { owned, edition } = actor;
    if (actor.kind === 'task' && !owned) this.violate('a row sent by a task that does not own the failure');
    if (++actor.rowsSent > 1 && actor.kind !== 'reconcile')
      this.violate('a row sent twice by one invocation');
    if (table !== 'sessions') return this.violate(`a row for the table "${table}"`);
    const subject = this.#subjects.get(String(json['session_id']));
    if (!subject) return this.violate('a row of a session that nobody wrote');
    if (actor.kind === 'reconcile') {
      this.#mayOpen(failureId('sessions', subject.path));
      this.situations.add('sent by a reconcile');
    }
    const updateTime = String(json['source_updated_at']);
    const write = versionAt(firestore.appWrites(subject.path), updateTime);
    if (!write?.content?.completed)
      return this.violate(`a row of a version that nobody completed: ${updateTime}`);
    const key = keys.find(({ version }) => version === json['pseudonym_key_version']);
    if (!key) return this.violate('a row under a key that nobody has');
    const unknown = Object.keys(json).find(
      (name) => !COLUMNS.has(name) && !(edition.addsColumn && name === ADDED_COLUMN.name),
    );
    if (unknown !== undefined) return this.violate(`a row with a column "${unknown}" that the table has not`);
    const column = difference(json, expectedRow(subject, write.content, updateTime, key, edition));
    if (column !== undefined) return this.violate(`a row whose ${column} is not what the app wrote`);

    const version = `${subject.path}@${updateTime}`;
    const oneInsertId = this.#insertIds.get(version) ?? insertId;
    const oneVersion = this.#versions.get(insertId) ?? version;
    if (oneInsertId !== insertId) this.violate('two insertIds for one version');
    if (oneVersion !== version) this.violate('one insertId for two versions');
    this.#insertIds.set(version, insertId);
    this.#versions.set(insertId, version);
    if ((this.#keys.get(version) ?? key.version) !== key.version) {
      this.violate('one version under two keys');
    }
    this.#keys.set(version, key.version);
    if (owned?.documentVersion.updateTime === updateTime && owned.keyVersion !== key.version) {
      this.violate('a retry under another key than its failure began with');
    }
    this.clean('a row', insertId);
    this.clean('a row', JSON.stringify(json));
  }

  /** Each caller gets the verdict of its own row. */
  verdictGiven({ insertId, json }: InsertRow, verdict: InsertVerdict): void {
    const { bigquery, firestore } = this.#world();
    if (verdict.stored) {
      if (!bigquery.hasStored(insertId)) this.violate('a row that counts as stored and is not');
      return;
    }
    if (classify(verdict.error).kind === 'transient') return;
    const subject = this.#subjects.get(String(json['session_id']));
    const write = versionAt(firestore.appWrites(subject?.path ?? ''), String(json['source_updated_at']));
    if (write?.content?.poison === undefined) this.violate('a good row refused for good');
  }

  /** A write took effect; each has a name of its own. */
  written(writer: string): void {
    this.#written.add(writer);
  }

  wasWritten(writer: string): boolean {
    return this.#written.has(writer);
  }

  strayWrite(): void {
    this.violate('a write of what is neither a record nor a status');
  }

  recordChanged(id: string, before: Failure | undefined, after: Failure): void {
    const { firestore, bigquery, queue, faults } = this.#world();
    const { edition, kind } = this.actor!;
    const isReplay = kind === 'replay';
    const writes = firestore.appWrites(after.documentPath);
    if (before && after.status === 'pending' && (isReplay || isGivenUpForATime(before))) this.#mayOpen(id);
    const problem =
      moveProblem(before, after, faults.maxAttempts, isReplay) ??
      (after.status === 'resolved' &&
      !bigquery.shows(after.sessionId, (before ?? after).documentVersion.updateTime) &&
      !this.#isErased(after.documentPath, (before ?? after).documentVersion.updateTime)
        ? 'a failure resolved although no row of it is visible'
        : undefined) ??
      abandonProblem(writes, after, edition.maxAttempts) ??
      (after.generation > writes.length + (this.#openings.get(id) ?? 0) + (queue.absences.get(id) ?? 0)
        ? `generation ${after.generation}: more tasks than versions and lost tasks`
        : undefined);
    if (problem !== undefined) this.violate(problem);
    if (
      after.failureReason === PERSON_ERASED &&
      !this.#isErased(after.documentPath, after.documentVersion.updateTime)
    ) {
      this.violate('a failure closed for an erasure that nobody asked for');
    }
    // Closed once more, by another attempt: only what ends from now on has seen it.
    if (before?.status !== after.status) this.#ended.delete(`${id} ${after.generation}`);
    const situation = isReplay ? 'opened again by a replay' : situationOf(before, after);
    if (situation) this.situations.add(situation);
    if (before && this.#editions.get(id) !== edition) {
      this.situations.add('a failure of one edition taken up by the other');
    }
    if (!before && this.#editions.has(id)) this.situations.add('a spoiled record replaced by a new failure');
    this.#editions.set(id, edition);
    this.#changedBy.set(id, this.actor!);
    const { userId: _, sessionId: __, documentPath: ___, failureReason, ...others } = after;
    this.clean('the reason of a failure', failureReason);
    this.clean('another field of a failure', JSON.stringify(others));
  }

  /** Of an erased person: what its tasks and events did is of no more meaning. */
  recordForgotten(id: string): void {
    for (const end of this.#ended) if (end.startsWith(`${id} `)) this.#ended.delete(end);
  }

  /** Somebody asks, under a name that says nothing. */
  erasureAsked(name: string, userId: string): void {
    this.#asked.set(name, userId);
  }

  /** Whether that version is of somebody who asked to be forgotten, as far back as the tombstone says. */
  #isErased(path: string, updateTime: string): boolean {
    return this.#world().firestore.erasures.some((one) => this.#covers(one, path, updateTime));
  }

  #covers({ name, erasure: { until } }: Covering, path: string, updateTime: string): boolean {
    const isOfPerson = this.#asked.get(name) === path.split('/')[1];
    return isOfPerson && until !== null && Date.parse(updateTime) <= until.getTime();
  }

  erasureChanged(name: string, before: Erasure | undefined, after: Erasure): void {
    const { bigquery, firestore } = this.#world();
    if (after.status === 'verified') {
      this.situations.add('an erasure verified');
      this.clean('a receipt', JSON.stringify(after));
      const covers = (path: string, updateTime: string) =>
        this.#covers({ name, erasure: after }, path, updateTime);
      const isRowLeft = bigquery.rows.some(({ json }) =>
        covers(this.#pathOf(json['session_id']), String(json['source_updated_at'])),
      );
      if (isRowLeft) this.violate('an erasure verified although rows are left');
      const isRecordLeft = firestore.records.some(({ failure }) =>
        covers(failure.documentPath, failure.documentVersion.updateTime),
      );
      if (isRecordLeft) this.violate('an erasure verified although failures are left');
    } else if (before?.status === 'verified')
      this.violate('an erasure that was verified, and is not any more');
    if (before?.until && after.until && after.until < before.until) {
      this.violate('an erasure that covers less than before');
    }
  }

  #pathOf(sessionId: unknown): string {
    return this.#subjects.get(String(sessionId))?.path ?? '';
  }

  /** Somebody made a record malformed, or deleted it: nobody knows any more what it stood for. */
  recordSpoiled(path: string, at: string): void {
    this.#spoiledAt.set(path, at);
  }

  /** Returns the failure of this version if it is closed by now, so that the event is the one that restores. */
  eventDelivered(path: string, updateTime: string): Failure | undefined {
    const id = failureId('sessions', path);
    this.#events.set(id, (this.#events.get(id) ?? 0) + 1);
    const record = this.#world().firestore.record(id);
    const isOfVersion = record?.documentVersion.updateTime === updateTime;
    return isOfVersion && record.status !== 'pending' ? record : undefined;
  }

  /** An event that began when the failure was closed, as it still is, has ended well. */
  eventRestored(path: string, closed: Failure): void {
    const id = failureId('sessions', path);
    if (this.#world().firestore.record(id) === closed) this.#ended.add(`${id} ${closed.generation}`);
  }

  /** A reconcile sends the document, or the pause of its failure is over: both may open it, with a task. */
  #mayOpen(id: string): void {
    this.#openings.set(id, (this.#openings.get(id) ?? 0) + 1);
  }

  /** A task is made for each event that may have failed, and for each that was found gone, but not for more. */
  taskMade(name: string, { failureId: id, generation }: ClaimCheck): void {
    const { queue } = this.#world();
    if (this.actor?.kind === 'task') this.violate('a task made by a task');
    const made = (this.#tasks.get(id) ?? 0) + 1;
    this.#tasks.set(id, made);
    if (made > (this.#events.get(id) ?? 0) + (this.#openings.get(id) ?? 0) + (queue.absences.get(id) ?? 0)) {
      this.violate(`${made} tasks: more tasks than events and lost tasks`);
    }
    const same = queue.waiting.filter(
      (claim) => claim.failureId === id && claim.generation === generation,
    ).length;
    if (same > 1) this.violate('two tasks of one generation');
    this.clean('the name of a task', name);
  }

  /** `seen` is the failure as it was when the task was dispatched. */
  taskAnswered(
    { failureId: id, generation }: ClaimCheck,
    { status, message }: { readonly status: number; readonly message: string },
    { seen, by }: { readonly seen: Failure | undefined; readonly by: Actor },
  ): void {
    const record = this.#world().firestore.record(id);
    const knows = record === seen || this.#changedBy.get(id) === by; // and not closed by another meanwhile
    if (status === 200 && knows && record?.generation === generation) this.#ended.add(`${id} ${generation}`);
    if (![200, 500, 503].includes(status)) this.violate(`a task of the queue answered with ${status}`);
    this.clean('an answer', message);
  }

  statusWritten(path: string, before: DocumentData | undefined, { state, version, error }: SyncStatus): void {
    if (!before) return this.violate('a status of a document that is gone');
    const sessionId = path.slice(path.lastIndexOf('/') + 1);
    const isThere =
      this.#world().bigquery.shows(sessionId, version.updateTime) || this.#isErased(path, version.updateTime); // a slow attempt may tell of a row that is deleted by now
    if (state === 'synced' && !isThere) {
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
    for (const told of textsOf(error)) this.clean('a thrown error', told);
    if (!excused) this.violate(`a handler threw although no call of it failed: ${text.split('\n')[0] ?? ''}`);
  }

  clean(where: string, text: string): void {
    const leak = leakSearch.find(text);
    if (leak) this.violate(`an identifier in ${where}: ${leak.place}, as ${leak.form}`);
  }

  /** The faults are over and nothing waits: what became of everything, `reconciled` or not yet? */
  atRest(reconciled: boolean): void {
    checkAtRest(this.#world(), {
      reconciled,
      subjects: [...this.#subjects.values()],
      counts: reconciled ? this.counts : { ...this.counts },
      anyDied: this.anyDied,
      hasEnded: (id, { generation }) => this.#ended.has(`${id} ${generation}`),
      isOutside: (path, updateTime) => this.#isOutside(path, updateTime),
      isErased: (path, updateTime) => this.#isErased(path, updateTime),
      violate: (text) => this.violate(text),
    });
  }

  /** A reconcile at rest that found nothing missing: what it counted is what there is. */
  checkReport({ expected, found, extra, abandoned, complete }: ReconcileReport): void {
    const { firestore, bigquery, faults } = this.#world();
    const completed = firestore.paths.filter((path) => firestore.appWrites(path).at(-1)?.content?.completed);
    const keys = new Set(
      bigquery.rows.map(({ json }) => `${String(json['user_id_hash'])} ${String(json['session_id'])}`),
    );
    if (!complete) this.violate('a reconcile that did not come to its end');
    if (expected !== completed.length) this.violate('a reconcile that did not count all documents');
    if (found !== keys.size) this.violate('a reconcile that did not count all rows');
    if (expected - found !== abandoned - extra && !faults.has('keyRotated')) {
      this.violate('a reconcile whose differences are not explained');
    }
  }

  /** What only a reconcile can find: its event never came, or somebody spoiled the record that stood for it. */
  #isOutside(path: string, updateTime: string): boolean {
    return this.lostEvents.has(`${path}@${updateTime}`) || (this.#spoiledAt.get(path) ?? '') >= updateTime;
  }
}
