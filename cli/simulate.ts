// `npm run simulate`: as many schedules as you like, or the story of one.
import { execFileSync } from 'node:child_process';
import { runSchedule } from '../test/simulation/run.ts';
import { describeTape, explain, findFailing, type Failing } from '../test/simulation/search.ts';
import { Tape } from '../test/simulation/tape.ts';
import { parseFlagsOrExit } from './args.ts';
import { createProgress, paint, table } from './terminal.ts';

const SHOW_EVERY = 200;

const { values: flags } = parseFlagsOrExit({
  usage: 'npm run simulate -- [flags]',
  summary:
    'Runs the handlers under seeded faults and checks every promise at every step.\n' +
    'With --seed or --tape alone it tells the story of that one schedule. Exit code 1 when a promise broke.',
  flags: {
    seconds: { value: 'S', integer: { min: 1, max: 86_400 }, help: 'Stop after this time.' },
    schedules: { value: 'N', integer: { min: 1, max: 1_000_000_000 }, help: 'Stop after as many schedules.' },
    seed: { value: 'S', integer: { min: 0, max: 4_294_967_295 }, help: 'The first seed, or the only one.' },
    tape: { value: 'LIST', help: 'Decisions as a failing run printed them, e.g. 0,1,0,2.' },
  },
});

if (flags.tape !== undefined) {
  const values = flags.tape
    .split(/[\s,[\]]+/)
    .filter(Boolean)
    .map(Number);
  process.exitCode = await tell(values, 'this tape');
} else if (flags.seed !== undefined && flags.seconds === undefined && flags.schedules === undefined) {
  const tape = Tape.ofSeed(flags.seed);
  const { violation } = await runSchedule({ tape });
  if (violation === undefined) await tell(tape.values, `seed ${flags.seed}`);
  else await tellFailing({ seed: flags.seed, violation });
} else {
  await runMany(flags.seed ?? 1, flags.schedules ?? (flags.seconds === undefined ? 20_000 : Infinity));
}

async function tell(values: readonly number[], title: string): Promise<number> {
  const { violation } = await runSchedule({ tape: Tape.replay(values) });
  console.log(await describeTape(values, title));
  return violation === undefined ? 0 : 1;
}

async function tellFailing(failing: Failing): Promise<void> {
  console.log(paint('red', `A promise broke at commit ${commit()}. Shrinking …`));
  console.log(await explain(failing));
  process.exitCode = 1;
}

async function runMany(from: number, count: number): Promise<void> {
  const progress = createProgress();
  const startedAt = Date.now();
  const seconds = () => (Date.now() - startedAt) / 1000;
  const totals = { schedules: 0, steps: 0, rows: 0, duplicates: 0, longestMs: 0 };
  const failing = await findFailing(from, count, undefined, (result) => {
    totals.schedules++;
    totals.steps += result.steps;
    totals.rows += result.rawRows;
    totals.duplicates += result.duplicateRows;
    totals.longestMs = Math.max(totals.longestMs, result.lastedMs);
    if (totals.schedules % SHOW_EVERY === 0) {
      const rate = Math.round(totals.schedules / seconds());
      progress.show(`${totals.schedules} schedules, ${rate} a second, no promise broken`);
    }
    return flags.seconds === undefined || seconds() < flags.seconds;
  });
  progress.end();
  if (failing) return tellFailing(failing);
  console.log(
    table([
      ['schedules', totals.schedules],
      ['a second', Math.round(totals.schedules / seconds())],
      ['steps', totals.steps],
      ['rows stored', totals.rows],
      ['of them raw duplicates', totals.duplicates],
      ['longest, in virtual hours', Math.round(totals.longestMs / 3_600_000)],
      ['promises broken', 0],
    ]),
  );
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
