// `npm run bench:scale`: one instance and very many documents: whether a document costs the same after a million, and
// whether memory stays bounded.
import { parseFlagsOrExit } from '../cli/args.ts';
import { fail } from '../cli/local-suite.ts';
import { createProgress, table } from '../cli/terminal.ts';
import { startEmulators, type Emulators } from './shared/emulators.ts';
import { startFunction, type FunctionProcess } from './shared/measured-process.ts';
import { figuresTable, type Columns } from './shared/figures-table.ts';
import { mediansBy, round, writeResults, type Figures } from './shared/results.ts';
import { runRound } from './shared/round.ts';
import { distFlag, prepareDist, prepareVariant, type Variant } from './shared/variants.ts';

/** Documents that are loaded, sent and checked together; then the emulators are emptied. */
const CHUNK = 5_000;
/** Up to here a document belongs to the first, the second, … stage. */
const MARKS = [10_000, 100_000, 1_000_000];

const { values: flags } = parseFlagsOrExit({
  usage: 'npm run bench:scale --',
  summary:
    'Sends completed sessions through one instance of our function, which is never restarted, and measures CPU and\n' +
    `memory every ${CHUNK.toLocaleString('en')} documents; the emulators are emptied in between. Reports the first\n` +
    '10,000 documents after a warm-up, then those up to 100,000, then the rest. Medians go to stdout, everything to\n' +
    'bench/results/scale.json. Exit code: 0, 1 when a row or a status is missing, 2 for a wrong flag.',
  flags: {
    documents: {
      value: 'N',
      integer: { min: 10_000, max: 10_000_000 },
      default: '1000000',
      help: 'Documents in all.',
    },
    concurrency: {
      value: 'N',
      integer: { min: 1, max: 1_000 },
      default: '80',
      help: 'Events under way at once.',
    },
    ...distFlag,
  },
});

const progress = createProgress();
let emulators: Emulators | undefined;
let running: FunctionProcess | undefined;
try {
  const variant = prepareVariant('ours', prepareDist(flags.dist));
  emulators = await startEmulators();
  running = await startFunction(variant, emulators.env);
  await running.listening();
  const rounds = await runAll(emulators, variant, running);
  progress.end();
  report(rounds);
} catch (error) {
  fail(error);
} finally {
  await running?.stop();
  emulators?.close();
}

async function runAll(on: Emulators, variant: Variant, instance: FunctionProcess): Promise<Figures[]> {
  const common = { emulators: on, variant, running: instance, concurrency: flags.concurrency };
  await runRound({ ...common, documents: CHUNK }); // the code is compiled, connections are open
  const figures: Figures[] = [];
  for (let done = 0; done < flags.documents;) {
    const documents = Math.min(CHUNK, flags.documents - done);
    const measured = await runRound({ ...common, documents });
    const stage = MARKS.find((mark) => done < mark) ?? flags.documents;
    done += documents;
    figures.push({ variant: variant.name, upTo: stage, done, documents, ...measured });
    const { cpuMsPerDocument, rssMb, perSecond } = measured;
    progress.show(
      `${done} of ${flags.documents}: ${cpuMsPerDocument.toFixed(3)} ms each, ${rssMb.toFixed(0)} MB, ${perSecond.toFixed(0)}/s`,
    );
  }
  return figures;
}

function report(rounds: readonly Figures[]): void {
  const medians = mediansBy(rounds, ['variant', 'upTo']);
  const columns: Columns = [
    ['documents', 'upTo'],
    ['CPU ms/doc', 'cpuMsPerDocument'],
    ['BigQuery req/10k', 'bigqueryRequestsPer10k'],
    ['commits/10k', 'firestoreCommitsPer10k'],
    ['p50 ms', 'p50Ms'],
    ['p99 ms', 'p99Ms'],
    ['docs/s', 'perSecond'],
    ['RSS MB', 'rssMb'],
  ];
  console.log(figuresTable(medians, columns));
  const [first] = medians;
  const last = medians.at(-1);
  const ratios = {
    'CPU: last stage / first 10,000': round(
      Number(last?.['cpuMsPerDocument']) / Number(first?.['cpuMsPerDocument']),
    ),
    'most RSS, MB': Math.max(...rounds.map((one) => Number(one['maxRssMb']))),
  };
  console.log(`\n${table(Object.entries(ratios))}`);
  console.log(`\n${writeResults('scale', { rounds, medians, ratios })}`);
}
