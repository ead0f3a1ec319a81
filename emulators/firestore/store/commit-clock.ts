// Times of commits and of reads. A commit is later than everything before it, also than every read, so that
// reading again at the time of a read gives the same answer.
import type { Clock } from '../../shared/clock.ts';
import type { Micros } from '../protocol/time.ts';

export class CommitClock {
  #last: Micros = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  commitTime(): Micros {
    this.#last = Math.max(this.#clock.now() * 1000, this.#last + 1);
    return this.#last;
  }

  readTime(): Micros {
    this.#last = Math.max(this.#clock.now() * 1000, this.#last);
    return this.#last;
  }

  /** No commit is earlier than a time that was observed, such as that of an imported document. */
  observe(time: Micros): void {
    this.#last = Math.max(this.#last, time);
  }
}
