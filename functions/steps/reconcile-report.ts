// What a reconciliation of one pipeline may spend, what it found, and where the next one goes on.
import type { Explained } from './explained.ts';

export interface ReconcileLimits {
  /** Reads for counting and for looking into differences; at most one page more is spent. */
  readonly maxReads: number;
  /** Documents that are verified one by one, whatever the counts say; one read each. */
  readonly verifyReads: number;
  readonly maxMs: number;
  /** What was written less than this long ago has its event still on its way: not judged yet, in ms. */
  readonly settleMs: number;
  /** Say what is missing, and send nothing. */
  readonly dryRun?: boolean;
}

export interface ReconcileReport {
  readonly pipeline: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  /** Whether all of time was counted by the end of this run; otherwise the next one goes on where it stopped. */
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
  readonly request?: RunRequest | undefined;
}

export const FRESH_START: Progress = { countedDownTo: null, verifiedUpTo: null, explained: {} };
