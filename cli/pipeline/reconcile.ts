// `pipeline reconcile`: asks the scheduled function to run now, and shows what it found. The function has the key and
// the rights; nothing of a document passes through here.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReconcileReport, RunRequest } from '../../functions/steps/reconcile-report.ts';
import { UsageError } from '../args.ts';
import { createProgress } from '../terminal.ts';
import type { Connection } from './connect.ts';
import { runSchedule } from './run-schedule.ts';
import { describeReport } from './status.ts';
import { defineVerb } from './verb.ts';

const FUNCTION = 'internal_reconcileSync';
const POLL_MS = 1_000;
/** Above the function's own timeout. */
const PATIENCE_MS = 11 * 60_000;
/** All that a run manages in its time: it goes on with the next. */
const VERIFY_ALL = 1_000_000;

export const reconcileVerb = defineVerb({
  name: 'reconcile',
  summary:
    'Compares Firestore with BigQuery now, sends what is missing, and says what it found.\n' +
    'Exit code 1 when something was missing that is not healed.',
  flags: {
    pipeline: { value: 'NAME', help: 'Only that pipeline.' },
    'verify-all': { help: 'Look up every completed document, whatever the counts say: one read each.' },
    'max-reads': {
      value: 'N',
      integer: { min: 1, max: 1_000_000_000 },
      help: 'Most reads for counting and looking into differences, per run.',
    },
    'dry-run': { help: 'Send nothing; say what is missing.' },
  },
  async run(connection, values) {
    const { context } = connection;
    const names = [...context.pipelines.keys()];
    if (values.pipeline !== undefined && !names.includes(values.pipeline)) {
      throw new UsageError(`--pipeline knows: ${names.join(', ')}.`);
    }
    const wanted = values.pipeline === undefined ? names : [values.pipeline];
    const reports = await reconcile(connection, wanted, values['verify-all'], {
      ...(values['max-reads'] === undefined ? {} : { maxReads: values['max-reads'] }),
      ...(values['dry-run'] ? { dryRun: true } : {}),
    });
    const text = reports.map((report) => describeReport(report, context.now())).join('\n\n');
    const unhealed = reports.some(({ missing, healed }) => missing > healed);
    return { text, json: reports, exitCode: unhealed ? 1 : 0 };
  },
});

/** Each run is one of all pipelines; those that are not verified to their end get another. */
async function reconcile(
  connection: Connection,
  names: readonly string[],
  verifyAll: boolean,
  asked: RunRequest,
): Promise<readonly ReconcileReport[]> {
  const progress = createProgress();
  const reports = new Map<string, ReconcileReport[]>(names.map((name) => [name, []]));
  let verified = 0;
  for (let left = names, first = true; left.length > 0; first = false) {
    const verifying = verifyAll
      ? { verifyReads: VERIFY_ALL, ...(first ? { verifyFromStart: true } : {}) }
      : {};
    progress.show(`Reconciling ${left.join(', ')}${verifyAll ? `, ${verified} verified` : ''} …`);
    const ran = await runOnce(connection, left, { ...asked, ...verifying });
    for (const report of ran) {
      reports.get(report.pipeline)?.push(report);
      verified += report.verified;
    }
    const isLeft = (report: ReconcileReport) =>
      verifyAll && !report.allVerified && !report.dryRun && report.verified > 0;
    left = ran.filter(isLeft).map(({ pipeline }) => pipeline);
  }
  progress.end();
  return [...reports.values()].flat();
}

async function runOnce(
  connection: Connection,
  names: readonly string[],
  request: RunRequest,
): Promise<readonly ReconcileReport[]> {
  const { reports } = connection.context;
  const before = new Map<string, number | undefined>();
  for (const name of names) {
    before.set(name, (await reports.last(name))?.startedAt.getTime());
    await reports.request(name, request);
  }
  await runSchedule(connection, FUNCTION);
  const ran: ReconcileReport[] = [];
  const end = Date.now() + PATIENCE_MS;
  for (const name of names) {
    for (;;) {
      const report = await reports.last(name);
      if (report && report.startedAt.getTime() !== before.get(name)) {
        ran.push(report);
        break;
      }
      if (Date.now() >= end) {
        throw new Error(`${FUNCTION} wrote no report within ${PATIENCE_MS / 60_000} minutes: see its logs.`);
      }
      await sleep(POLL_MS);
    }
  }
  return ran;
}
