import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { mulberry32 } from '../../../emulators/shared/faults.ts';
import { busyInstances, heldSeconds, instanceSeconds } from './instances.ts';
import { SECONDS_PER_MONTH } from './month.ts';

const HOUR = 3_600;
const alone = { vcpus: 1, concurrency: 1, peak: 1 };

describe('billed instance time', () => {
  test('is counted in steps of 100 ms, and one at least', () => {
    expect([0, 1, 100, 101, 250].map(heldSeconds)).toEqual([0.1, 0.1, 0.1, 0.2, 0.3]);
  });

  test('with one request at a time is the sum of all, however they are spread', () => {
    const streams = [
      { requests: 36_000, latencyMs: 150 },
      { requests: 10_000, latencyMs: 30 },
    ];
    expect(instanceSeconds(streams, 0, alone)).toBeCloseTo(7_200 + 1_000, 6);
    expect(instanceSeconds(streams, 0, { ...alone, peak: 24 })).toBeCloseTo(8_200, 6);
  });

  test('of rare requests is not shared, whatever the concurrency', () => {
    const streams = [{ requests: 100, latencyMs: 100 }];
    expect(instanceSeconds(streams, 0, { ...alone, concurrency: 80 })).toBeCloseTo(10, 3);
  });

  test('of requests that always overlap is all of the busy hours', () => {
    const month = (SECONDS_PER_MONTH * 10) / 0.2; // ten at hand on average
    const streams = [{ requests: month, latencyMs: 200 }];
    expect(instanceSeconds(streams, 0, { ...alone, concurrency: 80 })).toBeCloseTo(SECONDS_PER_MONTH, -3);
    const busyDay = instanceSeconds(streams, 0, { ...alone, concurrency: 80, peak: 2 });
    expect(busyDay).toBeCloseTo(SECONDS_PER_MONTH / 2, -3);
  });

  test('is that of the CPU when that takes longer: 60 % of it is used', () => {
    expect(instanceSeconds([{ requests: 1, latencyMs: 100 }], HOUR, alone)).toBeCloseTo(6_000, 6);
    const two = { ...alone, vcpus: 2 };
    expect(instanceSeconds([{ requests: 1, latencyMs: 100 }], HOUR, two)).toBeCloseTo(3_000, 6);
  });
});

describe('busy instances', () => {
  test('are as many as a crowd that comes at random needs, by drawing it', () => {
    const random = mulberry32(1);
    for (const [mean, concurrency] of [
      [0.5, 80],
      [40, 80],
      [60, 80],
      [30, 10],
      [7, 2],
    ] as const) {
      const each = Math.max(1, Math.floor(concurrency * 0.6));
      let sum = 0;
      for (let i = 0; i < 2_000; i++) sum += Math.ceil(poisson(mean, random) / each);
      expect(busyInstances(mean, concurrency) / (sum / 2_000)).toBeCloseTo(1, 1);
    }
  });

  test('are, for a large crowd, full ones and on average half a one more', () => {
    for (const mean of [900, 1_200, 50_000]) {
      expect(busyInstances(mean, 40)).toBeCloseTo(mean / 24 + 23 / 48, 6);
    }
  });

  test('grow with the requests at hand, and shrink with the concurrency', () => {
    const some = fc.double({ min: 0, max: 2_000, noNaN: true });
    const slots = fc.integer({ min: 1, max: 1_000 });
    fc.assert(
      fc.property(some, some, slots, slots, (a, more, concurrency, extra) => {
        const busy = busyInstances(a, concurrency);
        expect(busyInstances(a + more, concurrency)).toBeGreaterThanOrEqual(busy - 1e-9);
        expect(busyInstances(a, concurrency + extra)).toBeLessThanOrEqual(busy + 1e-9);
      }),
    );
  });
});

/** By counting exponential gaps. */
function poisson(mean: number, random: () => number): number {
  let count = 0;
  for (let at = -Math.log(1 - random()); at < mean; at -= Math.log(1 - random())) count++;
  return count;
}
