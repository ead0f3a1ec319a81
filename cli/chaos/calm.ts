// After the faults: time runs and the schedules run, until nothing is left to do, or for as long as patience lasts.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Firestore } from 'firebase-admin/firestore';
import type { Suite } from '../../emulators/suite.ts';
import { advanceClock } from './hub.ts';
import { runSchedules } from './run-schedules.ts';

export interface Calm {
  readonly atRest: boolean;
  readonly seconds: number;
  /** How far the clock was set ahead. */
  readonly aheadSeconds: number;
}

/** More than a sweep waits for a task that is overdue. */
const JUMP_MS = 65_000;
/** Together with what the nemesis jumped less than the hour that the tokens of tasks are good for. */
const MAX_JUMPS = 25;
/** Twice: the schedules may have started something. */
const QUIET_ROUNDS = 2;
const LOOK_MS = 250;
/** An attempt under way may wait for a stalled insert, 21 s. */
const SETTLE_MS = 30_000;
const PATIENCE_MS = 300_000;

export async function calmDown(
  suite: Suite,
  firestore: Firestore,
  show: (line: string) => void,
): Promise<Calm> {
  const startedAt = Date.now();
  const pending = firestore.collection('bigquerySyncFailures').where('status', '==', 'pending').count();
  let open = 0;
  let quiet = 0;
  let jumps = 0;

  const isQuiet = async () => {
    open = (await pending.get()).data().count;
    show(
      `calm: ${suite.eventarc.pending()} events, ${suite.tasks.pendingCount()} tasks, ${open} failures to go`,
    );
    return open === 0 && suite.eventarc.pending() === 0 && suite.tasks.pendingCount() === 0;
  };
  /** What is under way ends by itself; what waits for its time does not. */
  const settle = async () => {
    const end = Date.now() + SETTLE_MS;
    for (let last = -1; Date.now() < end;) {
      const left = suite.eventarc.pending() + suite.tasks.pendingCount();
      if (left === 0 || (left === last && suite.eventarc.pending() === 0)) return;
      last = left;
      await sleep(LOOK_MS * 4);
    }
  };

  while (Date.now() - startedAt < PATIENCE_MS) {
    await settle();
    const swept = await runSchedules(suite);
    await sleep(LOOK_MS);
    quiet = (await isQuiet()) && swept ? quiet + 1 : 0;
    if (quiet >= QUIET_ROUNDS) break;
    if (jumps < MAX_JUMPS) {
      jumps++;
      await advanceClock(suite, JUMP_MS);
    }
    await sleep(LOOK_MS);
  }
  return {
    atRest: quiet >= QUIET_ROUNDS,
    seconds: Math.round((Date.now() - startedAt) / 1000),
    aheadSeconds: Math.round((jumps * JUMP_MS) / 1000),
  };
}
