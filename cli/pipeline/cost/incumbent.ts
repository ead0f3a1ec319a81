// "Stream Firestore to BigQuery" by Firebase, as its successor for one's own codebase has it: the sources of
// kits/firestore-bigquery-export in firebase/extensions at commit 0112177 of autumn 2026, with change tracker 2.2.1 and
// the options that reproduce the extension. A row for each write of any kind, with the document before and after as
// JSON; one call per instance at a time; a task when the insert fails, five attempts, then nothing.
import { instanceSeconds } from './instances.ts';
import { figuresAt, type Measured } from './measured.ts';
import { calls, earlierEvents, events, instances, sizeBeforeCompletion, streamed } from './platform.ts';
import { uses, type Cause, type Use } from './use.ts';
import type { Workload } from './workload.ts';

/** `cpu: "gcf_gen1"` with the default memory. */
const SHAPE = { vcpus: 1 / 6, gib: 0.25 };
const CONCURRENCY = 1;
const MAX_ATTEMPTS = 5;
/** At its default level: started, event received, completed. */
const LINES = 3;
/** Time, event id, names, operation. */
const ROW_BYTES = 220;
const TASK_CHUNK_BYTES = 32_768;

export function incumbent(workload: Workload, measured: Measured): readonly Use[] {
  const { docs, writesPerDoc, size, sizeBefore, failureRate, bigqueryMs, peak, monthsStored } = workload;
  const attempts = Math.min(workload.attempts, MAX_ATTEMPTS);
  const writes = docs * writesPerDoc;
  const failing = writes * failureRate;
  const retries = failing * attempts;
  const figures = figuresAt(measured.incumbent, CONCURRENCY);
  const latencyMs = bigqueryMs + figures.cpuMsPerDocument / SHAPE.vcpus;
  const shape = { vcpus: SHAPE.vcpus, concurrency: CONCURRENCY, peak };
  const cpuSeconds = (count: number) => (count * figures.cpuMsPerDocument) / 1000;
  const time = (requests: number) => instanceSeconds([{ requests, latencyMs }], cpuSeconds(requests), shape);

  const rows = [
    { cause: 'completions', count: docs, bytes: sizeBeforeCompletion(workload) + size + ROW_BYTES },
    ...(writesPerDoc === 1
      ? []
      : [
          { cause: 'ignored', count: docs, bytes: sizeBefore + ROW_BYTES } as const,
          { cause: 'ignored', count: writes - 2 * docs, bytes: 2 * sizeBefore + ROW_BYTES } as const,
        ]),
  ] satisfies { cause: Cause; count: number; bytes: number }[];
  const largest = Math.max(...rows.map(({ bytes }) => bytes));

  return [
    ...events('completions', workload, docs, sizeBeforeCompletion(workload), size),
    ...earlierEvents('ignored', workload),
    ...rows.flatMap(({ cause, count, bytes }) =>
      uses(cause, {
        bigqueryStreamed: streamed(count, bytes),
        bigqueryRequests: count * figures.bigqueryRequestsPerDocument,
        logBytes: count * LINES * workload.logLine,
        cpuSeconds: cpuSeconds(count),
        bigqueryStorage: count * bytes * monthsStored,
      }),
    ),
    ...instances('instances', time(writes), SHAPE),
    ...calls('failures', workload, retries),
    ...uses('failures', {
      taskOperations: (failing + retries) * Math.ceil(largest / TASK_CHUNK_BYTES),
      bigqueryRequests: retries,
      logBytes: retries * 2 * workload.logLine,
      cpuSeconds: cpuSeconds(retries),
    }),
    ...instances('failures', time(retries), SHAPE),
  ];
}
