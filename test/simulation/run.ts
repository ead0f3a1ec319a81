// One schedule: a world, its faults, calm, and the final checks. Same tape, same trace hash.
import { sessions } from '../../functions/pipelines/sessions.ts';
import type { CompletedDocument } from '../../functions/handlers/sync-completed.ts';
import { Faults, type CallFault, type FaultClass } from './faults.ts';
import { Invariants, type Situation } from './invariants.ts';
import { Platform, type Variant } from './platform.ts';
import { Scheduler, START, type TimelineLine } from './scheduler.ts';
import { Tape } from './tape.ts';
import { App } from './world/app.ts';
import { VirtualBigQuery } from './world/bigquery.ts';
import { VirtualFirestore } from './world/firestore.ts';
import { VirtualQueue } from './world/tasks.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FAULTS_LAST_MS = [10 * MINUTE, HOUR, 5 * HOUR];
const LATE_MS = [0, 3_000, 2 * MINUTE, 3 * HOUR, 20 * HOUR];
const SWEEP_EVERY_MS = 5 * MINUTE;
const EVENTS_LIVE_MS = 24 * HOUR;
/** Everything is healed this long after the last fault: the longest backoffs of events and tasks fit in. */
export const HEALED_WITHIN_MS = 2 * HOUR;

const KEYS = [
  { version: 1, secret: 'the-f1rst-key-of-the-simulation-0123' },
  { version: 2, secret: 'the-s3cond-key-of-the-simulation-456' },
];

export interface RunOptions {
  readonly tape: Tape;
  readonly variant?: Variant | undefined;
  /** Faults of chosen calls instead of the tape's. */
  readonly plan?: ReadonlyMap<number, CallFault> | undefined;
  readonly on?: readonly FaultClass[] | undefined;
  /** Keep a timeline. */
  readonly recording?: boolean | undefined;
}

export interface RunResult {
  readonly violation: string | undefined;
  readonly traceHash: string;
  readonly steps: number;
  /** Calls to services. */
  readonly calls: number;
  /** Virtual time until everything was at rest, in ms. */
  readonly lastedMs: number;
  readonly faults: readonly FaultClass[];
  readonly situations: ReadonlySet<Situation>;
  readonly rawRows: number;
  readonly duplicateRows: number;
  readonly timeline: readonly TimelineLine[];
}

export async function runSchedule({ tape, variant, plan, on, recording }: RunOptions): Promise<RunResult> {
  const scheduler = new Scheduler(recording);
  const faults = new Faults(tape, scheduler, { plan, on });
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
      platform.start(
        'task',
        (context) =>
          platform.handlers.retryFailure(context, { method: 'POST', authorization: 'Bearer x', body }),
        (result) => ended(result?.value.status === 200),
        claim.generation,
      );
    },
  });
  const platform = new Platform(
    { scheduler, faults, invariants, firestore, bigquery, queue, keys: KEYS },
    variant,
  );

  let events = 0;
  let lastLateAt = START;
  function send(document: CompletedDocument): void {
    const firstAt = scheduler.now;
    const lose = () => {
      events--;
      scheduler.note('an event is lost');
      invariants.lostEvents.add(`${document.path}@${document.updateTime}`);
    };
    const deliver = (delayMs: number, attempt: number) =>
      scheduler.after(delayMs + 5, `event delivered, attempt ${attempt}`, () =>
        platform.start(
          'event',
          (context) => platform.handlers.syncCompleted(context, sessions, document),
          (result) => {
            if (result) events--;
            else if (faults.has('eventsLost') || scheduler.now - firstAt > EVENTS_LIVE_MS) lose();
            else deliver(Math.min(10_000 * 2 ** (attempt - 1), 10 * MINUTE), attempt + 1);
          },
        ),
      );
    const copies = 1 + faults.strikes('eventsTwice', 2);
    for (let i = 0; i < copies; i++) {
      events++;
      const lateMs = LATE_MS[faults.strikes('eventsLate', LATE_MS.length - 1)]!;
      lastLateAt = Math.max(lastLateAt, scheduler.now + lateMs);
      if (faults.strikes('eventsLost')) lose();
      else deliver(lateMs, 1);
    }
  }

  function sweep(): void {
    const ticks = [1, 0, 2][faults.strikes('sweepTicks', 2)]!;
    for (let i = 0; i < ticks && firestore.hasPending(); i++) {
      platform.start(
        'sweep',
        (context) => platform.handlers.sweepFailures(context),
        () => {},
      );
    }
    scheduler.after(SWEEP_EVERY_MS, '', sweep);
  }

  const app = new App({ tape, faults, scheduler, firestore, invariants, completed: send });
  scheduler.after(SWEEP_EVERY_MS, '', sweep);
  const isAtRest = () =>
    app.waiting === 0 &&
    events === 0 &&
    platform.alive === 0 &&
    queue.waiting.length === 0 &&
    !firestore.hasPending();
  const isOver = () => invariants.violation !== undefined || isAtRest();

  await scheduler.run(START + FAULTS_LAST_MS[tape.upTo(FAULTS_LAST_MS.length)]!, isOver);
  faults.calm();
  scheduler.note('calm');
  await scheduler.run(Math.max(scheduler.now, lastLateAt) + HEALED_WITHIN_MS, isOver);
  if (invariants.violation === undefined) {
    invariants.atRest();
    if (!isAtRest()) invariants.violate('not at rest in time');
  }

  return {
    violation: invariants.violation,
    traceHash: scheduler.traceHash,
    steps: scheduler.steps,
    calls: faults.calls,
    lastedMs: scheduler.now - START,
    faults: [...faults.on],
    situations: invariants.situations,
    rawRows: bigquery.rows.length,
    duplicateRows: bigquery.rows.length - new Set(bigquery.rows.map(({ insertId }) => insertId)).size,
    timeline: scheduler.timeline,
  };
}
