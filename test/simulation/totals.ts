// What many runs came to, in figures that can be added up.
import type { RunResult } from './run.ts';
import { SITUATIONS } from './situations.ts';
import { ALL_FAULTS } from './swarm.ts';

export interface Totals {
  schedules: number;
  steps: number;
  completed: number;
  visible: number;
  abandoned: number;
  /** Nobody but a reconcile could have found them. */
  erased: number;
  outside: number;
  rows: number;
  duplicates: number;
  longestMs: number;
  /** How many runs met a situation, or were struck by a class of faults. */
  readonly met: Record<string, number>;
}

export function createTotals(): Totals {
  return {
    schedules: 0,
    steps: 0,
    completed: 0,
    visible: 0,
    abandoned: 0,
    erased: 0,
    outside: 0,
    rows: 0,
    duplicates: 0,
    longestMs: 0,
    met: Object.fromEntries([...SITUATIONS, ...ALL_FAULTS].map((name) => [name, 0])),
  };
}

export function count(totals: Totals, result: RunResult): void {
  const { versions } = result;
  const { met } = totals;
  totals.schedules++;
  totals.steps += result.steps;
  totals.completed += versions.completed;
  totals.visible += versions.visible;
  totals.abandoned += versions.abandoned;
  totals.erased += versions.erased;
  totals.outside += versions.outside;
  totals.rows += result.rawRows;
  totals.duplicates += result.duplicateRows;
  totals.longestMs = Math.max(totals.longestMs, result.lastedMs);
  for (const name of result.situations) met[name] = met[name]! + 1;
  for (const name of result.struck) met[name] = met[name]! + 1;
}

export function add(totals: Totals, { met, longestMs, ...sums }: Totals): void {
  for (const name of Object.keys(sums) as (keyof typeof sums)[]) totals[name] += sums[name];
  for (const [name, times] of Object.entries(met)) totals.met[name] = totals.met[name]! + times;
  totals.longestMs = Math.max(totals.longestMs, longestMs);
}
