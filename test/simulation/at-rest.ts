// What must hold when the faults are over and everything is at rest. Exceptions of the present design are written
// here and in invariants.ts, each with its reason.
import type { Failure } from '../../functions/steps/failure.ts';
import { failureId } from '../../functions/steps/ids.ts';
import { ADDED_COLUMN } from './editions.ts';
import type { Faults } from './faults.ts';
import { difference, expectedRow, type Key, type Subject } from './oracle.ts';
import type { FaultClass } from './swarm.ts';
import { versionAt } from './versions.ts';
import type { VirtualBigQuery } from './world/bigquery.ts';
import type { AppWrite, VirtualFirestore } from './world/firestore.ts';
import type { VirtualQueue } from './world/tasks.ts';

export interface Watched {
  readonly firestore: VirtualFirestore;
  readonly bigquery: VirtualBigQuery;
  readonly queue: VirtualQueue;
  readonly faults: Faults;
  readonly keys: readonly Key[];
}

/** Of completed versions. */
export interface Counts {
  completed: number;
  visible: number;
  abandoned: number;
  /** The person asked to be forgotten. */
  erased: number;
  /** Not even a reconcile could have found them: the document is gone, or not completed any more. */
  outside: number;
}

type Watch = Subject & { readonly path: string };

/** What was seen on the way. */
export interface Seen {
  /** Whether a reconcile has run since the faults: it finds what is outside of what all others promise. */
  readonly reconciled: boolean;
  readonly subjects: readonly Watch[];
  readonly counts: Counts;
  /** An invocation crashed, threw, or became a zombie. */
  readonly anyDied: boolean;
  /** Whether the task or the event of a failure ended after the failure was closed. */
  readonly hasEnded: (failureId: string, failure: Failure) => boolean;
  readonly isOutside: (path: string, updateTime: string) => boolean;
  readonly isErased: (path: string, updateTime: string) => boolean;
  readonly violate: (text: string) => void;
}

/** What may make the same row arrive twice: without one of these, no duplicate is explained. */
const DUPLICATING: readonly FaultClass[] = [
  'crash',
  'zombie',
  'slowCalls',
  'firestoreErrors',
  'firestoreOutages',
  'writeErrors',
  'writeRefusals',
  'bigqueryLostAnswers',
  'partialEffects',
  'malformedAnswers',
  'connectionsClosed',
  'requestsOutlive',
  'crashesInWindow',
  'taskDuplicates',
  'eventsTwice',
  'userEdits', // a retry sends the newer version that it finds, whose own event sends it too
  'userDeletes',
  'recordsSpoiled',
  'reconcileTicks',
  'operatorReplays',
];

export function checkAtRest(world: Watched, seen: Seen): void {
  const { firestore, bigquery, queue, faults } = world;
  if (firestore.hasOpen()) seen.violate('a failure pending at rest');
  if (queue.waiting.length > 0) seen.violate('a task waiting at rest');
  checkErased(world, seen);
  for (const subject of seen.subjects) {
    checkVersions(world, seen, subject);
    checkStatus(world, seen, subject);
  }
  checkLatest(world, seen);
  const duplicates = bigquery.rows.length - new Set(bigquery.rows.map(({ insertId }) => insertId)).size;
  if (duplicates > 0 && !DUPLICATING.some((name) => faults.struck.has(name))) {
    seen.violate('a raw duplicate that no fault explains');
  }
}

/** Nothing of the erased versions is anywhere but in the document itself. */
function checkErased({ firestore, bigquery }: Watched, { subjects, isErased, violate }: Seen): void {
  const paths = new Map(subjects.map(({ sessionId, path }) => [sessionId, path]));
  for (const { json } of bigquery.rows) {
    const path = paths.get(String(json['session_id'])) ?? '';
    if (isErased(path, String(json['source_updated_at']))) violate('a row of an erased person at rest');
  }
  for (const { failure } of firestore.records) {
    const { documentPath, documentVersion } = failure;
    if (isErased(documentPath, documentVersion.updateTime)) violate('a failure of an erased person at rest');
  }
}

/** Every completed version is visible, abandoned, or (docs/decisions/001) superseded by one that is. */
function checkVersions({ firestore, bigquery }: Watched, seen: Seen, { path, sessionId }: Watch): void {
  const record = firestore.record(failureId('sessions', path));
  const { counts } = seen;
  const writes = firestore.appWrites(path);
  const isThere = writes.at(-1)?.content?.completed === true;
  for (const { updateTime, completes } of writes) {
    if (!completes) continue;
    counts.completed++;
    if (seen.isErased(path, updateTime)) counts.erased++;
    else if (speaksFor(writes, bigquery.newest(sessionId), updateTime)) counts.visible++;
    else if (
      record?.status === 'abandoned' &&
      speaksFor(writes, record.documentVersion.updateTime, updateTime)
    ) {
      counts.abandoned++;
    } else if (seen.isOutside(path, updateTime) && !(seen.reconciled && isThere)) counts.outside++;
    else seen.violate(`a completed version is neither visible nor abandoned: ${updateTime}`);
  }
}

/**
 * Whether what became of `version` is what became of the one of `updateTime`: it is as new, or newer, or it is content
 * that came back under an event that never did.
 */
function speaksFor(writes: readonly AppWrite[], version: string, updateTime: string): boolean {
  if (version >= updateTime) return true;
  const content = versionAt(writes, version)?.content;
  return content?.completed === true && content.n === writes.at(-1)?.content?.n;
}

/** The app's own view: the status of a document that was not touched since it was completed. */
function checkStatus(world: Watched, seen: Seen, { path, sessionId }: Watch): void {
  const { firestore, bigquery } = world;
  const writes = firestore.appWrites(path);
  const last = writes.at(-1);
  if (!last?.completes || seen.isErased(path, last.updateTime)) return;
  if (!seen.reconciled && seen.isOutside(path, last.updateTime)) return;
  const id = failureId('sessions', path);
  const record = firestore.record(id);
  // Exception: who closes the failure dies before it writes the status, and neither task nor event comes again to
  // restore it: the task was lost or never made, and the event acknowledged before. A reconcile restores it.
  const speaksOfIt = record !== undefined && record.documentVersion.updateTime >= last.updateTime;
  if (!seen.reconciled && seen.anyDied && speaksOfIt && !seen.hasEnded(id, record)) return;
  const status = firestore.document(path)?.data['bigquerySyncStatus'];
  const isVisible = speaksFor(writes, bigquery.newest(sessionId), last.updateTime);
  // Stored, but never answered: what is abandoned may be visible.
  const isAbandoned = record?.status === 'abandoned';
  const wanted = isVisible && !(isAbandoned && status === 'abandoned') ? 'synced' : 'abandoned';
  if (status !== wanted) seen.violate(`a status ${String(status)} at rest, where ${wanted} is true`);
}

/** `_latest` as the view computes it: one row per session, and that as the app wrote it. */
function checkLatest({ firestore, bigquery, faults, keys }: Watched, { subjects, violate }: Seen): void {
  const latest = new Map<string, Readonly<Record<string, unknown>>>();
  for (const { json } of bigquery.rows) {
    const group = faults.has('keyRotated') // exception: a session has a row under each key
      ? String(json['session_id'])
      : `${String(json['user_id_hash'])} ${String(json['session_id'])}`;
    const other = latest.get(group);
    if (!other || String(other['source_updated_at']) <= String(json['source_updated_at'])) {
      latest.set(group, json);
    }
  }
  const sessions = new Set<unknown>();
  for (const row of latest.values()) {
    const subject = subjects.find(({ sessionId }) => sessionId === row['session_id']);
    const updateTime = String(row['source_updated_at']);
    const content = versionAt(firestore.appWrites(subject?.path ?? ''), updateTime)?.content;
    const key = keys.find(({ version }) => version === row['pseudonym_key_version']);
    if (!subject || !content || !key) {
      violate('a row of _latest that nobody wrote');
      continue;
    }
    // Which edition sent it was checked when it was sent.
    const edition = { addsColumn: ADDED_COLUMN.name in row, acceptsShape: faults.has('deployment') };
    if (difference(row, expectedRow(subject, content, updateTime, key, edition)) !== undefined) {
      violate('a row of _latest that is not what the app wrote');
    }
    if (sessions.has(row['session_id'])) violate('two rows of one session in _latest');
    sessions.add(row['session_id']);
  }
}
