// What the three have in common: what the platform adds to every event, call, row and log line.
import { uses, type Cause, type Use } from './use.ts';
import type { Workload } from './workload.ts';

/** Names, types and attributes of an event beside the fields of the document before and after, in bytes. */
const EVENT_BYTES = 600;
/** `bigquerySync*` on the document, as JSON, in bytes. */
export const STATUS_BYTES = 260;
const MIN_PUBSUB_BYTES = 1_000;
const MIN_ROW_BYTES = 1_024;

/** One event to one call: its transport, published and delivered, the call, and the platform's log line. */
export function events(
  cause: Cause,
  workload: Workload,
  count: number,
  before: number,
  after: number,
): Use[] {
  const bytes = Math.max(MIN_PUBSUB_BYTES, before + after + EVENT_BYTES);
  return [...uses(cause, { eventBytes: count * bytes * 2 }), ...calls(cause, workload, count)];
}

export function calls(cause: Cause, { requestLog }: Workload, count: number): Use[] {
  return uses(cause, { invocations: count, logBytes: count * requestLog });
}

/** The events of the app's writes but for the last: the creation, then changes of a document that is not completed. */
export function earlierEvents(cause: Cause, workload: Workload): Use[] {
  const { docs, writesPerDoc, sizeBefore } = workload;
  if (writesPerDoc === 1) return [];
  return [
    ...events(cause, workload, docs, 0, sizeBefore),
    ...events(cause, workload, docs * (writesPerDoc - 2), sizeBefore, sizeBefore),
  ];
}

/** Before its completion the document is not there, when it is created completed. */
export function sizeBeforeCompletion({ writesPerDoc, sizeBefore }: Workload): number {
  return writesPerDoc === 1 ? 0 : sizeBefore;
}

/** Rows of insertAll, as they are billed. */
export function streamed(rows: number, bytes: number): number {
  return rows * Math.max(MIN_ROW_BYTES, bytes);
}

/** Billed instance time of one function. */
export function instances(
  cause: Cause,
  seconds: number,
  { vcpus, gib }: { readonly vcpus: number; readonly gib: number },
): Use[] {
  return uses(cause, { vcpuSeconds: seconds * vcpus, gibSeconds: seconds * gib });
}
