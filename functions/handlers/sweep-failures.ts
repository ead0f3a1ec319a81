// internal_sweepSyncFailures: pending failures whose task is gone (never enqueued, spent, purged, lost) get a new
// one. A record whose task still waits is left to it. Two sweeps at once do no harm: each change is conditional.
import type { Context } from '../context.ts';
import { postponed, reissued } from '../steps/failure.ts';
import type { StoredFailure } from '../services/dead-letters.ts';

/** How long after its time a task may still be on its way, in ms. */
const GRACE_MS = 60_000;
const PAGE = 100;
const AT_ONCE = 10;
/** Well below the function's timeout, in ms; the next sweep goes on. */
const BUDGET_MS = 120_000;

export interface SweepReport {
  readonly reissued: number;
  readonly waiting: number;
}

export async function sweepFailures(context: Context): Promise<SweepReport> {
  const startedAt = context.now().getTime();
  // One limit for the whole sweep: what it has seen is due again only later, so its pages never repeat.
  const overdueSince = new Date(startedAt - GRACE_MS);
  const report = { reissued: 0, waiting: 0 };
  for (;;) {
    const page = await context.deadLetters.overdue(overdueSince, PAGE);
    for (let i = 0; i < page.length; i += AT_ONCE) {
      const ends = await Promise.all(page.slice(i, i + AT_ONCE).map((entry) => sweepOne(context, entry)));
      for (const end of ends) report[end]++;
    }
    const spent = context.now().getTime() - startedAt;
    if (page.length < PAGE || spent > BUDGET_MS) break;
  }
  if (report.reissued + report.waiting > 0) context.log('INFO', 'Failures swept', report);
  return report;
}

async function sweepOne(context: Context, { id, failure }: StoredFailure): Promise<keyof SweepReport> {
  const { generation } = failure;
  if (await context.retryQueue.has({ failureId: id, generation })) {
    await context.deadLetters.update(id, (now) => postponed(failure, now, context.now(), context.retry));
    return 'waiting';
  }
  const after = await context.deadLetters.update(id, (now) =>
    reissued(failure, now, context.now(), context.retry),
  );
  if (after?.status === 'pending' && after.generation === generation + 1) {
    await context.retryQueue.enqueue({ failureId: id, generation: after.generation });
  }
  return 'reissued';
}
