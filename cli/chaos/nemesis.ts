// Carries the plan of failures out against a running suite, counts what it did, and stops when it is told.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Suite } from '../../emulators/suite.ts';
import { advanceClock, enableTriggers } from './hub.ts';
import { planBlows, planRounds, type HostFault } from './plan-rounds.ts';
import { runSchedules } from './run-schedules.ts';

export interface Nemesis {
  /** Calls that were hit, by the name of the fault. */
  hits(): ReadonlyMap<string, number>;
  blows(): Readonly<Record<HostFault, number>>;
  /** How far it has set the clock ahead. */
  aheadSeconds(): number;
  /** Rejects when the plan cannot be carried out any more. */
  readonly done: Promise<unknown>;
  /** Ends all faults; resolves when the functions host serves. */
  stop(): Promise<void>;
}

export interface NemesisOptions {
  readonly suite: Suite;
  readonly seed: number;
  /** Some events are never delivered. */
  readonly loseEvents: boolean;
}

/** The functions' tokens are by the wall clock and last an hour: their own time may not leave it too far behind. */
const MAX_AHEAD_MS = 25 * 60_000;

const HOST_PATIENCE_MS = 60_000;

async function hostServes({ functions }: Suite): Promise<void> {
  const end = new AbortController();
  const tooLong = sleep(HOST_PATIENCE_MS, undefined, { signal: end.signal }).then(() => {
    throw new Error(`The functions host did not come back within ${HOST_PATIENCE_MS / 1000} s`);
  });
  tooLong.catch(() => undefined);
  await Promise.race([functions.ready(), tooLong]).finally(() => end.abort());
}

export function startNemesis({ suite, seed, loseEvents }: NemesisOptions): Nemesis {
  let hits = new Map<string, number>();
  const blows = { killed: 0, paused: 0, restarted: 0 };
  const stopping = new AbortController();
  const names = new Map<number, string>();
  let aheadMs = 0;

  /** False when it was told to stop meanwhile. */
  async function wait(ms: number): Promise<boolean> {
    await sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
    return !stopping.signal.aborted;
  }

  /** What was counted before, and by the faults that are on now. */
  function countHits(): Map<string, number> {
    const counted = new Map(hits);
    for (const { id, hits: more } of suite.faults.list()) {
      const name = names.get(id);
      if (name !== undefined) counted.set(name, (counted.get(name) ?? 0) + more);
    }
    return counted;
  }

  function endFaults(): void {
    hits = countHits();
    names.clear();
    suite.faults.clear();
  }

  async function breakServices(): Promise<void> {
    for (const round of planRounds(seed)) {
      for (const { name, spec } of round.faults) names.set(suite.faults.add(spec), name);
      if (aheadMs + round.jumpMs <= MAX_AHEAD_MS) {
        aheadMs += round.jumpMs;
        if (round.jumpMs > 0) await advanceClock(suite, round.jumpMs);
      }
      for (let i = 0; i < round.scheduleRuns; i++) void runSchedules(suite);
      const losesEvents = loseEvents && round.losesEvents;
      if (losesEvents) await enableTriggers(suite, false);
      const goOn = await wait(round.lastsMs);
      if (losesEvents) await enableTriggers(suite, true);
      endFaults();
      if (!goOn) return;
    }
  }

  async function strikeHost(): Promise<void> {
    for (const { kind, afterMs, lastsMs } of planBlows(seed)) {
      await hostServes(suite);
      if (!(await wait(afterMs))) return;
      const { pid } = suite.functions;
      if (pid === undefined) continue;
      blows[kind]++;
      if (kind === 'restarted') await suite.functions.restart();
      else if (kind === 'killed') {
        process.kill(pid, 'SIGKILL');
        while (suite.functions.pid === pid) await sleep(5);
      } else {
        process.kill(pid, 'SIGSTOP');
        await wait(lastsMs);
        process.kill(pid, 'SIGCONT');
      }
    }
  }

  const running = Promise.all([breakServices(), strikeHost()]);
  running.catch(() => undefined); // told by `done`
  return {
    done: running,
    hits: countHits,
    blows: () => blows,
    aheadSeconds: () => Math.round(aheadMs / 1000),
    async stop() {
      stopping.abort();
      await running;
      await hostServes(suite);
    },
  };
}
