// `npm run bench:cold`: from the start of a process to its first row and its first answer, function by function.
import { parseFlagsOrExit } from '../cli/args.ts';
import { fail } from '../cli/local-suite.ts';
import { createProgress, table } from '../cli/terminal.ts';
import { drive, type Sent } from './shared/drive.ts';
import { startEmulators, type Emulators } from './shared/emulators.ts';
import { failSessions } from './shared/failures.ts';
import { startFunction, type FunctionProcess, type FunctionSource } from './shared/measured-process.ts';
import { monotonicMs } from './shared/monotonic.ts';
import { mediansBy, round, writeResults, type Figures } from './shared/results.ts';
import { distFlag, prepareDist, prepareVariant, VARIANTS } from './shared/variants.ts';

const { values: flags } = parseFlagsOrExit({
  usage: 'npm run bench:cold --',
  summary:
    'Starts each function in a fresh process under the functions framework and sends it one request as soon as it\n' +
    'listens: time to the listening port, to the first row at BigQuery and to the answer; memory and CPU until then.\n' +
    "The disk cache is warm, Node's compile cache is off. Medians go to stdout, everything to\n" +
    'bench/results/cold.json. Exit code: 0, 1 when a first request failed, 2 for a wrong flag.',
  flags: {
    runs: { value: 'N', integer: { min: 1, max: 100 }, default: '10', help: 'Starts of each function.' },
    ...distFlag,
  },
});

/** A function that is started, and what is sent to it first. */
interface ColdStart {
  readonly variant: string;
  readonly function: string;
  readonly source: FunctionSource;
  readonly prepare: (seed: number) => Promise<Sent>;
}

const SCHEDULED: Sent = { headers: { 'content-type': 'application/json' }, body: Buffer.from('{}') };

const progress = createProgress();
let emulators: Emulators | undefined;
let trigger: FunctionProcess | undefined;
try {
  const dist = prepareDist(flags.dist);
  emulators = await startEmulators();
  trigger = await startFunction(prepareVariant('ours', dist), emulators.env);
  await trigger.listening();
  const starts = coldStarts(dist, emulators, trigger);
  const rounds: Figures[] = [];
  // The first run warms the disk cache, and makes the tables of whoever makes them.
  for (let run = 0; run <= flags.runs; run++) {
    for (const [index, start] of starts.entries()) {
      progress.show(`run ${run} of ${flags.runs}: ${start.variant}, ${start.function}`);
      const figures = await measure(emulators, start, run * 100 + index);
      if (run > 0) rounds.push({ run, variant: start.variant, function: start.function, ...figures });
    }
  }
  progress.end();
  report(rounds);
} catch (error) {
  fail(error);
} finally {
  await trigger?.stop();
  emulators?.close();
}

function coldStarts(dist: string, on: Emulators, recorder: FunctionProcess): ColdStart[] {
  const ours = prepareVariant('ours', dist);
  const event = async (seed: number): Promise<Sent> =>
    (await on.ask('load', { count: 1, seed, kind: 'completion' }))[0]!.event;
  const task = async (seed: number): Promise<Sent> =>
    (await failSessions({ emulators: on, trigger: recorder, count: 1, seed, concurrency: 1 }))[0]!;
  const http = (target: string): FunctionSource => ({ module: ours.module, target, signature: 'http' });
  return [
    ...VARIANTS.map((name) => ({
      variant: name,
      function: 'session_onComplete',
      source: prepareVariant(name, dist),
      prepare: event,
    })),
    {
      variant: 'ours',
      function: 'internal_retryBigQuerySync',
      source: http('internal_retryBigQuerySync'),
      prepare: task,
    },
    ...['internal_sweepSyncFailures', 'internal_reconcileSync'].map((name) => ({
      variant: 'ours',
      function: name,
      source: http(name),
      prepare: async () => SCHEDULED,
    })),
  ];
}

async function measure(on: Emulators, { source, prepare }: ColdStart, seed: number): Promise<Figures> {
  await on.ask('clear');
  const request = await prepare(seed);
  await on.ask('awaitFirstInsert');
  const startedAt = monotonicMs();
  const process = await startFunction(source, { ...on.env, NODE_DISABLE_COMPILE_CACHE: '1' });
  try {
    await process.listening();
    const listeningMs = monotonicMs() - startedAt;
    const { failure } = await drive(process.url, [request], 1);
    const answerMs = monotonicMs() - startedAt;
    if (failure !== undefined) {
      throw new Error(`${source.target} answered its first request with ${failure}\n${process.output()}`);
    }
    const { cpuMs, rssMb, maxRssMb } = await process.usage();
    const firstInsertMs = await on.ask('firstInsert');
    return {
      listeningMs,
      ...(firstInsertMs === undefined ? {} : { firstRowMs: firstInsertMs - startedAt }),
      answerMs,
      cpuMs,
      rssMb,
      maxRssMb,
    };
  } finally {
    await process.stop();
  }
}

function report(rounds: readonly Figures[]): void {
  const medians = mediansBy(rounds, ['variant', 'function']);
  const names = [
    'variant',
    'function',
    'listeningMs',
    'firstRowMs',
    'answerMs',
    'cpuMs',
    'rssMb',
    'maxRssMb',
  ];
  console.log(
    table([
      ['variant', 'function', 'listens ms', 'first row ms', 'answer ms', 'CPU ms', 'RSS MB', 'most RSS MB'],
      ...medians.map((one) => names.map((name) => one[name] ?? '')),
    ]),
  );
  const find = (variant: string) =>
    medians.find((one) => one['variant'] === variant && one['function'] === 'session_onComplete');
  const ratios: Record<string, number> = {};
  for (const name of ['firstRowMs', 'answerMs', 'cpuMs', 'rssMb']) {
    for (const other of ['baseline', 'incumbent']) {
      ratios[`${name}: ours / ${other}`] = round(Number(find('ours')?.[name]) / Number(find(other)?.[name]));
    }
  }
  console.log(`\n${table(Object.entries(ratios))}`);
  console.log(`\n${writeResults('cold', { rounds, medians, ratios })}`);
}
