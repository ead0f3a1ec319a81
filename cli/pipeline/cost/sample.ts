// The user's sample as it stands in seed 001: one insertAll and one update of the document for each, and a retry
// function whose failed runs are repeated by the queue and make a new task as well. CPU is that of the baseline, which
// is the sample without its bugs.
import { instanceSeconds } from './instances.ts';
import { figuresAt, type Measured } from './measured.ts';
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

/** It sets no options: these are the defaults of firebase-functions. */
const SHAPE = { vcpus: 1, gib: 0.25 };
/** The record of a failure, in bytes. */
const RECORD_BYTES = 1_000;
/** Lines of a document that is delivered at once, and of one that is not. */
const LINES = { delivered: 2, failing: 3 };

export function sample(workload: Workload, measured: Measured): readonly Use[] {
  const { docs, writesPerDoc, size, row, failureRate, attempts, monthsStored } = workload;
  const { bigqueryMs, firestoreMs, peak, concurrency } = workload;
  const failing = docs * failureRate;
  const delivered = docs - failing;
  // A failed run comes again and has made one more task: their number doubles with every attempt until the rows
  // are taken, and then each of them inserts one.
  const successes = failing * 2 ** (attempts - 1);
  const failures = successes - failing;
  const retries = successes + failures;
  const statusWrites = docs + retries;

  const ignoredMs = measured.ignoredMs.decoded;
  const { figures, seconds } = triggerTime(workload, {
    measured: measured.baseline,
    waitMs: bigqueryMs + firestoreMs,
    ignored: docs * (writesPerDoc - 1) + statusWrites,
    ignoredMs,
    vcpus: SHAPE.vcpus,
  });
  const alone = figuresAt(measured.baseline, 1).cpuMsPerDocument;
  const attempt = { requests: retries, latencyMs: bigqueryMs + 4 * firestoreMs + alone };
  const cpuOfRetries = (retries * alone) / 1000;
  const shape = { vcpus: SHAPE.vcpus, concurrency, peak };

  return [
    ...events('completions', workload, docs, sizeBeforeCompletion(workload), size),
    ...uses('completions', {
      bigqueryStreamed: streamed(delivered, row),
      bigqueryRequests: docs,
      firestoreCommits: delivered,
      logBytes: delivered * LINES.delivered * workload.logLine,
      cpuSeconds: (docs * figures.cpuMsPerDocument) / 1000,
    }),
    ...uses('status', { firestoreWrites: delivered, cpuSeconds: (delivered * ignoredMs) / 1000 }),
    ...events('status', workload, delivered, size, size + STATUS_BYTES),
    ...earlierEvents('ignored', workload),
    ...uses('ignored', { cpuSeconds: (docs * (writesPerDoc - 1) * ignoredMs) / 1000 }),
    ...instances('instances', seconds, SHAPE),
    ...uses('failures', {
      // The session; and once delivered a query for open records.
      firestoreReads: retries + successes,
      // The failure: status and a record. A run that fails: the count. One that succeeds: status and record.
      firestoreWrites: failing * 2 + failures + successes * 2,
      firestoreCommits: failing * 2 + failures + successes * 2,
      taskOperations: failing + failures + retries,
      bigqueryStreamed: streamed(successes, row),
      bigqueryRequests: retries,
      logBytes: (failing * LINES.failing + failures * 2 + successes) * workload.logLine,
      cpuSeconds: cpuOfRetries + ((statusWrites - delivered) * ignoredMs) / 1000,
    }),
    ...events('failures', workload, statusWrites - delivered, size, size + STATUS_BYTES),
    ...calls('failures', workload, retries),
    ...instances('failures', instanceSeconds([attempt], cpuOfRetries, shape), SHAPE),
    ...uses('storage', {
      bigqueryStorage: (delivered + successes) * row * monthsStored,
      firestoreStorage: failing * RECORD_BYTES * monthsStored,
    }),
  ];
}
