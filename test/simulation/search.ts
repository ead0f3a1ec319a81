// Runs many seeds, and tells the whole story of the first that fails.
import { runSchedule, type RunResult } from './run.ts';
import type { Variant } from './platform.ts';
import { formatSchedule, ofSeed, replay, type Schedule } from './schedule.ts';
import { shrink } from './shrink.ts';
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
    const result = await runSchedule({ ...ofSeed(seed), variant });
    if (result.violation !== undefined) return { seed, violation: result.violation };
    if (!seen(result, seed)) return undefined;
  }
  return undefined;
}

/** The schedule of a failing seed, made as small as it gets. */
export async function shrunkOf({ seed, violation }: Failing, variant?: Variant): Promise<Schedule> {
  const drawn = ofSeed(seed);
  await runSchedule({ ...drawn, variant });
  return shrink({ faults: drawn.faults, tape: drawn.tape.values }, violation, { variant });
}

/** Seed, shrunk schedule and timeline of a failing run. */
export async function explain(failing: Failing, variant?: Variant): Promise<string> {
  return (await describe(await shrunkOf(failing, variant), `seed ${failing.seed}`, variant)).text;
}

export async function describe(
  schedule: Schedule,
  title: string,
  variant?: Variant,
): Promise<{ readonly violation: string | undefined; readonly text: string }> {
  const { violation, timeline } = await runSchedule({ ...replay(schedule), variant, recording: true });
  const text = [
    `${title}: ${violation ?? 'no violation'}`,
    `faults: ${schedule.faults.join(', ') || 'none'}`,
    `schedule: ${formatSchedule(schedule)}`,
    '',
    formatTimeline(timeline),
  ].join('\n');
  return { violation, text };
}
