// Makes a failing tape shorter and quieter while the same violation stays: fewer faults, shorter story.
import { runSchedule, type RunOptions } from './run.ts';
import { Tape } from './tape.ts';

/** `maxRuns` bounds the work; the result is the best tape found. */
export async function shrink(
  values: readonly number[],
  violation: string,
  options: Omit<RunOptions, 'tape'> = {},
  maxRuns = 2_000,
): Promise<readonly number[]> {
  const kind = kindOf(violation);
  const budget = { runs: 0 };
  const isSpent = () => budget.runs >= maxRuns;
  const fails = async (candidate: readonly number[]) => {
    budget.runs++;
    const result = await runSchedule({ ...options, tape: Tape.replay(candidate) });
    return result.violation !== undefined && kindOf(result.violation) === kind;
  };

  async function simplify(tape: readonly number[], size: number): Promise<readonly number[]> {
    let best = tape;
    for (let at = 0; at < best.length && !isSpent(); at += size) {
      for (const candidate of simpler(best, at, size)) {
        if (!(await fails(candidate))) continue;
        best = candidate;
        break;
      }
    }
    return best;
  }

  let best = values;
  for (;;) {
    const before = best;
    for (let size = Math.ceil(best.length / 2); size >= 1; size = Math.floor(size / 2)) {
      best = await simplify(best, size);
    }
    if (best === before || isSpent()) return best;
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
function kindOf(violation: string): string {
  return violation.replace(/[\d:.TZ-]+/g, '#');
}
