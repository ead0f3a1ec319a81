// `npm start`: builds the functions, brings the local suite up, lets an app write sessions while BigQuery fails for
// a while, and shows what became of each of them. Then it stays up, unless told `--once`.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { BigQuery } from '@google-cloud/bigquery';
import { initializeApp } from 'firebase-admin/app';
import { getFirestore, type Firestore } from 'firebase-admin/firestore';
import { startSuite, type Suite } from '../emulators/suite.ts';
import { matchPath } from '../functions/steps/source.ts';
import { sessions as sessionsPipeline } from '../functions/pipelines/sessions.ts';
import { parseFlagsOrExit } from './args.ts';
import { takeAccount, type Account } from './demo/account.ts';
import { InputError, readInputFile, type InputDocument } from './demo/input-file.ts';
import { planSessions } from './demo/plan.ts';
import { nothingWritten, writeInput, writePlanned, type Written } from './demo/workload.ts';
import { provision } from './provision.ts';
import { createProgress, paint, table } from './terminal.ts';

const DATASET = 'analytics_production';

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

try {
  await main();
} catch (error) {
  progress.end();
  console.error(paint('red', error instanceof Error ? error.message : String(error)));
  process.exit(error instanceof InputError ? 2 : 1);
}

async function main(): Promise<void> {
  const input = flags.input === undefined ? undefined : await readInputFile(flags.input);
  build();
  console.log('Starting the suite: Firestore, BigQuery, Cloud Tasks, the functions and the hub …');
  const suite = await startSuite({
    portOffset: flags['port-offset'],
    functionsDir: path.join(import.meta.dirname, '..', 'dist'),
    log: () => undefined,
    prepare: ({ project, env }) => provision({ project, env, dataset: DATASET }),
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

  console.log(describeAccount(account, run, seconds));
  console.log(await describeSample(run.bigquery));
  const whole = account.lost === 0 && account.duplicates === 0 && account.pending === 0;
  if (!flags.once) console.log(describeWhatNext(suite));
  if (flags.json) {
    const { reasons, ...counts } = account;
    console.log(JSON.stringify({ ...counts, reasons: Object.fromEntries(reasons), seconds }));
  }
  if (!flags.once) return;
  await suite.close();
  process.exit(whole ? 0 : 1);
}

function build(): void {
  const built = spawnSync(process.execPath, [path.join(import.meta.dirname, 'build.ts')], {
    stdio: 'inherit',
  });
  if (built.status !== 0) throw new Error('The functions do not build; see above.');
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
  let fault = '';
  const ticker = setInterval(() => {
    if (!flags['no-faults'] && fault === '' && written.sessions >= total / 3)
      fault = breakBigQuery(suite, total);
    progress.show(
      `${written.sessions} of ${total} sessions written, ${suite.eventarc.pending()} events under way${fault}`,
    );
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

/** A while in which some inserts are refused, and some are answered with an error *after* they were stored. */
function breakBigQuery(suite: Suite, total: number): string {
  const hits = Math.min(75, Math.max(2, Math.round(total * 0.03)));
  const fault = {
    service: 'bigquery',
    method: 'insertAll',
    status: 503,
    reason: 'backendError',
    count: hits,
  };
  suite.faults.add({ ...fault, phase: 'before' });
  suite.faults.add({ ...fault, phase: 'after' });
  return `, BigQuery failed ${hits} inserts and answered ${hits} with an error after storing them`;
}

/** Until no event, task or pending failure is left. A failure without a task is the sweep's: it is run by hand. */
async function waitUntilQuiet({ suite, firestore }: Run): Promise<void> {
  const pending = firestore.collection('bigquerySyncFailures').where('status', '==', 'pending').count();
  const patienceMs = 10 * 60_000;
  for (const since = Date.now(); Date.now() - since < patienceMs;) {
    await suite.idle();
    const waiting = (await pending.get()).data().count;
    if (waiting === 0 && suite.tasks.pendingCount() === 0) return;
    progress.show(
      `All sessions written; ${waiting} failures wait for their retry (10 a second, as queue.yaml says)`,
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function describeAccount(account: Account, { written }: Run, seconds: number): string {
  const poison = written.poison > 0 ? `  (${written.poison} poison documents were written)` : '';
  const mustBeZero = (count: number) => paint(count === 0 ? 'green' : 'red', String(count));
  const reasons = [...account.reasons].map(([reason, count]) => ['', `${count} × ${reason}`]);
  const rows: (readonly (string | number)[])[] = [
    ['Sessions completed', account.completed],
    ['Sessions skipped (not completed, or deleted before)', account.skipped],
    ['Rows in sessions (raw, at least once)', account.rows],
    ['Rows in sessions_latest (one per session)', account.latest],
    ['Failures retried and resolved', account.resolved],
    ['Failures abandoned', account.abandoned],
    ['Failures pending', account.pending],
  ];
  return [
    '',
    paint('bold', `What became of ${written.sessions} sessions in ${seconds} s`),
    table(rows) + poison,
    ...reasons.map(([, text]) => `      ${text}`),
    `  Lost (must be 0): ${mustBeZero(account.lost)}`,
    `  Duplicates in sessions_latest (must be 0): ${mustBeZero(account.duplicates)}`,
  ].join('\n');
}

const SAMPLE = `SELECT exercise_type, COUNT(*) AS sessions, COUNT(DISTINCT user_id_hash) AS users,
       ROUND(AVG(overall_score), 1) AS score
FROM ${DATASET}.sessions_latest
GROUP BY exercise_type ORDER BY sessions DESC LIMIT 5`;

async function describeSample(bigquery: BigQuery): Promise<string> {
  const [rows] = await bigquery.query(SAMPLE);
  const cells = rows.map((row) => [row.exercise_type, row.sessions, row.users, row.score ?? 'NULL']);
  return `\n${paint('bold', 'A query')}\n${SAMPLE}\n\n${table([['exercise_type', 'sessions', 'users', 'score'], ...cells])}`;
}

function describeWhatNext({ env, project, ports }: Suite): string {
  const firestore = `http://${env['FIRESTORE_EMULATOR_HOST']}/v1/projects/${project}/databases/(default)/documents`;
  const hub = `http://127.0.0.1:${ports.hub}`;
  return `
${paint('bold', 'Everything stays up; Ctrl-C ends it')}
${table([
  ['Firestore', env['FIRESTORE_EMULATOR_HOST'] ?? ''],
  ['BigQuery', env['BIGQUERY_EMULATOR_HOST'] ?? ''],
  ['Cloud Tasks', env['CLOUD_TASKS_EMULATOR_HOST'] ?? ''],
  ['Functions', `127.0.0.1:${ports.functions}`],
  ['Hub', `127.0.0.1:${ports.hub}`],
])}

${paint('bold', 'Try')}
  A session of your own:
    curl -X PATCH '${firestore}/users/me/sessions/s1' -H 'Authorization: Bearer owner' -H 'Content-Type: application/json' \\
      -d '{"fields":{"status":{"stringValue":"completed"},"exerciseType":{"stringValue":"squat"},"startTime":{"timestampValue":"2026-09-01T09:00:00Z"},"createdAt":{"timestampValue":"2026-09-01T09:00:00Z"}}}'
  Its row:
    curl -X POST '${env['BIGQUERY_EMULATOR_HOST']}/projects/${project}/queries' -H 'Content-Type: application/json' \\
      -d '{"useLegacySql":false,"query":"SELECT * FROM ${DATASET}.sessions_latest ORDER BY synced_at DESC LIMIT 1"}'
  An outage of BigQuery for a minute:
    curl -X POST ${hub}/faults -d '{"service":"bigquery","method":"insertAll","status":503,"durationMs":60000}'`;
}
