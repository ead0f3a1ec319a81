// What the deployed functions use. Counts of calls, reads and writes follow functions/handlers/; a test runs these
// and counts.
import { heldSeconds, instanceSeconds } from './instances.ts';
import type { Measured } from './measured.ts';
import { DAYS_PER_MONTH } from './month.ts';
import {
  calls,
  earlierEvents,
  events,
  instances,
  sizeBeforeCompletion,
  STATUS_BYTES,
  streamed,
} from './platform.ts';
import { triggerTime } from './trigger-time.ts';
import { uses, type Use } from './use.ts';
import type { Workload } from './workload.ts';

/** As functions/index.ts deploys them. */
export const SCHEDULES = { sweepMinutes: 5, reconcileMinutes: 60, eraseMinutes: 15 } as const;

/**
 * Reads and writes of a document whose insert failed, beside those of its tasks; of an attempt that fails again;
 * of the one that succeeds.
 */
export const FAILURE = {
  first: { reads: 1, writes: 2, statusWrites: 1 },
  again: { reads: 3, writes: 2, statusWrites: 1 },
  last: { reads: 4, writes: 2, statusWrites: 1 },
} as const;
/** Of an attempt that succeeds: its reads and writes, one after the other. */
const RETRY_ROUND_TRIPS = 6;

function perFailure(of: 'reads' | 'writes' | 'statusWrites', attempts: number): number {
  return FAILURE.first[of] + (attempts - 1) * FAILURE.again[of] + FAILURE.last[of];
}

/** Two queries for what is overdue, two counts and one query for the backlog: one read each at least. */
export const SWEEP_READS = 5;
const SWEEP_ROUND_TRIPS = 3;

/** Progress before, report and its copy after. */
export const RECONCILE = { reads: 1, writes: 2 } as const;
/** Columns that both queries of a reconciliation scan: pseudonym, id, two times, in bytes a row. */
const SCANNED_BYTES = 104;
const MIN_SCANNED_BYTES = 10 * 2 ** 20;
/** Time of such a query, in ms. */
const QUERY_MS = 1_500;
/** A reconciliation begins nothing new after this, in ms. */
export const RECONCILE_LIMIT_MS = 300_000;
const VERIFY_PAGE = 200;
/** Partitions before the times that are counted, which a query scans too: apps whose clock is ahead. */
export const CLOCKS_AHEAD_DAYS = 3;
/** A run asks for so many counts at most, however many reads they are. */
const MAX_COUNTS = 250;
/** The record of a failure, with its index entries. */
const RECORD_BYTES = 2_000;

export function ours(workload: Workload, measured: Measured): readonly Use[] {
  const { docs, writesPerDoc, size, row, monthsStored, failureRate, attempts } = workload;
  const { bigqueryMs, firestoreMs, vcpus } = workload;
  const failing = docs * failureRate;
  const delivered = docs - failing;
  const statusWrites = delivered * measured.ours.firestoreWritesPerDocument;
  const statusOfFailing = failing * perFailure('statusWrites', attempts);
  const { figures, seconds } = triggerTime(workload, {
    measured: measured.ours,
    waitMs: bigqueryMs + 2 * firestoreMs, // the insert, the read of a failure, the status
    ignored: docs * (writesPerDoc - 1) + statusWrites + statusOfFailing,
    ignoredMs: measured.ignoredMs.ours,
    vcpus,
  });
  const ignoredCpu = measured.ignoredMs.ours / 1000;

  return [
    ...events('completions', workload, docs, sizeBeforeCompletion(workload), size),
    ...uses('completions', {
      bigqueryStreamed: streamed(docs, row),
      bigqueryRequests: docs * figures.bigqueryRequestsPerDocument,
      firestoreCommits: delivered * figures.firestoreCommitsPerDocument,
      logBytes: delivered * workload.logLine,
      cpuSeconds: (docs * figures.cpuMsPerDocument) / 1000,
    }),
    ...uses('deadLetter', { firestoreReads: delivered * measured.ours.firestoreReadsPerDocument }),
    ...uses('status', { firestoreWrites: statusWrites, cpuSeconds: statusWrites * ignoredCpu }),
    ...events('status', workload, statusWrites, size, size + STATUS_BYTES),
    ...earlierEvents('ignored', workload),
    ...uses('ignored', { cpuSeconds: docs * (writesPerDoc - 1) * ignoredCpu }),
    ...instances('instances', seconds, workload),
    ...ofFailing(workload, measured, failing),
    ...ofSweeps(workload),
    ...ofReconciliations(workload, measured),
    ...ofLooksForErasures(workload),
    ...uses('storage', {
      bigqueryStorage: docs * row * monthsStored,
      firestoreStorage: failing * RECORD_BYTES * monthsStored,
    }),
  ];
}

function ofFailing(workload: Workload, measured: Measured, failing: number): Use[] {
  const { attempts, size, bigqueryMs, firestoreMs, peak, concurrency, vcpus } = workload;
  const latencyMs = bigqueryMs + RETRY_ROUND_TRIPS * firestoreMs + measured.retryMs / vcpus;
  const writes = failing * perFailure('writes', attempts);
  const statusWrites = failing * perFailure('statusWrites', attempts);
  const retries = { requests: failing * attempts, latencyMs };
  const cpuSeconds = (retries.requests * measured.retryMs) / 1000;
  return [
    ...uses('failures', {
      firestoreReads: failing * perFailure('reads', attempts),
      firestoreWrites: writes,
      taskOperations: failing * (1 + attempts),
      bigqueryRequests: retries.requests,
      firestoreCommits: writes,
      logBytes: failing * (1 + attempts) * workload.logLine,
      cpuSeconds: cpuSeconds + (statusWrites * measured.ignoredMs.ours) / 1000,
    }),
    ...events('failures', workload, statusWrites, size, size + STATUS_BYTES),
    ...calls('failures', workload, retries.requests),
    ...instances('failures', instanceSeconds([retries], cpuSeconds, { vcpus, concurrency, peak }), workload),
  ];
}

function ofSweeps(workload: Workload): Use[] {
  const runs = runsPerMonth(SCHEDULES.sweepMinutes);
  return [
    ...calls('sweep', workload, runs),
    ...uses('sweep', {
      firestoreReads: runs * SWEEP_READS,
      schedulerJobs: 1,
      logBytes: runs * workload.logLine,
    }),
    ...instances('sweep', runs * heldSeconds(SWEEP_ROUND_TRIPS * workload.firestoreMs), workload),
  ];
}

/** Nobody asks to be forgotten: one query, which is billed as one read. */
function ofLooksForErasures(workload: Workload): Use[] {
  const runs = runsPerMonth(SCHEDULES.eraseMinutes);
  return [
    ...calls('erasures', workload, runs),
    ...uses('erasures', { firestoreReads: runs, schedulerJobs: 1, logBytes: runs * workload.logLine }),
    ...instances('erasures', runs * heldSeconds(workload.firestoreMs), workload),
  ];
}

/** Nothing is missing: both sides are counted. Once a day all of time, and some documents are verified; else the last days. */
function ofReconciliations(workload: Workload, measured: Measured): Use[] {
  const { docs, stored, verifyReads, recentDays } = workload;
  const runs = runsPerMonth(SCHEDULES.reconcileMinutes);
  const whole = recentDays === 0 ? runs : DAYS_PER_MONTH;
  const perDay = docs / DAYS_PER_MONTH;
  const recent = Math.min(stored, recentDays * perDay);
  const scanned = Math.min(stored, (recentDays + CLOCKS_AHEAD_DAYS) * perDay);
  return [
    ...reconciliations(workload, measured, whole, {
      counted: stored,
      scanned: stored,
      verified: Math.min(verifyReads, stored),
    }),
    ...reconciliations(workload, measured, runs - whole, { counted: recent, scanned, verified: 0 }),
    ...uses('reconcile', { schedulerJobs: 1 }),
  ];
}

/** In documents: counted on both sides, scanned by each query, verified one by one. */
interface Reconciled {
  readonly counted: number;
  readonly scanned: number;
  readonly verified: number;
}

function reconciliations(
  workload: Workload,
  measured: Measured,
  runs: number,
  { counted, scanned, verified }: Reconciled,
): Use[] {
  const { firestoreMs, reconcileReads } = workload;
  const counts = Math.min(reconcileReads, Math.max(1, Math.ceil(counted / 1_000)));
  const pages = Math.ceil(verified / VERIFY_PAGE);
  const queries = 1 + pages;
  const roundTrips = 2 + Math.min(counts, MAX_COUNTS) + pages;
  const ms = measured.coldMs + queries * QUERY_MS + roundTrips * firestoreMs;
  return [
    ...calls('reconcile', workload, runs),
    ...uses('reconcile', {
      firestoreReads: runs * (RECONCILE.reads + counts + verified),
      firestoreWrites: runs * RECONCILE.writes,
      firestoreCommits: runs,
      firestoreDeletes: runs, // the report of the run, ninety days later
      bigqueryScanned: runs * queries * Math.max(MIN_SCANNED_BYTES, scanned * SCANNED_BYTES),
      bigqueryRequests: runs * queries,
      logBytes: runs * workload.logLine,
    }),
    ...instances('reconcile', runs * heldSeconds(Math.min(ms, RECONCILE_LIMIT_MS)), workload),
  ];
}

function runsPerMonth(everyMinutes: number): number {
  return (DAYS_PER_MONTH * 24 * 60) / everyMinutes;
}
