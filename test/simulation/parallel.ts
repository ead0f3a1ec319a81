// Seeds on several threads, striped: thread i of W takes every W-th seed. The lowest failing seed wins, whichever
// thread found it first, so that the same command finds the same seed again.
import { Worker } from 'node:worker_threads';
import type { Failing } from './search.ts';
import { add, createTotals, type Totals } from './totals.ts';

export interface Share {
  readonly from: number;
  readonly step: number;
  /** Name of an edition of the zoo; the right code when undefined. */
  readonly mistake: string | undefined;
  /** First seed that is not to be run; lowered when a seed failed or time is up. */
  readonly limit: Int32Array;
}

export type Report = { readonly totals: Totals } | { readonly failing: Failing };

export interface ParallelOptions {
  readonly from: number;
  /** As many as fit when undefined. */
  readonly count: number | undefined;
  readonly workers: number;
  readonly mistake?: string | undefined;
  /** Told of the sum every now and then; says whether to go on. */
  readonly seen: (totals: Totals) => boolean;
}

const MOST = 2 ** 31 - 1;

/** The totals of all threads, and the lowest seed that failed. Throws when a thread dies. */
export async function searchInParallel({ from, count, workers, mistake, seen }: ParallelOptions): Promise<{
  readonly totals: Totals;
  readonly failing: Failing | undefined;
}> {
  const limit = new Int32Array(new SharedArrayBuffer(4));
  limit[0] = count === undefined ? MOST : Math.min(MOST, from + count);
  const totals = createTotals();
  let failing: Failing | undefined;

  function runShare(index: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const share: Share = { from: from + index, step: workers, mistake, limit };
      const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: share });
      worker.on('message', (report: Report) => {
        if ('totals' in report) {
          add(totals, report.totals);
          if (!seen(totals)) Atomics.store(limit, 0, 0);
        } else if (!failing || report.failing.seed < failing.seed) {
          failing = report.failing;
        }
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  }

  await Promise.all(Array.from({ length: workers }, (_, index) => runShare(index)));
  return { totals, failing };
}
