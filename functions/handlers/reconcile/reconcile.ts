// internal_reconcileSync: compares what Firestore holds with what BigQuery shows, sends what is missing, and reports.
// It needs no trigger ever to have fired. Two runs at once do no harm: both send the same rows under the same ids.
import type { Context } from '../../context.ts';
import type { Pipeline } from '../../pipelines/pipeline.ts';
import { explainedIn } from '../../steps/explained.ts';
import {
  countsFrom,
  type ReconcileLimits,
  type ReconcileReport,
  type RunRequest,
} from '../../steps/reconcile-report.ts';
import { countAll } from './count.ts';
import { startRun } from './run.ts';
import { verify } from './verify.ts';

/** Each pipeline, whatever becomes of the others. Throws the first error when all are through. */
export async function reconcileAll(context: Context): Promise<void> {
  const errors: unknown[] = [];
  for (const pipeline of context.pipelines.values()) {
    await reconcile(context, pipeline).catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) throw errors[0];
}

export async function reconcile(
  context: Context,
  pipeline: Pipeline,
  limits: ReconcileLimits = context.reconcile,
): Promise<ReconcileReport> {
  const { request, ...progress } = await context.reports.progress(pipeline.name);
  const { verifyFromStart, ...asked } = request ?? {};
  const run = startRun(context, pipeline, { ...limits, ...withoutUndefined(asked) });
  const from = countsFrom({ ...progress, request }, run.limits, run.startedAt);
  const { complete, countedDownTo, explained } = await countAll(run, progress, from);
  const verifiedUpTo =
    from === null ? await verify(run, verifyFromStart ? null : progress.verifiedUpTo) : progress.verifiedUpTo;
  const wholeAt = from === null && complete ? run.startedAt.getTime() : progress.wholeAt;

  const known = explainedIn(explained, { from: null, to: null });
  const dryRun = run.limits.dryRun ?? false;
  const report: ReconcileReport = {
    pipeline: pipeline.name,
    startedAt: run.startedAt,
    since: from === null ? null : new Date(from),
    finishedAt: context.now(),
    complete,
    ...run.tally,
    abandoned: known.withoutRow,
    extra: known.extra,
    allVerified: from === null && verifiedUpTo === null && run.limits.verifyReads > 0,
    dryRun,
  };
  await context.reports.save(report, dryRun ? progress : { countedDownTo, verifiedUpTo, explained, wholeAt });
  log(context, report);
  return report;
}

function withoutUndefined(asked: Omit<RunRequest, 'verifyFromStart'>): Partial<ReconcileLimits> {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

function log(context: Context, report: ReconcileReport): void {
  const { startedAt: _, finishedAt: __, since: ___, allVerified: ____, dryRun: _____, ...fields } = report;
  if (report.missing > 0) context.log('WARNING', 'Documents were missing in BigQuery', fields);
  else context.log('INFO', 'Reconciled', fields);
}
