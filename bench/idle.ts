// `npm run bench:idle`: what an event costs that asks for nothing: no completion, our own status write, a document
// that was completed before.
import { parseFlagsOrExit } from '../cli/args.ts';
import { fail } from '../cli/local-suite.ts';
import { createProgress, table } from '../cli/terminal.ts';
import { drive, quantile } from './shared/drive.ts';
import { startEmulators, type Emulators, type Loaded } from './shared/emulators.ts';
import { startFunction, startMeasured, type FunctionProcess } from './shared/measured-process.ts';
import { median, mediansBy, round, writeResults, type Figures } from './shared/results.ts';
import { measure } from './shared/round.ts';
import { rotated } from './shared/rotated.ts';
import type { EventKind } from './shared/sessions.ts';
import { distFlag, prepareDist, prepareProgram, prepareVariant, type Variant } from './shared/variants.ts';

const KINDS: readonly EventKind[] = ['progress', 'status', 'later-change'];
const CONCURRENCY = 80;
const SLICE = 1_000;
const TIMES = 20;

const { values: flags } = parseFlagsOrExit({
  usage: 'npm run bench:idle --',
  summary:
    'Sends events that ask for nothing to an instance of our function, to a function that does nothing, and to a\n' +
    "handler of firebase-functions that looks at one field; then calls both handlers' exports in a process without\n" +
    'HTTP. Figures are CPU per event, of the process that is measured alone. Medians go to stdout, everything to\n' +
    'bench/results/idle.json. Exit code: 0, 1 when an event failed, 2 for a wrong flag.',
  flags: {
    events: {
      value: 'N',
      integer: { min: 100, max: 100_000 },
      default: '8000',
      help: 'Events of each kind.',
    },
    runs: {
      value: 'N',
      integer: { min: 1, max: 50 },
      default: '5',
      help: 'Processes of each variant.',
    },
    ...distFlag,
  },
});

const progress = createProgress();
let emulators: Emulators | undefined;
try {
  const dist = prepareDist(flags.dist);
  const variants = (['framework', 'ours', 'decode'] as const).map((name) => prepareVariant(name, dist));
  emulators = await startEmulators();
  const loaded = await loadAll(emulators);
  const rounds: Figures[] = [];
  for (let run = 1; run <= flags.runs; run++) {
    rounds.push(
      ...(await runHttp(emulators, variants, loaded, run)),
      ...(await runInProcess(emulators, variants, loaded, run)),
    );
  }
  progress.end();
  report(rounds);
} catch (error) {
  fail(error);
} finally {
  emulators?.close();
}

/** The same events for all, in slices that take turns: what else runs on the machine strikes all alike. */
async function runHttp(
  on: Emulators,
  variants: readonly Variant[],
  loaded: ReadonlyMap<EventKind, readonly Loaded[]>,
  run: number,
): Promise<Figures[]> {
  const figures: Figures[] = [];
  const running = new Map<Variant, FunctionProcess>();
  try {
    for (const variant of variants) {
      const process = await startFunction(variant, on.env);
      running.set(variant, process);
      await process.listening();
      progress.show(`run ${run} of ${flags.runs}: warming up ${variant.name}`);
      for (const events of loaded.values()) await send(on, variant, process, events);
    }
    for (const [kind, events] of loaded) {
      progress.show(`run ${run} of ${flags.runs}: ${kind}`);
      for (let from = 0; from < events.length; from += SLICE) {
        for (const variant of rotated(variants, from / SLICE)) {
          const measured = await send(on, variant, running.get(variant)!, events.slice(from, from + SLICE));
          figures.push({ run, slice: from / SLICE, variant: variant.name, kind, over: 'HTTP', ...measured });
        }
      }
    }
  } finally {
    await Promise.all([...running.values()].map((process) => process.stop()));
  }
  return figures;
}

async function send(
  on: Emulators,
  variant: Variant,
  process: FunctionProcess,
  loaded: readonly Loaded[],
): Promise<{ cpuMsPerEvent: number; p50Ms: number; rssMb: number }> {
  const events = loaded.map(({ event }) => event);
  const { result, ...cost } = await measure(on, process, events.length, async (begin, end) => {
    await begin();
    const driven = await drive(process.url, events, CONCURRENCY);
    await end();
    return driven;
  });
  const { failure, latenciesMs } = result;
  if (failure !== undefined) {
    throw new Error(`${variant.name} answered an event with ${failure}\n${process.output()}`);
  }
  if (cost.bigqueryRequestsPer10k + cost.firestoreCommitsPer10k + cost.firestoreReadsPerDocument > 0) {
    throw new Error(`${variant.name} did something for an event that asks for nothing`);
  }
  return { cpuMsPerEvent: cost.cpuMsPerDocument, p50Ms: quantile(latenciesMs, 0.5), rssMb: cost.rssMb };
}

/** Calls the export with the same events several times over: one decision is far below what can be measured. */
async function runInProcess(
  on: Emulators,
  variants: readonly Variant[],
  loaded: ReadonlyMap<EventKind, readonly Loaded[]>,
  run: number,
): Promise<Figures[]> {
  const figures: Figures[] = [];
  const decide = prepareProgram('decide');
  for (const variant of variants.filter(({ name }) => name !== 'framework')) {
    progress.show(`run ${run} of ${flags.runs}: ${variant.name} in one process`);
    const process = startMeasured([decide, variant.module], { ...on.env, FUNCTIONS_EMULATOR: 'true' });
    try {
      await process.message();
      for (const isWarmUp of [true, false]) {
        for (const [kind, all] of loaded) {
          const events = all.slice(0, SLICE).map(toFrameworkEvent);
          process.send({ events, times: TIMES });
          const { cpuMsPerEvent } = (await process.message()) as { cpuMsPerEvent: number };
          if (!isWarmUp) figures.push({ run, variant: variant.name, kind, over: 'no HTTP', cpuMsPerEvent });
        }
      }
    } finally {
      await process.stop();
    }
  }
  return figures;
}

async function loadAll(on: Emulators): Promise<ReadonlyMap<EventKind, readonly Loaded[]>> {
  const loaded = new Map<EventKind, readonly Loaded[]>();
  for (const [seed, kind] of KINDS.entries()) {
    progress.show(`loading events: ${kind}`);
    loaded.set(kind, await on.ask('load', { count: flags.events, seed, kind }));
  }
  return loaded;
}

/** As the framework hands it to the function: the headers without `ce-`, and the body. */
function toFrameworkEvent({ event: { headers, body } }: Loaded): object {
  const attributes = Object.entries(headers).filter(([name]) => name.startsWith('ce-'));
  return { ...Object.fromEntries(attributes.map(([name, value]) => [name.slice(3), value])), data: body };
}

/** What the variant costs more than the framework alone: the median of the differences within each slice. */
function beyondFramework(rounds: readonly Figures[], variant: string, kind: EventKind): number {
  const inSlices = (name: string) =>
    rounds.filter((one) => one['variant'] === name && one['kind'] === kind && one['over'] === 'HTTP');
  const alone = inSlices('framework');
  return median(
    inSlices(variant).map((one, i) => Number(one['cpuMsPerEvent']) - Number(alone[i]?.['cpuMsPerEvent'])),
  );
}

function report(rounds: readonly Figures[]): void {
  const medians = mediansBy(rounds, ['variant', 'kind', 'over']);
  const cpu = (variant: string, kind: string, over: string) =>
    Number(
      medians.find((one) => one['variant'] === variant && one['kind'] === kind && one['over'] === over)?.[
        'cpuMsPerEvent'
      ],
    );
  const ratios: Record<string, number> = {};
  for (const kind of KINDS) {
    const [ours, theirs] = (['ours', 'decode'] as const).map((variant) =>
      beyondFramework(rounds, variant, kind),
    );
    // Where noise is larger than what a handler costs, a ratio would say nothing.
    if (theirs! > 0) {
      ratios[`${kind}: (ours − framework) / (firebase-functions − framework)`] = round(ours! / theirs!);
    }
    ratios[`${kind}, without HTTP: ours / firebase-functions`] = round(
      cpu('ours', kind, 'no HTTP') / cpu('decode', kind, 'no HTTP'),
    );
  }
  console.log(
    table([
      ['variant', 'event', 'measured', 'CPU ms/event'],
      ...medians.map((one) => ['variant', 'kind', 'over', 'cpuMsPerEvent'].map((name) => one[name] ?? '')),
    ]),
  );
  console.log(`\n${table(Object.entries(ratios))}`);
  console.log(`\n${writeResults('idle', { rounds, medians, ratios })}`);
}
