// What one expects of a bill: more of anything makes it no smaller.
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { toBill } from './bill.ts';
import { measured, workloadOf } from './fixture.ts';
import { readPrices } from './prices.ts';
import { VARIANTS, type Variant } from './variants.ts';
import type { Workload } from './workload.ts';

const whole = (min: number, max: number) => fc.integer({ min, max });
const workloads: fc.Arbitrary<Workload> = fc
  .record({
    docs: whole(1, 20_000_000),
    writesPerDoc: whole(1, 50),
    size: whole(1, 1_000_000),
    sizeBefore: whole(1, 1_000_000),
    row: whole(1, 1_000_000),
    stored: whole(0, 1_000_000_000),
    peak: whole(1, 20),
    concurrency: whole(1, 250),
    failureRate: fc.double({ min: 0, max: 0.5, noNaN: true }),
    attempts: whole(1, 8),
    bigqueryMs: whole(0, 2_000),
    firestoreMs: whole(0, 1_000),
    reconcileReads: whole(1, 100_000),
    verifyReads: whole(0, 5_000),
    monthsStored: whole(0, 24),
    logLine: whole(0, 5_000),
    requestLog: whole(0, 5_000),
    freeTiers: fc.boolean(),
  })
  .map((given) => ({ ...workloadOf([]), ...given }));

const prices = readPrices('us-central1');
const cost = (variant: Variant, workload: Workload) =>
  toBill(VARIANTS[variant](workload, measured), prices, workload.freeTiers).usdPerMonth;

// Those that are amounts. Peak, concurrency and CPU are none: they trade one thing for another.
const AMOUNTS = [
  'docs',
  'writesPerDoc',
  'size',
  'sizeBefore',
  'row',
  'stored',
  'failureRate',
  'attempts',
  'reconcileReads',
  'verifyReads',
  'monthsStored',
  'logLine',
  'requestLog',
  'gib',
] as const satisfies readonly (keyof Workload)[];

/** A workload that costs less when it has more of that, in any variant. */
function counterexample(name: (typeof AMOUNTS)[number] | 'bigqueryMs' | 'firestoreMs', from = workloads) {
  const property = fc.property(from, fc.double({ min: 1, max: 4, noNaN: true }), (workload, factor) => {
    const grown = workload[name] * factor;
    const isShare = name === 'failureRate';
    const more = { ...workload, [name]: isShare ? Math.min(1, grown) : Math.ceil(grown) };
    return (['ours', 'sample', 'incumbent'] as const).every(
      (variant) => cost(variant, more) >= cost(variant, workload) * (1 - 1e-9),
    );
  });
  return fc.check(property, { numRuns: 50 }).counterexample;
}

test.each(AMOUNTS)('more of %s costs no less, in each variant', (name) => {
  expect(counterexample(name)).toBeNull();
});

// With more slots CPU may be what takes longest; then waiting longer puts more documents together and saves some.
test.each(['bigqueryMs', 'firestoreMs'] as const)(
  'more %s costs no less, with up to 50 events at once',
  (name) => {
    const upTo50 = workloads.map((workload) => ({
      ...workload,
      concurrency: Math.ceil(workload.concurrency / 5),
    }));
    expect(counterexample(name, upTo50)).toBeNull();
  },
);

test('more concurrency costs no more', () => {
  fc.assert(
    fc.property(workloads, whole(1, 500), (workload, extra) => {
      const more = { ...workload, concurrency: workload.concurrency + extra };
      expect(cost('ours', more)).toBeLessThanOrEqual(cost('ours', workload) * (1 + 1e-9));
    }),
  );
});

test('free tiers make nothing dearer, and nothing less than free', () => {
  fc.assert(
    fc.property(workloads, (workload) => {
      for (const variant of ['ours', 'sample', 'incumbent'] as const) {
        const free = cost(variant, { ...workload, freeTiers: true });
        expect(free).toBeGreaterThanOrEqual(0);
        expect(free).toBeLessThanOrEqual(cost(variant, { ...workload, freeTiers: false }));
      }
    }),
  );
});
