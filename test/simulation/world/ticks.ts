// Cloud Scheduler in virtual time: one tick every so often, and with a fault none, or two at once.
import type { Faults } from '../faults.ts';
import type { Scheduler } from '../scheduler.ts';

export interface Ticks {
  readonly everyMs: number;
  /** Whether a tick would find anything to do; others are left out, for speed. */
  readonly isNeeded: () => boolean;
  readonly tick: () => void;
  /** A tick that was needed did not come. */
  readonly missed: () => void;
}

export function startTicks(
  world: { readonly scheduler: Scheduler; readonly faults: Faults },
  ticks: Ticks,
): void {
  const { scheduler, faults } = world;
  scheduler.after(ticks.everyMs, '', () => {
    const times = [1, 0, 2][faults.strikes('sweepTicks', 2)]!;
    if (times === 0 && ticks.isNeeded()) ticks.missed();
    for (let i = 0; i < times && ticks.isNeeded(); i++) ticks.tick();
    startTicks(world, ticks);
  });
}
