// One thread of a search: runs its share of the seeds and tells what they came to.
import { parentPort, workerData } from 'node:worker_threads';
import type { Report, Share } from './parallel.ts';
import { runSchedule } from './run.ts';
import { ofSeed } from './schedule.ts';
import { count, createTotals } from './totals.ts';

const REPORT_EVERY = 200;
/** So often a seed runs twice: it must leave the same trace. */
const REPEAT_EVERY = 1_000;

const { from, step, mistake, limit } = workerData as Share;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
const tell = (report: Report) => parentPort?.postMessage(report);
const variant = mistake === undefined ? undefined : (await import('./zoo/index.ts')).variantOf(mistake);
let totals = createTotals();

for (let seed = from; seed < Atomics.load(limit, 0); seed += step) {
  const result = await runSchedule({ ...ofSeed(seed), variant });
  let { violation } = result;
  if (seed % REPEAT_EVERY === 0 && !(await leaves(seed, result.traceHash))) {
    violation ??= 'the same seed left another trace';
  }
  if (violation !== undefined) {
    lowerLimit(seed);
    tell({ failing: { seed, violation } });
    break;
  }
  count(totals, result);
  if (totals.schedules === REPORT_EVERY) {
    tell({ totals });
    totals = createTotals();
    await new Promise((resolve) => setImmediate(resolve)); // lets the report go out
  }
}
tell({ totals });

async function leaves(seed: number, traceHash: string): Promise<boolean> {
  return (await runSchedule({ ...ofSeed(seed), variant })).traceHash === traceHash;
}

function lowerLimit(seed: number): void {
  for (;;) {
    const now = Atomics.load(limit, 0);
    if (now <= seed || Atomics.compareExchange(limit, 0, now, seed) === now) return;
  }
}
