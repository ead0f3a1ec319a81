// Runs many seeds, and tells the whole story of the first that fails.
import { runSchedule, type RunResult } from './run.ts';
import type { Variant } from './platform.ts';
import { shrink } from './shrink.ts';
import { Tape } from './tape.ts';
import { formatTimeline } from './timeline.ts';

export interface Failing {
  readonly seed: number;
  readonly violation: string;
}

/** The first seed from `from` on, of `count`, that fails; stops early when `goOn` says so. */
export async function findFailing(
  from: number,
  count: number,
  variant?: Variant,
  seen: (result: RunResult, seed: number) => boolean = () => true,
): Promise<Failing | undefined> {
  for (let seed = from; seed < from + count; seed++) {
    const result = await runSchedule({ tape: Tape.ofSeed(seed), variant });
    if (result.violation !== undefined) return { seed, violation: result.violation };
    if (!seen(result, seed)) return undefined;
  }
  return undefined;
}

/** Seed, shrunk tape and timeline of a failing run. */
export async function explain({ seed, violation }: Failing, variant?: Variant): Promise<string> {
  const tape = Tape.ofSeed(seed);
  await runSchedule({ tape, variant });
  const shrunk = await shrink(tape.values, violation, { variant });
  return describeTape(shrunk, `seed ${seed}`, variant);
}

export async function describeTape(
  values: readonly number[],
  title: string,
  variant?: Variant,
): Promise<string> {
  const result = await runSchedule({ tape: Tape.replay(values), variant, recording: true });
  return [
    `${title}: ${result.violation ?? 'no violation'}`,
    `faults: ${result.faults.join(', ') || 'none'}`,
    `tape: [${values.join(',')}]`,
    '',
    formatTimeline(result.timeline),
  ].join('\n');
}
