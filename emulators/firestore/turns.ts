// First come, first served, for things that have a key: who asks for a key that is taken waits until it is
// released, but no longer than a bounded time, after which both may go on.
import type { Clock } from '../shared/clock.ts';

interface Line {
  holder: object;
  readonly waiting: { readonly taker: object; readonly go: () => void }[];
}

export class Turns {
  readonly #clock: Clock;
  readonly #maxWaitMs: number;
  readonly #lines = new Map<string, Line>();

  constructor(clock: Clock, maxWaitMs: number) {
    this.#clock = clock;
    this.#maxWaitMs = maxWaitMs;
  }

  take(key: string, taker: object): Promise<void> {
    const line = this.#lines.get(key);
    if (!line) {
      this.#lines.set(key, { holder: taker, waiting: [] });
      return Promise.resolve();
    }
    if (line.holder === taker) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.after(this.#maxWaitMs, () => {
        line.waiting.splice(line.waiting.indexOf(entry), 1);
        resolve();
      });
      const entry = {
        taker,
        go: () => {
          cancel();
          resolve();
        },
      };
      line.waiting.push(entry);
    });
  }

  /** Ends all turns of the taker, also those that it still waits for. */
  release(taker: object): void {
    for (const [key, line] of this.#lines) {
      for (const entry of line.waiting.filter((waiting) => waiting.taker === taker)) {
        line.waiting.splice(line.waiting.indexOf(entry), 1);
        entry.go();
      }
      if (line.holder !== taker) continue;
      const next = line.waiting.shift();
      if (next) {
        line.holder = next.taker;
        next.go();
      } else {
        this.#lines.delete(key);
      }
    }
  }
}
