// The clock of a suite: runs with another one, usually the system's, and can be set ahead of it (`POST /clock`).
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
  cancel: () => void;
}

export class ShiftedClock implements Clock {
  readonly #base: Clock;
  readonly #timers = new Set<Timer>();
  #offsetMs = 0;

  constructor(base: Clock = systemClock) {
    this.#base = base;
  }

  /** How far it is ahead. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  now(): number {
    return this.#base.now() + this.#offsetMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer: Timer = { at: this.now() + delayMs, run, cancel: () => undefined };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => {
      this.#timers.delete(timer);
      timer.cancel();
    };
  }

  /** Never back: what was done stays done. What comes due runs soon, in order of time. */
  advance(ms: number): void {
    this.#offsetMs += ms;
    for (const timer of [...this.#timers].toSorted((a, b) => a.at - b.at)) {
      timer.cancel();
      this.#arm(timer);
    }
  }

  #arm(timer: Timer): void {
    timer.cancel = this.#base.after(Math.max(0, timer.at - this.now()), () => {
      this.#timers.delete(timer);
      timer.run();
    });
  }
}
