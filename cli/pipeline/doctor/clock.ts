// The clocks: ours beside the one that Google's answers tell, since tokens and the versions of documents hang on time;
// locally, how far the suite's clock was set ahead.
import type { Check, Finding, Say } from './finding.ts';

const MAX_OFFSET_MS = 10_000;

/** `offsetMs`: our clock minus the other; undefined when no answer told the time. */
export function judgeClock(say: Say, offsetMs: number | undefined): readonly Finding[] {
  if (offsetMs === undefined) return [say('unknown', 'no answer told the time', 'try again')];
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  if (Math.abs(offsetMs) <= MAX_OFFSET_MS)
    return [say('ok', `this machine's clock is right to ${Math.max(1, seconds)} s`)];
  const direction = offsetMs > 0 ? 'ahead' : 'behind';
  return [
    say(
      'error',
      `this machine's clock is ${seconds} s ${direction}`,
      'set it: tokens are refused, and ages are wrong',
    ),
  ];
}

/** After the other checks: their answers tell the time. */
export function clockCheck(offsetsMs: () => readonly (number | undefined)[]): Check {
  return {
    area: 'Clock',
    async look(say) {
      const told = offsetsMs().filter((offset) => offset !== undefined);
      // The answer that came fastest is the nearest to the truth, and delay only ever adds to the difference.
      return judgeClock(say, told.toSorted((a, b) => Math.abs(a) - Math.abs(b))[0]);
    },
  };
}

export function suiteClockCheck(hub: string): Check {
  return {
    area: 'Clock',
    async look(say) {
      const { offsetMs } = (await (await fetch(`${hub}/clock`)).json()) as { offsetMs: number };
      const seconds = Math.round(offsetMs / 1000);
      return [
        offsetMs <= MAX_OFFSET_MS
          ? say('ok', "the suite's clock is that of this machine")
          : say('warning', `the suite's clock was set ${seconds} s ahead`, 'start the suite anew'),
      ];
    },
  };
}
