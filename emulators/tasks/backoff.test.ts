import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { backoffMs } from './backoff.ts';

const seconds = (minS: number, maxS: number, maxDoublings: number, attempts: number) =>
  Array.from(
    { length: attempts },
    (_, i) => backoffMs(i + 1, { minBackoffMs: minS * 1000, maxBackoffMs: maxS * 1000, maxDoublings }) / 1000,
  );

describe('backoffMs', () => {
  test.each([
    ["the service's example", 10, 300, 3, [10, 20, 40, 80, 160, 240, 300, 300]],
    ['bigquery-sync-queue', 1, 3600, 5, [1, 2, 4, 8, 16, 32, 64, 96, 128, 160]],
    ['no doublings grow linearly', 5, 22, 0, [5, 10, 15, 20, 22, 22]],
    ['the cap holds inside the doublings', 1, 5, 16, [1, 2, 4, 5, 5]],
    ['min equal to max stays', 7, 7, 16, [7, 7, 7]],
    ['parts of a second', 0.1, 1, 2, [0.1, 0.2, 0.4, 0.8, 1]],
  ])('%s', (_, min, max, doublings, expected) => {
    expect(seconds(min, max, doublings, expected.length)).toEqual(expected);
  });

  test('never shrinks and never leaves [min, max]', () => {
    fc.assert(
      fc.property(
        fc.record({
          minBackoffMs: fc.integer({ min: 1, max: 10_000 }),
          maxBackoffMs: fc.integer({ min: 10_000, max: 3_600_000 }),
          maxDoublings: fc.integer({ min: 0, max: 16 }),
        }),
        fc.integer({ min: 1, max: 500 }),
        (config, attempt) => {
          const now = backoffMs(attempt, config);
          const next = backoffMs(attempt + 1, config);
          expect(now).toBeGreaterThanOrEqual(config.minBackoffMs);
          expect(next).toBeGreaterThanOrEqual(now);
          expect(next).toBeLessThanOrEqual(config.maxBackoffMs);
        },
      ),
    );
  });
});
