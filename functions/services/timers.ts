// When something runs that is not run now. The adapters get it, so that a test can let time pass by itself.

export interface Timers {
  /** After what else this turn of the event loop brings. */
  soon(run: () => void): void;
  /** Returns what cancels it. */
  after(ms: number, run: () => void): () => void;
}

export const realTimers: Timers = {
  soon: (run) => void setImmediate(run),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
