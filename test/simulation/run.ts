// One schedule: a world, its faults, calm, and the final checks. Same tape, same trace hash.
import type { ReconcileReport } from '../../functions/steps/reconcile-report.ts';
import { Faults, type CallKind, type Plan } from './faults.ts';
import { Invariants } from './invariants.ts';
import { Platform, type Variant } from './platform.ts';
import type { Drawn } from './schedule.ts';
import { Scheduler, START, type TimelineLine } from './scheduler.ts';
import type { Situation } from './situations.ts';
import type { FaultClass } from './swarm.ts';
import { App } from './world/app.ts';
import { VirtualBigQuery } from './world/bigquery.ts';
import { Events } from './world/events.ts';
import { VirtualFirestore } from './world/firestore.ts';
import { VirtualQueue } from './world/tasks.ts';
import { startErasures } from './world/erasures.ts';
import { startTicks } from './world/ticks.ts';
import { startVandal } from './world/vandal.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FAULTS_LAST_MS = [10 * MINUTE, HOUR, 5 * HOUR];
const SWEEP_EVERY_MS = 5 * MINUTE;
/** Everything is healed this long after the last fault: the longest backoffs and pauses fit in. */
export const HEALED_WITHIN_MS = 14 * HOUR;
/** Longer than a reconcile leaves a document to its own event. */
const SETTLED_MS = 16 * MINUTE;
/** Reconciles that may be needed until one finds nothing missing: what one sends may have to wait for a retry. */
const MOST_RECONCILES = 8;

const KEYS = [
  { version: 1, secret: 'the-f1rst-key-of-the-simulation-0123' },
  { version: 2, secret: 'the-s3cond-key-of-the-simulation-456' },
];

const ignore = () => {};

export interface RunOptions extends Drawn {
  readonly variant?: Variant | undefined;
  /** Faults of chosen calls instead of the tape's. */
  readonly plan?: Plan | undefined;
  /** Keep a timeline. */
  readonly recording?: boolean | undefined;
}

export interface RunResult {
  readonly violation: string | undefined;
  readonly traceHash: string;
  readonly steps: number;
  /** Calls to services, and how many of them came before the reconciles at the end. */
  readonly calls: readonly CallKind[];
  readonly callsBeforeReconcile: number;
  /** Virtual time until everything was at rest, in ms. */
  readonly lastedMs: number;
  /** Fault classes that did something. */
  readonly struck: ReadonlySet<FaultClass>;
  readonly situations: ReadonlySet<Situation>;
  /** Completed versions, and what became of them. */
  readonly versions: Invariants['counts'];
  readonly rawRows: number;
  readonly duplicateRows: number;
  readonly timeline: readonly TimelineLine[];
}

export async function runSchedule({
  faults: on,
  tape,
  variant,
  plan,
  recording,
}: RunOptions): Promise<RunResult> {
  const scheduler = new Scheduler(recording);
  const faults = new Faults(on, tape, scheduler, plan);
  const now = () => scheduler.now;
  const invariants = new Invariants(() => ({ firestore, bigquery, queue, faults, keys: KEYS }));
  const firestore = new VirtualFirestore(now, invariants);
  const bigquery = new VirtualBigQuery(now, faults);
  const queue: VirtualQueue = new VirtualQueue({
    now,
    after: (delayMs, label, run) => scheduler.after(delayMs, label, run),
    tombstoneMs: faults.tombstoneMs,
    fate() {
      const lost = (['none', 'never arrives', 'spent', 'purged'] as const)[faults.strikes('taskLosses', 3)]!;
      return lost === 'none'
        ? (['none', 'twice', 'late'] as const)[faults.strikes('taskDuplicates', 2)]!
        : lost;
    },
    call(claim, ended) {
      const body = JSON.parse(JSON.stringify({ v: 1, ...claim })) as unknown;
      invariants.clean('a task', JSON.stringify(body));
      const seen = firestore.record(claim.failureId);
      platform.start(
        'task',
        { claim },
        (context) =>
          platform.handlers.retryFailure(context, { method: 'POST', authorization: 'Bearer x', body }),
        (result, by) => {
          if (result) invariants.taskAnswered(claim, result.value, { seen, by });
          ended(result?.value.status === 200);
        },
      );
    },
    made: (name, claim) => invariants.taskMade(name, claim),
    refused: () => faults.struck.add('tombstones'),
  });
  const platform = new Platform(
    {
      scheduler,
      faults,
      invariants,
      firestore,
      bigquery,
      queue,
      keys: KEYS,
      userActs: (act) => app.actNow(act),
    },
    variant,
  );

  const events = new Events({
    scheduler,
    faults,
    invariants,
    call: (document, ended) =>
      platform.start(
        'event',
        document,
        (context, { pipeline }) => platform.handlers.syncDocument(context, pipeline, document),
        (result) => ended(result !== undefined),
      ),
  });

  const app = new App({
    tape,
    faults,
    scheduler,
    firestore,
    invariants,
    completed: (document) => events.send(document),
  });
  startVandal({ tape, faults, scheduler, firestore, invariants });
  startTicks(
    { scheduler, faults },
    {
      everyMs: SWEEP_EVERY_MS,
      isNeeded: () => firestore.hasDue(scheduler.now),
      tick: () => platform.start('sweep', {}, (context) => platform.handlers.sweepFailures(context), ignore),
      missed: () => invariants.situations.add('a sweep missed while a failure waits'),
    },
  );
  const reconcile = () =>
    new Promise<ReconcileReport | undefined>((resolve) => {
      platform.start(
        'reconcile',
        {},
        (context, { pipeline }) => platform.handlers.reconcile(context, pipeline),
        (result) => resolve(result?.value),
      );
    });
  for (let i = 0; faults.has('reconcileTicks') && i < 3; i++) {
    scheduler.after(tape.upTo(6) * 7 * MINUTE, '', () => {
      for (let times = faults.strikes('reconcileTicks', 2); times > 0; times--) void reconcile();
    });
  }
  for (let i = 0; faults.has('operatorReplays') && i < 3; i++) {
    scheduler.after(tape.upTo(6) * 7 * MINUTE, '', () => {
      for (const entry of firestore.records) {
        if (entry.failure.status === 'pending') continue;
        for (let operators = faults.strikes('operatorReplays', 2); operators > 0; operators--) {
          platform.start(
            'replay',
            { path: entry.failure.documentPath },
            (context) => platform.handlers.replayFailure(context, entry, 'an operator'),
            ignore,
          );
        }
      }
    });
  }
  const requests = startErasures({
    tape,
    faults,
    scheduler,
    firestore,
    platform,
    invariants,
    app,
  });
  const isAtRest = () =>
    app.waiting === 0 &&
    requests.waiting === 0 &&
    !firestore.erasures.some(({ erasure }) => erasure.nextAt !== null) &&
    events.waiting === 0 &&
    platform.alive === 0 &&
    queue.waiting.length === 0 &&
    !firestore.hasOpen();
  const isOver = () => invariants.violation !== undefined || isAtRest();

  const checkRest = (reconciled: boolean) => {
    if (invariants.violation !== undefined) return;
    invariants.atRest(reconciled);
    if (!isAtRest()) invariants.violate('not at rest in time');
    if (platform.openTimers > 0) invariants.violate('a timer that outlives the work');
  };

  await scheduler.run(START + FAULTS_LAST_MS[tape.upTo(FAULTS_LAST_MS.length)]!, isOver);
  faults.calm();
  scheduler.note('calm');
  await scheduler.run(Math.max(scheduler.now, events.lastAt) + HEALED_WITHIN_MS, isOver);
  checkRest(false);
  const callsBeforeReconcile = faults.calls.length;
  for (let i = 0, done = false; !done && invariants.violation === undefined; i++) {
    if (i === MOST_RECONCILES) invariants.violate('reconciles that never find all where it has to be');
    scheduler.skip(SETTLED_MS);
    const written = firestore.appWriteCount;
    let report: ReconcileReport | undefined;
    void reconcile().then((found) => (report = found));
    await scheduler.run(scheduler.now + HEALED_WITHIN_MS, isOver);
    done = report?.missing === 0 && report.waiting === 0 && firestore.appWriteCount === written;
    if (report && done) invariants.checkReport(report);
  }
  checkRest(true);

  return {
    violation: invariants.violation,
    traceHash: scheduler.traceHash,
    steps: scheduler.steps,
    calls: faults.calls,
    callsBeforeReconcile,
    lastedMs: scheduler.now - START,
    struck: faults.struck,
    situations: invariants.situations,
    versions: invariants.counts,
    rawRows: bigquery.rows.length,
    duplicateRows: bigquery.rows.length - new Set(bigquery.rows.map(({ insertId }) => insertId)).size,
    timeline: scheduler.timeline,
  };
}
