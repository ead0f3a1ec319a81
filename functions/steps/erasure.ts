// A request to forget a person, or a document that was deleted, and its states: requested → waiting → deleted → verified. From its beginning a
// tombstone stops what comes late; rows go when none of them can still arrive, and BigQuery lets them be deleted.

/** What is still asked of it; `verified` asks nothing and holds no identifier. */
export type ErasureStatus = 'requested' | 'waiting' | 'deleted' | 'verified';

export interface Erasure {
  /** The path parameter that names the person: `userId`; of a document, the pattern of its path. */
  readonly subject: string;
  /** The person's id, or the document's, in Firestore alone; null when it is not needed any more. */
  readonly id: string | null;
  readonly status: ErasureStatus;
  readonly requestedAt: Date;
  /** Versions of documents up to this time are erased and never sent again. Null until a tombstone of a person says it. */
  readonly until: Date | null;
  /** When the next step is due; null when there is none. */
  readonly nextAt: Date | null;
  /** Rows that were deleted, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Failure records that were deleted. */
  readonly failures: number;
  /** Versions of the keys under which rows were looked for. */
  readonly keyVersions: readonly number[];
  readonly deletedAt: Date | null;
  readonly verifiedAt: Date | null;
  /** From then on neither time travel nor Google's fail-safe can bring the rows back. */
  readonly forgottenAt: Date | null;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A device may write this long with the token that it had: an ID token of Firebase lives an hour. */
const TOKEN_MS = HOUR_MS;
/** A version is sent without a look at the tombstones for this long, whoever sends it. */
export const LATE_MS = 15 * MINUTE_MS;
/** BigQuery refuses to delete a streamed row for so long. https://cloud.google.com/bigquery/docs/data-manipulation-language#limitations */
const STREAMED_MS = 90 * MINUTE_MS;
/** An attempt that began in time ends within this: the longest timeout of the functions, and more. */
const ATTEMPT_MS = 15 * MINUTE_MS;
const AGAIN_MS = 30 * MINUTE_MS;
/** https://cloud.google.com/bigquery/docs/time-travel#fail-safe */
const FAIL_SAFE_MS = 7 * 24 * HOUR_MS;

export function requested(subject: string, id: string, at: Date, until: Date | null = null): Erasure {
  return {
    subject,
    id,
    status: 'requested',
    requestedAt: at,
    until,
    nextAt: at,
    rows: {},
    failures: 0,
    keyVersions: [],
    deletedAt: null,
    verifiedAt: null,
    forgottenAt: null,
  };
}

/** Up to which time versions are erased: decided once, before the tombstone is set, so that all agree. */
export function bounded(erasure: Erasure, at: Date): Erasure {
  return { ...erasure, until: later(at, TOKEN_MS) };
}

/** In whole milliseconds: a document that is created anew within so little of its last state would be erased with it. */
export function deletedUntil(deletion: string): Date {
  return new Date(Date.parse(deletion) + 1);
}

/** Whether an attempt has to look for a tombstone: what is younger goes before any row is deleted. */
export function isLate(updateTime: string, now: Date): boolean {
  return now.getTime() - Date.parse(updateTime) > LATE_MS;
}

/** The tombstone is there, since `at`. */
export function waiting(erasure: Erasure, at: Date): Erasure {
  const from = erasure.until && erasure.until > at ? erasure.until : at;
  return { ...erasure, status: 'waiting', nextAt: later(from, LATE_MS + ATTEMPT_MS + STREAMED_MS) };
}

/** BigQuery still holds some of the rows in its streaming buffer. */
export function postponed(erasure: Erasure, at: Date): Erasure {
  return { ...erasure, status: 'waiting', nextAt: later(at, AGAIN_MS) };
}

/** Whether nothing is left is looked at in another run. */
export function deleted(erasure: Erasure, keyVersions: readonly number[], at: Date): Erasure {
  return { ...erasure, status: 'deleted', keyVersions, deletedAt: at, nextAt: later(at, 1) };
}

/** Nothing was found any more: the id is given up, and what stays is the receipt. */
export function verified(erasure: Erasure, timeTravelMs: number, at: Date): Erasure {
  const { deletedAt } = erasure;
  return {
    ...erasure,
    id: null,
    status: 'verified',
    nextAt: null,
    verifiedAt: at,
    forgottenAt: later(deletedAt ?? at, timeTravelMs + FAIL_SAFE_MS),
  };
}

/** `rows` that went, by table. */
export function withRows(erasure: Erasure, rows: Readonly<Record<string, number>>): Erasure {
  const sum: Record<string, number> = { ...erasure.rows };
  for (const [table, count] of Object.entries(rows)) sum[table] = (sum[table] ?? 0) + count;
  return { ...erasure, rows: sum };
}

export function withFailures(erasure: Erasure, forgotten: number): Erasure {
  return forgotten === 0 ? erasure : { ...erasure, failures: erasure.failures + forgotten };
}

function later(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}
