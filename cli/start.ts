// `npm start`: builds the functions, brings the local suite up, lets an app write sessions while BigQuery fails for
// a while, and shows what became of each of them. Then it stays up, unless told `--once`.
import { setTimeout as sleep } from 'node:timers/promises';
import { BigQuery } from '@google-cloud/bigquery';
import { initializeApp } from 'firebase-admin/app';
import { getFirestore, type Firestore } from 'firebase-admin/firestore';
import { startSuite, type Suite } from '../emulators/suite.ts';
import { matchPath } from '../functions/steps/source.ts';
import { sessions as sessionsPipeline } from '../functions/pipelines/sessions.ts';
import { parseFlagsOrExit } from './args.ts';
import { takeAccount, type Account } from './demo/account.ts';
import { describeAccount, describeSample, describeWhatNext } from './demo/describe.ts';
import { readInputFile, type InputDocument } from './demo/input-file.ts';
import { planSessions } from './demo/plan.ts';
import { nothingWritten, writeInput, writePlanned, type Written } from './demo/workload.ts';
import { buildFunctions, DIST, fail } from './local-suite.ts';
import { DATASET, provision } from './provision.ts';
import { createProgress, paint } from './terminal.ts';

/** Two sweeps fit in. */
const PATIENCE_MS = 12 * 60_000;

const { values: flags } = parseFlagsOrExit({
  usage: 'npm start -- [flags]',
  summary:
    'Runs the pipeline end to end on this machine: the suite, the built functions and a demo workload.\n' +
    'Exit code with --once: 0 when nothing is lost, doubled or pending, 1 otherwise, 2 for a wrong flag or input.',
  flags: {
    sessions: {
      value: 'N',
      integer: { min: 1, max: 1_000_000 },
      default: '1000',
      help: 'Sessions the app writes.',
    },
    seed: {
      value: 'N',
      integer: { min: 0, max: 4_294_967_295 },
      default: '1',
      help: 'Another seed, other sessions.',
    },
    input: { value: 'FILE', help: 'NDJSON of Firestore REST documents to write instead of generated ones.' },
    'no-faults': { help: 'BigQuery never fails.' },
    once: { help: 'Exit when the demo is done.' },
    json: { help: 'Print the result as one JSON object on the last line of standard output.' },
    'port-offset': {
      value: 'N',
      integer: { min: 0, max: 50_000 },
      default: '0',
      help: 'Added to every port.',
    },
  },
});

interface Run {
  readonly suite: Suite;
  readonly firestore: Firestore;
  readonly bigquery: BigQuery;
  readonly written: Written;
}

const startedAt = Date.now();
const progress = createProgress();
/** Lines of the suite and of the functions are shown when the demo is over, so that its screen stays readable. */
let showLogs = false;

async function main(): Promise<void> {
  const input = flags.input === undefined ? undefined : await readInputFile(flags.input);
  buildFunctions();
  console.log('Starting the suite: Firestore, BigQuery, Cloud Tasks, the functions and the hub …');
  const suite = await startSuite({
    portOffset: flags['port-offset'],
    functionsDir: DIST,
    log: (line) => showLogs && console.error(paint('dim', line)),
    prepare: ({ project, env }) => provision({ project, env }),
  });
  Object.assign(process.env, suite.env);
  stopOnSignal(suite);

  const run: Run = {
    suite,
    firestore: getFirestore(initializeApp({ projectId: suite.project })),
    bigquery: new BigQuery({ projectId: suite.project, apiEndpoint: suite.env['BIGQUERY_EMULATOR_HOST']! }),
    written: nothingWritten(),
  };
  const account = await demo(run, input);
  const seconds = Math.round((Date.now() - startedAt) / 100) / 10;

  console.log(describeAccount(account, run.written, seconds));
  console.log(await describeSample(run.bigquery, DATASET));
  const whole = account.lost === 0 && account.duplicates === 0 && account.pending === 0;
  if (!flags.once) console.log(describeWhatNext(suite, DATASET));
  if (flags.json) {
    const { reasons, ...counts } = account;
    console.log(JSON.stringify({ ...counts, reasons: Object.fromEntries(reasons), seconds }));
  }
  showLogs = true;
  if (!flags.once) return;
  await suite.close();
  process.exit(whole ? 0 : 1);
}

function stopOnSignal(suite: Suite): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      progress.end();
      void suite.close().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
    });
  }
}

async function demo(run: Run, input: readonly InputDocument[] | undefined): Promise<Account> {
  const { suite, firestore, written } = run;
  const total = input?.length ?? flags.sessions;
  let broken = flags['no-faults'];
  const ticker = setInterval(() => {
    if (!broken && written.sessions >= total / 3) {
      broken = true;
      breakBigQuery(suite, total);
    }
    progress.show(`${written.sessions} of ${total} sessions written${underWay(suite)}`);
  }, 50);
  const host = suite.env['FIRESTORE_EMULATOR_HOST']!;
  const isSession = (name: string) => matchPath(sessionsPipeline.document, name) !== undefined;
  const target = { host, project: suite.project, file: flags.input ?? '' };
  try {
    if (input) await writeInput(target, input, isSession, written);
    else await writePlanned(firestore, planSessions(flags.sessions, flags.seed), written);
  } finally {
    clearInterval(ticker);
  }
  await waitUntilQuiet(run);
  progress.end();
  return takeAccount(run.bigquery, firestore, DATASET, suite.secrets['PSEUDONYMIZATION_SALT'] ?? '', written);
}

function underWay({ eventarc, faults }: Suite): string {
  const failed = faults.list().reduce((sum, fault) => sum + fault.hits, 0);
  return `, ${eventarc.pending()} events under way${failed > 0 ? `, ${failed} inserts failed` : ''}`;
}

/** A while in which some inserts are refused, and some are answered with an error *after* they were stored. */
function breakBigQuery({ faults }: Suite, total: number): void {
  const count = Math.min(75, Math.max(2, Math.round(total * 0.03)));
  const fault = { service: 'bigquery', method: 'insertAll', status: 503, reason: 'backendError', count };
  faults.add({ ...fault, phase: 'before' });
  faults.add({ ...fault, phase: 'after' });
}

/** Until no event, task or pending failure is left. What no task brings back is the scheduled sweep's to find. */
async function waitUntilQuiet({ suite, firestore }: Run): Promise<void> {
  const pending = firestore.collection('bigquerySyncFailures').where('status', '==', 'pending').count();
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const delivering = suite.eventarc.pending() > 0;
    const waiting = delivering ? 0 : (await pending.get()).data().count;
    if (!delivering && waiting === 0 && suite.tasks.pendingCount() === 0) return;
    const failures =
      waiting > 0 ? `, ${waiting} failures wait for their retry (10 a second: queue.yaml)` : '';
    progress.show(`All sessions written${underWay(suite)}${failures}`);
    await sleep(100);
  }
}

try {
  await main();
} catch (error) {
  progress.end();
  fail(error);
}
