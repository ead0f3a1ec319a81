// `npm run bench:trigger`: what a completed document costs, from its event over HTTP to its row and its status.
import { parseFlagsOrExit } from '../cli/args.ts';
import { fail } from '../cli/local-suite.ts';
import { createProgress, table } from '../cli/terminal.ts';
import { startEmulators, type Emulators } from './shared/emulators.ts';
import { recordRows, runInsertStage } from './shared/insert-stage.ts';
import { startFunction, type FunctionProcess } from './shared/measured-process.ts';
import { figuresTable, type Columns } from './shared/figures-table.ts';
import { mediansBy, round, writeResults, type Figures } from './shared/results.ts';
import { rotated } from './shared/rotated.ts';
import { runRound } from './shared/round.ts';
import {
  distFlag,
  prepareDist,
  prepareProgram,
  prepareVariant,
  VARIANTS,
  type Variant,
} from './shared/variants.ts';
import { readList } from './shared/read-list.ts';

const { values: flags } = parseFlagsOrExit({
  usage: 'npm run bench:trigger --',
  summary:
    'Sends events of completed sessions to one instance of each variant, each in a process of its own under the\n' +
    'functions framework, on the same emulators, and measures the CPU of that process alone, requests, Firestore\n' +
    'commits, latency and memory. Medians go to stdout, everything to bench/results/trigger.json. About 15 minutes.\n' +
    'Exit code: 0, 1 when a row or a status is missing in the end, 2 for a wrong flag.',
  flags: {
    documents: {
      value: 'N',
      integer: { min: 100, max: 100_000 },
      default: '4000',
      help: 'Documents per round; a fourth of it at concurrency 1.',
    },
    runs: {
      value: 'N',
      integer: { min: 1, max: 50 },
      default: '5',
      help: 'Rounds of each variant at each concurrency.',
    },
    concurrency: { value: 'LIST', default: '1,20,80,500', help: 'Events under way at once.' },
    variants: { value: 'LIST', default: VARIANTS.join(','), help: 'What to compare.' },
    delay: {
      value: 'MS',
      integer: { min: 0, max: 10_000 },
      default: '0',
      help: 'Let each call of BigQuery and Firestore take that much longer.',
    },
    'cpu-prof': {
      value: 'DIR',
      help: 'Write V8 profiles of the functions into this folder; figures suffer.',
    },
    ...distFlag,
  },
});

/** Of the insert stage alone: a row costs little, so there must be many. */
const ROWS = 10_000;

const progress = createProgress();
let emulators: Emulators | undefined;
try {
  const names = readList('variants', flags.variants, VARIANTS);
  const concurrencies = readList('concurrency', flags.concurrency).map(Number);
  const dist = prepareDist(flags.dist);
  const variants = names.map((name) => prepareVariant(name, dist));
  emulators = await startEmulators();
  if (flags.delay > 0) await emulators.ask('delay', flags.delay);
  const rounds: Figures[] = [];
  const ours = prepareVariant('ours', dist);
  const program = prepareProgram('insert');
  const stage = { emulators, program, rows: await recordRows(emulators, ours, ROWS) };
  for (let run = 1; run <= flags.runs; run++) {
    rounds.push(...(await runAll(emulators, variants, concurrencies, run)));
    progress.show(`run ${run} of ${flags.runs}: the insert stage alone`);
    rounds.push(...(await runInsertStage(stage, run)));
  }
  progress.end();
  report(rounds);
} catch (error) {
  fail(error);
} finally {
  emulators?.close();
}

/** Fresh processes for each run; within it the variants take turns, so that noise strikes all alike. */
async function runAll(
  on: Emulators,
  variants: readonly Variant[],
  concurrencies: readonly number[],
  run: number,
): Promise<Figures[]> {
  const figures: Figures[] = [];
  const running = new Map<Variant, FunctionProcess>();
  try {
    for (const variant of variants) running.set(variant, await startWarm(on, variant));
    for (const concurrency of concurrencies) {
      const documents = concurrency === 1 ? Math.ceil(flags.documents / 4) : flags.documents;
      for (const variant of rotated(variants, run)) {
        progress.show(`run ${run} of ${flags.runs}: ${variant.name} at concurrency ${concurrency}`);
        const measured = await runRound({
          emulators: on,
          variant,
          running: running.get(variant)!,
          documents,
          concurrency,
        });
        figures.push({ run, variant: variant.name, concurrency, documents, ...measured });
      }
    }
  } finally {
    await Promise.all([...running.values()].map((process) => process.stop()));
  }
  return figures;
}

/** The code is compiled, connections are open, tables exist. */
async function startWarm(on: Emulators, variant: Variant): Promise<FunctionProcess> {
  progress.show(`warming up ${variant.name}`);
  const profile = flags['cpu-prof'];
  const nodeFlags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const process = await startFunction({ ...variant, nodeFlags }, on.env);
  await process.listening();
  const common = { emulators: on, variant, running: process };
  await runRound({ ...common, documents: 20, concurrency: 1 });
  await runRound({ ...common, documents: Math.ceil(flags.documents / 2), concurrency: 80 });
  return process;
}

function report(rounds: readonly Figures[]): void {
  const medians = mediansBy(rounds, ['variant', 'concurrency']);
  const columns: Columns = [
    ['variant', 'variant'],
    ['at once', 'concurrency'],
    ['CPU ms/doc', 'cpuMsPerDocument'],
    ['BigQuery req/10k', 'bigqueryRequestsPer10k'],
    ['commits/10k', 'firestoreCommitsPer10k'],
    ['writes/doc', 'firestoreWritesPerDocument'],
    ['reads/doc', 'firestoreReadsPerDocument'],
    ['p50 ms', 'p50Ms'],
    ['p99 ms', 'p99Ms'],
    ['docs/s', 'perSecond'],
    ['RSS MB', 'rssMb'],
  ];
  console.log(figuresTable(medians, columns));
  const ratios = compare(medians);
  console.log(`\n${table(Object.entries(ratios))}`);
  console.log(
    `\nCPU is that of the function's process alone.\n${writeResults('trigger', { rounds, medians, ratios })}`,
  );
}

/** What the goals are about: ours against the others at each concurrency, with and without the framework's own part. */
function compare(medians: readonly Figures[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  const find = (variant: string, concurrency: number | string | undefined) =>
    medians.find((one) => one['variant'] === variant && one['concurrency'] === concurrency);
  for (const ours of medians.filter((one) => one['variant'] === 'ours')) {
    const at = ours['concurrency'];
    const alone = Number(find('framework', at)?.['cpuMsPerDocument'] ?? 0);
    for (const other of ['baseline', 'incumbent']) {
      const theirs = find(other, at);
      if (!theirs) continue;
      const share = (name: string, less = 0) =>
        round((Number(ours[name]) - less) / (Number(theirs[name]) - less));
      ratios[`CPU at ${at}: ours / ${other}`] = share('cpuMsPerDocument');
      ratios[`CPU at ${at}, without the framework: ours / ${other}`] = share('cpuMsPerDocument', alone);
      ratios[`BigQuery requests at ${at}: ours / ${other}`] = share('bigqueryRequestsPer10k');
      if (other === 'baseline') {
        ratios[`Firestore commits at ${at}: ours / baseline`] = share('firestoreCommitsPer10k');
        ratios[`p50 at ${at}: ours − baseline, ms`] = round(Number(ours['p50Ms']) - Number(theirs['p50Ms']));
      }
    }
  }
  const stage = (variant: string) => Number(find(variant, undefined)?.['cpuMsPerDocument']);
  ratios['insert stage alone: ours / floor'] = round(stage('ours, insert stage alone') / stage('floor'));
  return ratios;
}
