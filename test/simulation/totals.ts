// What many runs came to, in figures that can be added up.
import type { RunResult } from './run.ts';

export interface Totals {
  schedules: number;
  steps: number;
  completed: number;
  visible: number;
  abandoned: number;
  /** Nobody but a reconcile could have found them. */
  outside: number;
  rows: number;
  duplicates: number;
  longestMs: number;
}

export function createTotals(): Totals {
  return {
    schedules: 0,
    steps: 0,
    completed: 0,
    visible: 0,
    abandoned: 0,
    outside: 0,
    rows: 0,
    duplicates: 0,
    longestMs: 0,
  };
}

export function count(
  totals: Totals,
  { steps, versions, rawRows, duplicateRows, lastedMs }: RunResult,
): void {
  totals.schedules++;
  totals.steps += steps;
  totals.completed += versions.completed;
  totals.visible += versions.visible;
  totals.abandoned += versions.abandoned;
  totals.outside += versions.outside;
  totals.rows += rawRows;
  totals.duplicates += duplicateRows;
  totals.longestMs = Math.max(totals.longestMs, lastedMs);
}

export function add(totals: Totals, other: Totals): void {
  for (const name of Object.keys(totals) as (keyof Totals)[]) {
    if (name === 'longestMs') totals[name] = Math.max(totals[name], other[name]);
    else totals[name] += other[name];
  }
}
