// `npm run simulate`: as many schedules as you like, the story of one, or the proof that mistakes are found.
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { searchInParallel } from '../test/simulation/parallel.ts';
import { keepRegression } from '../test/simulation/regressions.ts';
import { runSchedule } from '../test/simulation/run.ts';
import { formatSchedule, ofSeed, parseSchedule, type Schedule } from '../test/simulation/schedule.ts';
import { describe, findFailing, shrunkOf, type Failing } from '../test/simulation/search.ts';
import { STORIES, systematicRuns } from '../test/simulation/systematic.ts';
import type { Totals } from '../test/simulation/totals.ts';
import { variantOf, zoo } from '../test/simulation/zoo/index.ts';
import { parseFlagsOrExit } from './args.ts';
import { createProgress, paint, table } from './terminal.ts';

const DEFAULT_SCHEDULES = 20_000;

const { values: flags } = parseFlagsOrExit({
  usage: 'npm run simulate -- [flags]',
  summary:
    'Runs the handlers under seeded faults and checks every promise at every step.\n' +
    'With --seed or --replay alone it tells the story of that one. Exit code 1 when a promise broke.',
  flags: {
    seconds: { value: 'S', integer: { min: 1, max: 86_400 }, help: 'Stop after this time.' },
    schedules: { value: 'N', integer: { min: 1, max: 2_000_000_000 }, help: 'Stop after as many schedules.' },
    workers: {
      value: 'W',
      integer: { min: 1, max: 64 },
      help: 'Threads; one per core unless told otherwise.',
    },
    seed: { value: 'S', integer: { min: 0, max: 2_000_000_000 }, help: 'The first seed, or the only one.' },
    replay: { value: 'TEXT', help: 'One schedule as a failing run printed it, e.g. crash,zombie:0,1,0,2.' },
    systematic: { help: 'One document, every call, every kind of fault, and every pair of them.' },
    mistake: { value: 'TEXT', help: 'Runs the code with this mistake of the zoo; nothing is kept.' },
    zoo: { help: 'Each mistake of the bug zoo, and how many seeds it takes to find it.' },
  },
});

const variant = flags.mistake === undefined ? undefined : orExit(() => variantOf(flags.mistake ?? ''));

if (flags.replay !== undefined) {
  const text = flags.replay;
  await tell(
    orExit(() => parseSchedule(text)),
    'this schedule',
  );
} else if (flags.zoo) await tellZoo();
else if (flags.systematic) await tellSystematic();
else if (flags.seed !== undefined && flags.seconds === undefined && flags.schedules === undefined) {
  const drawn = ofSeed(flags.seed);
  const { violation } = await runSchedule({ ...drawn, variant });
  if (violation !== undefined) await tellFailing({ seed: flags.seed, violation });
  else await tell({ faults: drawn.faults, tape: drawn.tape.values }, `seed ${flags.seed}`);
} else await tellMany(flags.seed ?? 1);

async function tell(schedule: Schedule, title: string): Promise<void> {
  const { violation, text } = await describe(schedule, title, variant);
  console.log(text);
  if (violation !== undefined) process.exitCode = 1;
}

async function tellFailing(failing: Failing): Promise<void> {
  const commit = readCommit();
  console.log(
    paint(
      'red',
      `Seed ${failing.seed} broke a promise at commit ${commit}: ${failing.violation}. Shrinking …`,
    ),
  );
  const schedule = await shrunkOf(failing, variant);
  const { violation = failing.violation, text } = await describe(
    schedule,
    `seed ${failing.seed}, shrunk`,
    variant,
  );
  console.log(text);
  process.exitCode = 1;
  if (variant) return;
  const { file, isNew } = keepRegression({
    violation,
    commit,
    note: `seed ${failing.seed}`,
    schedule: formatSchedule(schedule),
  });
  const where = path.relative(process.cwd(), file);
  console.log(
    `\n${where} ${isNew ? 'keeps this schedule' : 'has this schedule already'}. ` +
      'Mend the code, say in its "note" what was wrong, and commit the file with the fix.',
  );
}

async function tellMany(from: number): Promise<void> {
  const { seconds } = flags;
  const count = flags.schedules ?? (seconds === undefined ? DEFAULT_SCHEDULES : undefined);
  const workers = flags.workers ?? availableParallelism();
  const progress = createProgress();
  const startedAt = Date.now();
  const lasted = () => (Date.now() - startedAt) / 1000;
  const rate = ({ schedules }: Totals) => Math.round(schedules / lasted());
  const { totals, failing } = await searchInParallel({
    from,
    count,
    workers,
    mistake: flags.mistake,
    seen: (sofar) => {
      progress.show(`${sofar.schedules} schedules, ${rate(sofar)} a second, no promise broken`);
      return seconds === undefined || lasted() < seconds;
    },
  });
  progress.end();
  if (failing) return tellFailing(failing);
  const { user, system } = process.cpuUsage();
  console.log(
    table([
      ['schedules', totals.schedules],
      ['threads', workers],
      ['a second', rate(totals)],
      ['CPU time of each, in µs', Math.round((user + system) / totals.schedules)],
      ['steps', totals.steps],
      ['completed versions', totals.completed],
      ['of them visible', totals.visible],
      ['of them abandoned, with a reason', totals.abandoned],
      ['of them erased on request', totals.erased],
      ['of them outside the promise', totals.outside],
      ['rows stored', totals.rows],
      ['of them raw duplicates', totals.duplicates],
      ['longest, in virtual hours', Math.round(totals.longestMs / 3_600_000)],
      ['promises broken', 0],
    ]),
  );
}

async function tellZoo(): Promise<void> {
  const progress = createProgress();
  const rows: [string, string | number, string | number][] = [['mistake', 'seeds to find', 'at most']];
  for (const { mistake, within, finds, create } of zoo) {
    progress.show(mistake);
    const found = await findFailing(1, within, create());
    const isFound = found !== undefined && finds.test(found.violation);
    rows.push([mistake, isFound ? found.seed : (found?.violation ?? 'not found'), within]);
    if (!isFound) process.exitCode = 1;
  }
  progress.end();
  console.log(table(rows));
}

async function tellSystematic(): Promise<void> {
  const rows: [string, string | number, string | number][] = [['story', 'schedules', 'promises broken']];
  for (const story of STORIES) {
    const { runs, violations } = await systematicRuns(story);
    rows.push([story.name, runs, violations.length]);
    for (const violation of violations.slice(0, 5)) rows.push([`  ${violation}`, '', '']);
    if (violations.length > 0) process.exitCode = 1;
  }
  console.log(table(rows));
}

function orExit<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

function readCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
