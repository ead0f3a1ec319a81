// `npm run bench:retry`: an outage of BigQuery and the drain after it: what a failure costs to record, and to retry.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseFlagsOrExit } from '../cli/args.ts';
import { fail } from '../cli/local-suite.ts';
import { createProgress } from '../cli/terminal.ts';
import { parseQueueYaml } from '../emulators/tasks/queue-yaml.ts';
import { drive, quantile, type Sent } from './shared/drive.ts';
import { startEmulators, type Emulators } from './shared/emulators.ts';
import { failSessions } from './shared/failures.ts';
import { startFunction, type FunctionProcess } from './shared/measured-process.ts';
import { figuresTable, type Columns } from './shared/figures-table.ts';
import { mediansBy, writeResults, type Figures } from './shared/results.ts';
import { measure } from './shared/round.ts';
import { distFlag, prepareDist, prepareVariant } from './shared/variants.ts';

/** Failures that are measured together: one line in the file of results. */
const CHUNK = 2_500;

/** Below those after which a failure is abandoned. */
const MAX_ATTEMPTS = 5;

const { values: flags } = parseFlagsOrExit({
  usage: 'npm run bench:retry --',
  summary:
    'Completes sessions while BigQuery is down, so that the deployed trigger records a failure for each, then sends\n' +
    'the tasks that it enqueued to the deployed retry function, with the tokens of the queue. The bench sends them\n' +
    'itself, so that the function is measured and not the rate of queue.yaml. Medians over chunks go to stdout,\n' +
    'everything to bench/results/retry.json. Exit code: 0, 1 when a failure is left over, 2 for a wrong flag.',
  flags: {
    failures: {
      value: 'N',
      integer: { min: 100, max: 1_000_000 },
      default: '50000',
      help: 'Failures to record and to drain.',
    },
    concurrency: {
      value: 'N',
      integer: { min: 1, max: 1_000 },
      default: '80',
      help: 'Events, then tasks, under way at once.',
    },
    ...distFlag,
  },
});

const progress = createProgress();
let emulators: Emulators | undefined;
const running: FunctionProcess[] = [];
try {
  const ours = prepareVariant('ours', prepareDist(flags.dist));
  emulators = await startEmulators();
  const trigger = await startFunction(ours, emulators.env);
  running.push(trigger);
  await trigger.listening();
  const recorded = await recordAll(emulators, trigger);
  const retry = await startFunction(
    { ...ours, target: 'internal_retryBigQuerySync', signature: 'http' },
    emulators.env,
  );
  running.push(retry);
  await retry.listening();
  const drained = await drainAll(emulators, retry, recorded.tasks);
  progress.end();
  report([...recorded.figures, ...drained]);
} catch (error) {
  fail(error);
} finally {
  await Promise.all(running.map((process) => process.stop()));
  emulators?.close();
}

async function recordAll(
  on: Emulators,
  trigger: FunctionProcess,
): Promise<{ figures: Figures[]; tasks: Sent[] }> {
  const figures: Figures[] = [];
  const tasks: Sent[] = [];
  while (tasks.length < flags.failures) {
    progress.show(`recording failures: ${tasks.length} of ${flags.failures}`);
    const count = Math.min(CHUNK, flags.failures - tasks.length);
    const { result, ...measured } = await measure(on, trigger, count, async (begin, end) => {
      const outage = { emulators: on, trigger, count, seed: tasks.length + 1, begin, end };
      return failSessions({ ...outage, concurrency: flags.concurrency });
    });
    tasks.push(...result);
    figures.push({ run: figures.length + 1, stage: 'record', documents: count, ...measured });
  }
  return { figures, tasks };
}

async function drainAll(on: Emulators, retry: FunctionProcess, tasks: readonly Sent[]): Promise<Figures[]> {
  const figures: Figures[] = [];
  for (let from = 0; from < tasks.length; from += CHUNK) {
    progress.show(`draining: ${from} of ${tasks.length}`);
    const chunk = tasks.slice(from, from + CHUNK);
    const { result, ...measured } = await measure(on, retry, chunk.length, async (begin, end) => {
      await begin();
      const first = await drive(retry.url, chunk, flags.concurrency);
      await sendAgain(retry, first.refused);
      await end();
      return first;
    });
    const { refused, latenciesMs, wallMs } = result;
    figures.push({
      run: figures.length + 1,
      stage: 'drain',
      documents: chunk.length,
      ...measured,
      p50Ms: quantile(latenciesMs, 0.5),
      p99Ms: quantile(latenciesMs, 0.99),
      perSecond: (chunk.length * 1000) / wallMs,
      refusedPer10k: (refused.length * 10_000) / chunk.length,
    });
  }
  await checkDrained(on, tasks.length);
  return figures;
}

/** As the queue does, without its pauses: what is answered with anything but 2xx comes again. */
async function sendAgain(retry: FunctionProcess, refused: readonly Sent[]): Promise<void> {
  let left = refused;
  for (let attempt = 2; left.length > 0; attempt++) {
    const driven = await drive(retry.url, left, flags.concurrency);
    left = driven.refused;
    if (left.length > 0 && attempt === MAX_ATTEMPTS) {
      throw new Error(
        `A task was answered with ${driven.failure} for the ${attempt}th time\n${retry.output()}`,
      );
    }
  }
}

/** Each document has its row and says so, and each record is closed. */
async function checkDrained(on: Emulators, count: number): Promise<void> {
  const found = {
    rows: await on.ask('rows', { table: 'sessions', key: 'session_id' }),
    statuses: await on.ask('synced'),
    'closed failures': await on.ask('resolvedFailures'),
  };
  for (const [what, number] of Object.entries(found)) {
    if (number !== count) throw new Error(`${number} ${what} after ${count} failures were drained`);
  }
}

function report(rounds: readonly Figures[]): void {
  const medians = mediansBy(rounds, ['stage']);
  const columns: Columns = [
    ['stage', 'stage'],
    ['CPU ms/failure', 'cpuMsPerDocument'],
    ['BigQuery req/10k', 'bigqueryRequestsPer10k'],
    ['commits/10k', 'firestoreCommitsPer10k'],
    ['writes/failure', 'firestoreWritesPerDocument'],
    ['reads/failure', 'firestoreReadsPerDocument'],
    ['p50 ms', 'p50Ms'],
    ['p99 ms', 'p99Ms'],
    ['failures/s', 'perSecond'],
    ['refused/10k', 'refusedPer10k'],
    ['RSS MB', 'rssMb'],
  ];
  console.log(figuresTable(medians, columns));
  const rate = queueRate();
  const ratios = { queuePerSecond: rate, hoursAtQueueRate: flags.failures / rate / 3600 };
  console.log(
    `\n${flags.failures} failures at the ${rate}/s of queue.yaml: ${ratios.hoursAtQueueRate.toFixed(1)} hours`,
  );
  console.log(`\n${writeResults('retry', { rounds, medians, ratios })}`);
}

function queueRate(): number {
  const file = path.join(import.meta.dirname, '..', 'queue.yaml');
  const queue = parseQueueYaml(readFileSync(file, 'utf8'), file).find(
    ({ name }) => name === 'bigquery-sync-queue',
  );
  if (!queue) throw new Error('queue.yaml has no bigquery-sync-queue');
  return queue.rateLimits.maxDispatchesPerSecond;
}
