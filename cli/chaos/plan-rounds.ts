// What is done to the services, round by round, from one seed. Some rounds are quiet: healing has to happen under
// load too, and what fails all the time would hide what fails only in between.
import { mulberry32, type FaultSpec } from '../../emulators/shared/faults.ts';
import { FAULT_KINDS, PARTS, type FaultKind, type Part } from './fault-kinds.ts';

export interface Round {
  readonly lastsMs: number;
  readonly faults: readonly { readonly name: string; readonly spec: FaultSpec }[];
  /** How many times the schedules run in it; mostly they are missed. */
  readonly scheduleRuns: 0 | 1 | 2;
  /** How far the clock jumps ahead at its beginning: backoffs pass, insertIds are forgotten. */
  readonly jumpMs: number;
  /** Events of this round, and those that wait, are never delivered: carried out only when that is asked for. */
  readonly losesEvents: boolean;
}

export type HostFault = 'killed' | 'paused' | 'restarted';
export interface HostBlow {
  readonly kind: HostFault;
  /** How long the host may serve before. */
  readonly afterMs: number;
  /** How long a pause lasts. */
  readonly lastsMs: number;
}

/** Share of rounds without a fault, of those in which everything fails at once, and how often each part fails in the others. */
const QUIET = 0.1;
const TOTAL = 0.2;
const CHANCES: Readonly<Record<Part, number>> = {
  bigquery: 0.6,
  enqueue: 0.5,
  dispatch: 0.4,
  firestore: 0.4,
  events: 0.4,
};
const LARGEST_JUMP_MS = 90_000;

/** Endless. Both plans draw from generators of their own, so that one does not depend on the other's timing. */
export function* planRounds(seed: number): Generator<Round, never> {
  const random = mulberry32(seed ^ 0x0f0f_0f0f);
  for (;;) {
    const mood = random();
    const total = mood > 1 - TOTAL;
    const fails = (part: Part) => mood >= QUIET && (total || random() < CHANCES[part]);
    const faults = PARTS.filter(fails).map((part) => {
      const kinds = FAULT_KINDS.filter((kind) => kind.part === part).flatMap((kind) =>
        Array<FaultKind>(kind.weight ?? 1).fill(kind),
      );
      const { name, toSpec } = total ? kinds[0]! : kinds[Math.floor(random() * kinds.length)]!;
      return { name, spec: { ...toSpec(random), seed: Math.floor(random() * 2 ** 31) } };
    });
    const ran = random();
    yield {
      lastsMs: Math.floor(1500 + random() * 4000),
      faults,
      scheduleRuns: ran < 0.6 ? 0 : ran < 0.9 ? 1 : 2,
      jumpMs: random() < 0.15 ? Math.floor(random() * LARGEST_JUMP_MS) : 0,
      losesEvents: random() < 0.1,
    };
  }
}

export function* planBlows(seed: number): Generator<HostBlow, never> {
  const random = mulberry32(seed ^ 0x3c3c_3c3c);
  for (;;) {
    const point = random();
    yield {
      kind: point < 0.7 ? 'killed' : point < 0.85 ? 'paused' : 'restarted',
      afterMs: Math.floor(1000 + random() * 5000),
      lastsMs: Math.floor(300 + random() * 2500),
    };
  }
}
