// One run over one pipeline: what it may spend, and what it has found so far.
import type { Context } from '../../context.ts';
import type { Pipeline } from '../../pipelines/pipeline.ts';

export interface ReconcileLimits {
  /** Reads for counting and for looking into differences; at most one page more is spent. */
  readonly maxReads: number;
  /** Documents that are verified one by one, whatever the counts say; one read each. */
  readonly verifyReads: number;
  readonly maxMs: number;
  /** What was written less than this long ago has its event still on its way: not judged yet, in ms. */
  readonly settleMs: number;
  /** Say what is missing, and send nothing. */
  readonly dryRun?: boolean;
  /** Told after every step, for somebody who watches. */
  readonly progress?: (run: Tally) => void;
}

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
export function checkBudget({ context, limits, startedAt, tally }: Run): void {
  limits.progress?.(tally);
  const spentMs = context.now().getTime() - startedAt.getTime();
  if (tally.reads >= limits.maxReads || spentMs > limits.maxMs) throw new BudgetSpent();
}
