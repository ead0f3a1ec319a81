// People who ask to be forgotten: each request comes until it was taken, and sometimes twice.
import type { Faults } from '../faults.ts';
import type { Invariants } from '../invariants.ts';
import type { Platform } from '../platform.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Tape } from '../tape.ts';
import type { App } from './app.ts';
import type { VirtualFirestore } from './firestore.ts';
import { startTicks } from './ticks.ts';

const MINUTE = 60_000;
const EVERY_MS = 15 * MINUTE;
const AGAIN_MS = 5_000;
/** Some time after the hour in which all is erased still, and before the rows are deleted. */
const COMES_BACK_MS = 110 * MINUTE;

export interface ErasureWorld {
  readonly tape: Tape;
  readonly faults: Faults;
  readonly scheduler: Scheduler;
  readonly firestore: VirtualFirestore;
  readonly platform: Platform;
  readonly invariants: Invariants;
  readonly app: App;
}

/** Requests that were not taken yet. */
export interface Requests {
  waiting: number;
}

export function startErasures(world: ErasureWorld): Requests {
  const { tape, faults, scheduler, firestore, platform, invariants, app } = world;
  const requests: Requests = { waiting: 0 };
  if (!faults.has('erasures')) return requests;
  const wanted = 1 + tape.upTo(2);
  const taken = new Set<string>();
  requests.waiting = wanted;
  for (let i = 0; i < wanted; i++) {
    const person = tape.upTo(app.people.length);
    const id = app.people[person]!;
    scheduler.after(tape.upTo(6) * 9 * MINUTE, 'somebody asks to be forgotten', () => {
      if (tape.upTo(3) > 0) app.completeIn(COMES_BACK_MS, person);
      faults.struck.add('erasures');
      invariants.erasureAsked(`request ${i}`, id);
      for (let times = 1 + faults.strikes('eventsTwice'); times > 0; times--) request(`request ${i}`, id);
    });
  }

  function request(name: string, id: string): void {
    platform.start(
      'request',
      { path: name },
      (context) => platform.handlers.requestErasure(context, { name, subject: 'userId', id }),
      (result) => {
        if (!result) scheduler.after(AGAIN_MS, '', () => request(name, id));
        else if (firestore.erasures.some((stored) => stored.name === name)) taken.add(name);
        requests.waiting = wanted - taken.size;
      },
    );
  }

  startTicks(
    { scheduler, faults },
    {
      everyMs: EVERY_MS,
      isNeeded: () =>
        firestore.erasures.some(({ erasure }) => erasure.nextAt && erasure.nextAt.getTime() <= scheduler.now),
      tick: () =>
        platform.start(
          'erase',
          {},
          (context) => platform.handlers.erasePersons(context),
          () => {},
        ),
      missed: () => {},
    },
  );
  return requests;
}
