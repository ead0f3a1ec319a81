// Eventarc in virtual time: each completed document is told at least once, in any order, and when it failed again
// and again, unless a fault says otherwise.
import type { LivingDocument } from '../../../functions/steps/document-event.ts';
import type { Faults } from '../faults.ts';
import type { Invariants } from '../invariants.ts';
import { START, type Scheduler } from '../scheduler.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LATE_MS = [0, 3_000, 2 * MINUTE, 3 * HOUR, 20 * HOUR];
const LIVE_MS = 24 * HOUR;
const MIN_BACKOFF_MS = 10_000;
const MAX_BACKOFF_MS = 10 * MINUTE;

export interface EventsWorld {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly invariants: Invariants;
  /** Calls the function; `ended` says whether it succeeded. */
  readonly call: (document: LivingDocument, ended: (done: boolean) => void) => void;
}

export class Events {
  readonly #world: EventsWorld;
  #waiting = 0;
  #lastAt = START;

  constructor(world: EventsWorld) {
    this.#world = world;
  }

  /** Events that are neither acknowledged nor lost. */
  get waiting(): number {
    return this.#waiting;
  }

  /** When the latest of all first deliveries is. */
  get lastAt(): number {
    return this.#lastAt;
  }

  send(document: LivingDocument): void {
    const { faults, scheduler } = this.#world;
    const copies = 1 + faults.strikes('eventsTwice', 2);
    for (let i = 0; i < copies; i++) {
      this.#waiting++;
      const lateMs = LATE_MS[faults.strikes('eventsLate', LATE_MS.length - 1)]!;
      this.#lastAt = Math.max(this.#lastAt, scheduler.now + lateMs);
      if (faults.strikes('eventsLost')) this.#lose(document);
      else this.#deliver(document, scheduler.now, lateMs, 1);
    }
  }

  #deliver(document: LivingDocument, firstAt: number, delayMs: number, attempt: number): void {
    const { scheduler, faults, invariants, call } = this.#world;
    scheduler.after(delayMs + 5, `event delivered, attempt ${attempt}`, () => {
      const closed = invariants.eventDelivered(document.path, document.updateTime);
      call(document, (done) => {
        if (done) {
          this.#waiting--;
          if (closed) invariants.eventRestored(document.path, closed);
        } else if (faults.has('retryOff')) {
          faults.struck.add('retryOff');
          this.#lose(document);
        } else if (scheduler.now - firstAt > LIVE_MS) this.#lose(document);
        else {
          const backoffMs = Math.min(MIN_BACKOFF_MS * 2 ** (attempt - 1), MAX_BACKOFF_MS);
          this.#deliver(document, firstAt, backoffMs, attempt + 1);
        }
      });
    });
  }

  #lose({ path, updateTime }: LivingDocument): void {
    this.#waiting--;
    this.#world.scheduler.note('an event is lost');
    this.#world.invariants.lostEvents.add(`${path}@${updateTime}`);
  }
}
