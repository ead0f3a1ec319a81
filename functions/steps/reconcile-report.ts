// What a reconciliation of one pipeline may spend, what it found, and where the next one goes on.
import type { Explained } from './explained.ts';

export interface ReconcileLimits {
  /** Reads for counting and for looking into differences; at most one page more is spent. */
  readonly maxReads: number;
  /** Documents that are verified one by one, whatever the counts say; one read each. */
  readonly verifyReads: number;
  readonly maxMs: number;
  /**
   * A run counts times of the last so many days only, which scans the newest partitions of the table; every
   * `WHOLE_EVERY_MS` one counts all of time, and verifies. 0: each run does.
   */
  readonly recentDays: number;
  /** What was written less than this long ago has its event still on its way: not judged yet, in ms. */
  readonly settleMs: number;
  /** Say what is missing, and send nothing. */
  readonly dryRun?: boolean;
}

export interface ReconcileReport {
  readonly pipeline: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  /** Times before this one were left to the next whole run; null when all of time was to be counted. */
  readonly since: Date | null;
  /** Whether all that was to be counted was, by the end of this run; otherwise the next one goes on where it stopped. */
  readonly complete: boolean;
  /** Completed documents that were counted in Firestore, and keys that BigQuery has for the same times. */
  readonly expected: number;
  readonly found: number;
  /** Versions that neither a row nor a failure spoke of. */
  readonly missing: number;
  /** Those of them whose row is there now. */
  readonly healed: number;
  /** Documents looked into whose failure has a retry to come. */
  readonly waiting: number;
  /** Completed documents that rightly have no row, as far as they were looked into. */
  readonly abandoned: number;
  /** Keys in BigQuery whose document is gone, as far as they were looked into. */
  readonly extra: number;
  /** Documents that were read and looked up one by one, whatever the counts said. */
  readonly verified: number;
  /** Whether verification reached the last document. */
  readonly allVerified: boolean;
  /** Nothing was sent: `missing` is what a run would send. */
  readonly dryRun: boolean;
  /** Reads that Firestore bills for it. */
  readonly reads: number;
}

/** What an operator asks of the next run alone. */
export interface RunRequest {
  readonly maxReads?: number | undefined;
  readonly verifyReads?: number | undefined;
  /** Verify from the first document on, and not from where the last run stopped. */
  readonly verifyFromStart?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface Progress {
  /** Times before this one, in ms, are still to be counted; null when all were. Counting goes from new to old. */
  readonly countedDownTo: number | null;
  /** Path of the last document that was verified; null when all were. */
  readonly verifiedUpTo: string | null;
  readonly explained: Explained;
  /** When the last run began that counted all of time, in ms; null when none has come to its end yet. */
  readonly wholeAt: number | null;
  readonly request?: RunRequest | undefined;
}

export const FRESH_START: Progress = {
  countedDownTo: null,
  verifiedUpTo: null,
  explained: {},
  wholeAt: null,
};

/** A little less than a day: the hourly run after it is the next one. */
export const WHOLE_EVERY_MS = 23.5 * 3_600_000;
const DAY_MS = 86_400_000;

/**
 * Where a run begins to count, in ms: at the start of a day (UTC); null for all of time, when that is due, under way,
 * or asked for.
 */
export function countsFrom(progress: Progress, { recentDays }: ReconcileLimits, now: Date): number | null {
  const { wholeAt, countedDownTo, request } = progress;
  const isWholeDue = wholeAt === null || now.getTime() - wholeAt >= WHOLE_EVERY_MS;
  if (recentDays === 0 || isWholeDue || countedDownTo !== null || request) return null;
  return (Math.floor(now.getTime() / DAY_MS) - recentDays) * DAY_MS;
}
