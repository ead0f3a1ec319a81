// internal_sweepSyncFailures: pending failures whose task is gone (never enqueued, spent, purged, lost) get a new
// one; a record whose task still waits is left to it. Failures that were given up for a time are opened again when
// it is over. Two sweeps at once do no harm: each change is conditional.
import type { Context } from '../context.ts';
import { postponed, reissued, reopened, type Failure } from '../steps/failure.ts';
import type { StoredFailure } from '../services/dead-letters.ts';

/** How long after its time a task may still be on its way, in ms. */
const GRACE_MS = 60_000;
const PAGE = 100;
const AT_ONCE = 10;
/** Well below the function's timeout, in ms; the next sweep goes on. */
const BUDGET_MS = 120_000;

export interface SweepReport {
  /** Failures that got a new task. */
  readonly reissued: number;
  /** Failures whose task still waits. */
  readonly waiting: number;
  /** Failures whose attempts begin anew. */
  readonly reopened: number;
}

export async function sweepFailures(context: Context): Promise<SweepReport> {
  const startedAt = context.now();
  const report = { reissued: 0, waiting: 0, reopened: 0 };
  const sweep = async (
    status: 'pending' | 'abandoned',
    before: number,
    one: (context: Context, entry: StoredFailure) => Promise<keyof SweepReport>,
  ) => {
    for (;;) {
      // One limit for all pages: what a sweep has seen is due again only later, so they never repeat.
      const page = await context.deadLetters.overdue(status, new Date(before), PAGE);
      for (let i = 0; i < page.length; i += AT_ONCE) {
        const ends = await Promise.all(page.slice(i, i + AT_ONCE).map((entry) => one(context, entry)));
        for (const end of ends) report[end]++;
      }
      const spent = context.now().getTime() - startedAt.getTime();
      if (page.length < PAGE || spent > BUDGET_MS) break;
    }
  };
  await sweep('pending', startedAt.getTime() - GRACE_MS, sweepPending);
  await sweep('abandoned', startedAt.getTime(), reopen);
  if (report.reissued + report.waiting + report.reopened > 0) context.log('INFO', 'Failures swept', report);
  await logFreshness(context);
  return report;
}

async function sweepPending(context: Context, entry: StoredFailure): Promise<keyof SweepReport> {
  const { id, failure } = entry;
  if (await context.retryQueue.has({ failureId: id, generation: failure.generation })) {
    await context.deadLetters.update(id, (now) => postponed(failure, now, context.now(), context.retry));
    return 'waiting';
  }
  await nextGeneration(context, entry, (now) => reissued(failure, now, context.now(), context.retry));
  return 'reissued';
}

async function reopen(context: Context, entry: StoredFailure): Promise<keyof SweepReport> {
  await nextGeneration(context, entry, (now) => reopened(entry.failure, now, context.now(), context.retry));
  return 'reopened';
}

async function nextGeneration(
  context: Context,
  { id }: StoredFailure,
  decide: (current: Failure | undefined) => Failure | undefined,
): Promise<void> {
  let changed = false; // by the last time that the decision ran, and not by another sweep
  const after = await context.deadLetters.update(id, (current) => {
    const next = decide(current);
    changed = next !== current;
    return next;
  });
  if (after && changed) await context.retryQueue.enqueue({ failureId: id, generation: after.generation });
}

/** The metric behind the freshness alert: how long the oldest completed document has been waiting for its row. */
async function logFreshness(context: Context): Promise<void> {
  const { pending, abandoned, oldestUnsynced } = await context.deadLetters.backlog();
  const since = oldestUnsynced === undefined ? undefined : Date.parse(oldestUnsynced);
  const oldestUnsyncedSeconds =
    since === undefined ? 0 : Math.max(0, Math.round((context.now().getTime() - since) / 1000));
  context.log('INFO', 'Freshness', { pending, abandoned, oldestUnsyncedSeconds });
}
