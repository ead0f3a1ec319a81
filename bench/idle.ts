// `npm run bench:idle`: what an event costs that asks for nothing: no completion, our own status write, a document
// that was completed before.
import { parseFlagsOrExit } from '../cli/args.ts';
import { fail } from '../cli/local-suite.ts';
import { createProgress, table } from '../cli/terminal.ts';
import { startEmulators, type Emulators, type Loaded } from './shared/emulators.ts';
import { startFunction, startMeasured, type FunctionProcess } from './shared/measured-process.ts';
import { mediansBy, round, writeResults, type Figures } from './shared/results.ts';
import { runRound } from './shared/round.ts';
import type { EventKind } from './shared/sessions.ts';
import { distFlag, prepareDist, prepareProgram, prepareVariant, type Variant } from './shared/variants.ts';

const KINDS: readonly EventKind[] = ['progress', 'status', 'later-change'];
const CONCURRENCY = 80;
/** How often the same events are decided in one process: each decision is far below what can be measured. */
const TIMES = 10;

const { values: flags } = parseFlagsOrExit({
  usage: 'npm run bench:idle --',
  summary:
    'Sends events that ask for nothing to an instance of our function, to a function that does nothing, and to a\n' +
    "handler of firebase-functions that looks at one field; then calls both handlers' exports in a process without\n" +
    'HTTP. Figures are CPU per event, of the process that is measured alone. Medians go to stdout, everything to\n' +
    'bench/results/idle.json. Exit code: 0, 1 when an event failed, 2 for a wrong flag.',
  flags: {
    events: { value: 'N', integer: { min: 100, max: 100_000 }, default: '8000', help: 'Events per round.' },
    runs: {
      value: 'N',
      integer: { min: 1, max: 50 },
      default: '5',
      help: 'Rounds of each variant and kind.',
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
  const rounds: Figures[] = [];
  for (let run = 1; run <= flags.runs; run++) {
    rounds.push(
      ...(await runHttp(emulators, variants, run)),
      ...(await runInProcess(emulators, variants, run)),
    );
  }
  progress.end();
  report(rounds);
} catch (error) {
  fail(error);
} finally {
  emulators?.close();
}

async function runHttp(on: Emulators, variants: readonly Variant[], run: number): Promise<Figures[]> {
  const figures: Figures[] = [];
  const running = new Map<Variant, FunctionProcess>();
  try {
    for (const variant of variants) {
      const process = await startFunction(variant, on.env);
      running.set(variant, process);
      await process.listening();
    }
    for (const [index, kind] of (['progress', ...KINDS] as const).entries()) {
      for (const variant of variants) {
        progress.show(`run ${run} of ${flags.runs}: ${variant.name}, ${index === 0 ? 'warm-up' : kind}`);
        const measured = await runRound({
          emulators: on,
          variant,
          running: running.get(variant)!,
          documents: flags.events,
          concurrency: CONCURRENCY,
          kind,
        });
        const { cpuMsPerDocument: cpuMsPerEvent, p50Ms, rssMb, ...counts } = measured;
        if (
          counts.bigqueryRequestsPer10k + counts.firestoreCommitsPer10k + counts.firestoreReadsPerDocument >
          0
        ) {
          throw new Error(`${variant.name} did something for an event of kind ${kind}`);
        }
        if (index > 0)
          figures.push({ run, variant: variant.name, kind, over: 'HTTP', cpuMsPerEvent, p50Ms, rssMb });
      }
    }
  } finally {
    await Promise.all([...running.values()].map((process) => process.stop()));
  }
  return figures;
}

async function runInProcess(on: Emulators, variants: readonly Variant[], run: number): Promise<Figures[]> {
  const figures: Figures[] = [];
  const decide = prepareProgram('decide');
  for (const variant of variants.filter(({ name }) => name !== 'framework')) {
    const process = startMeasured([decide, variant.module], { ...on.env, FUNCTIONS_EMULATOR: 'true' });
    try {
      await process.message();
      for (const [index, kind] of (['progress', ...KINDS] as const).entries()) {
        progress.show(`run ${run} of ${flags.runs}: ${variant.name} in one process`);
        await on.ask('clear');
        const count = Math.ceil(flags.events / TIMES);
        const loaded = await on.ask('load', { count, seed: run * 10 + index, kind });
        process.send({ events: loaded.map(toFrameworkEvent), times: TIMES });
        const { cpuMsPerEvent } = (await process.message()) as { cpuMsPerEvent: number };
        if (index > 0) {
          figures.push({
            run,
            variant: variant.name,
            kind,
            over: 'no HTTP',
            cpuMsPerEvent,
            p50Ms: 0,
            rssMb: 0,
          });
        }
      }
    } finally {
      await process.stop();
    }
  }
  return figures;
}

/** As the framework hands it to the function: the headers without `ce-`, and the body. */
function toFrameworkEvent({ event: { headers, body } }: Loaded): object {
  const attributes = Object.entries(headers).filter(([name]) => name.startsWith('ce-'));
  return { ...Object.fromEntries(attributes.map(([name, value]) => [name.slice(3), value])), data: body };
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
    const alone = cpu('framework', kind, 'HTTP');
    ratios[`${kind}: (ours − framework) / (firebase-functions − framework)`] = round(
      (cpu('ours', kind, 'HTTP') - alone) / (cpu('decode', kind, 'HTTP') - alone),
    );
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
