// One run over one pipeline: what it may spend, and what it has found so far.
import type { Context } from '../../context.ts';
import type { Pipeline } from '../../pipelines/pipeline.ts';
import type { ReconcileLimits } from '../../steps/reconcile-report.ts';

export interface Tally {
  expected: number;
  found: number;
  missing: number;
  healed: number;
  waiting: number;
  verified: number;
  reads: number;
}

export interface Run {
  readonly context: Context;
  readonly pipeline: Pipeline;
  readonly limits: ReconcileLimits;
  readonly startedAt: Date;
  readonly tally: Tally;
}

/** Ends a part of a run; what it found stays, and the next run goes on. */
export class BudgetSpent extends Error {}

export function startRun(context: Context, pipeline: Pipeline, limits: ReconcileLimits): Run {
  const tally = { expected: 0, found: 0, missing: 0, healed: 0, waiting: 0, verified: 0, reads: 0 };
  return { context, pipeline, limits, startedAt: context.now(), tally };
}

/** Throws BudgetSpent when reads or time are used up. */
export function checkBudget(run: Run): void {
  if (run.tally.reads >= run.limits.maxReads || isTimeSpent(run)) throw new BudgetSpent();
}

export function isTimeSpent({ context, limits, startedAt }: Run): boolean {
  return context.now().getTime() - startedAt.getTime() > limits.maxMs;
}
