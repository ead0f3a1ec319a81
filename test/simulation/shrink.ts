// Makes a failing tape shorter and quieter while the same violation stays: fewer faults, shorter story.
import { runSchedule, type RunOptions } from './run.ts';
import { replay, type Schedule } from './schedule.ts';

/** `maxRuns` bounds the work; the result is the best schedule found. */
export async function shrink(
  { faults, tape }: Schedule,
  violation: string,
  options: Pick<RunOptions, 'variant' | 'plan'> = {},
  maxRuns = 2_000,
): Promise<Schedule> {
  const kind = kindOf(violation);
  const budget = { runs: 0 };
  const isSpent = () => budget.runs >= maxRuns;
  let classes = faults;
  const fails = async (values: readonly number[]) => {
    budget.runs++;
    const result = await runSchedule({ ...options, ...replay({ faults: classes, tape: values }) });
    return result.violation !== undefined && kindOf(result.violation) === kind;
  };

  /** Without a class its decisions are not asked for: the rest may then mean something else, or the same. */
  async function dropClasses(values: readonly number[]): Promise<void> {
    for (const name of classes) {
      const before = classes;
      classes = before.filter((other) => other !== name);
      if (isSpent() || !(await fails(values))) classes = before;
    }
  }

  async function simplify(values: readonly number[], size: number): Promise<readonly number[]> {
    let simplest = values;
    for (let at = 0; at < simplest.length && !isSpent(); at += size) {
      for (const candidate of simpler(simplest, at, size)) {
        if (!(await fails(candidate))) continue;
        simplest = candidate;
        break;
      }
    }
    return simplest;
  }

  let best = tape;
  for (;;) {
    const before = { best, classes };
    await dropClasses(best);
    for (let size = Math.ceil(best.length / 2); size >= 1; size = Math.floor(size / 2)) {
      best = await simplify(best, size);
    }
    if ((best === before.best && classes === before.classes) || isSpent())
      return { faults: classes, tape: best };
  }
}

/** Without a stretch, or with zeros instead. */
function simpler(values: readonly number[], at: number, size: number): readonly (readonly number[])[] {
  const before = values.slice(0, at);
  const stretch = values.slice(at, at + size);
  const after = values.slice(at + size);
  const without = withoutTrailingZeros([...before, ...after]);
  if (stretch.every((value) => value === 0)) return [without];
  return [withoutTrailingZeros([...before, ...stretch.map(() => 0), ...after]), without];
}

function withoutTrailingZeros(values: readonly number[]): readonly number[] {
  return values.slice(0, values.findLastIndex((value) => value !== 0) + 1);
}

/** The violation without the time or number that it names. */
export function kindOf(violation: string): string {
  return violation.replace(/[\d:.TZ-]+/g, '#');
}
