import { describe, expect, test } from '@jest/globals';
import { toBill } from './bill.ts';
import { readPrices } from './prices.ts';
import { PRICED, uses } from './use.ts';

const prices = readPrices('us-central1');
const usd = (item: (typeof PRICED)[number], quantity: number, freeTiers = false) =>
  toBill(uses('completions', { [item]: quantity }), prices, freeTiers).usdPerMonth;

describe('a bill', () => {
  test.each([
    ['invocations', 1_000_000, 0.4],
    ['vcpuSeconds', 100_000, 2.4],
    ['gibSeconds', 100_000, 0.25],
    ['eventBytes', 2 ** 40, 40],
    ['firestoreReads', 1_000_000, 0.3],
    ['firestoreWrites', 1_000_000, 0.9],
    ['firestoreDeletes', 1_000_000, 0.1],
    ['firestoreStorage', 2 ** 30, 0.146],
    ['bigqueryStreamed', 200 * 2 ** 20, 0.01],
    ['bigqueryScanned', 2 ** 40, 6.25],
    ['bigqueryStorage', 2 ** 30, 0.02],
    ['taskOperations', 1_000_000, 0.4],
    ['schedulerJobs', 2, 0.2],
    ['logBytes', 2 ** 30, 0.5],
  ] as const)('of %s × %d is %d dollars', (item, quantity, dollars) => {
    expect(usd(item, quantity)).toBeCloseTo(dollars, 10);
  });

  test('leaves out what is free each month, and each day', () => {
    expect(usd('invocations', 2_000_000, true)).toBe(0);
    expect(usd('invocations', 3_000_000, true)).toBeCloseTo(0.4, 10);
    expect(usd('firestoreWrites', 20_000 * 30.4375, true)).toBe(0);
    expect(usd('firestoreWrites', 20_000 * 30.4375 + 100_000, true)).toBeCloseTo(0.09, 10);
    expect(usd('firestoreDeletes', 1, true)).toBeGreaterThan(0);
  });

  test('counts what nobody bills', () => {
    const bill = toBill(uses('completions', { cpuSeconds: 7 }), prices, false);
    expect(bill.usdPerMonth).toBe(0);
    expect(bill.lines.find(({ item }) => item === 'cpuSeconds')).toMatchObject({
      quantity: 7,
      price: undefined,
    });
  });

  test('is the sum of its causes', () => {
    const all = [
      ...uses('sweep', { firestoreReads: 1_000_000 }),
      ...uses('status', { firestoreWrites: 1_000_000 }),
    ];
    const { usdByCause, usdPerMonth } = toBill(all, prices, false);
    expect([...usdByCause]).toEqual([
      ['sweep', expect.closeTo(0.3, 10)],
      ['status', expect.closeTo(0.9, 10)],
    ]);
    expect(usdPerMonth).toBeCloseTo(1.2, 10);
  });
});

test('the multi-region nam5 costs twice as much for reads, writes and deletes, and the same elsewhere', () => {
  const nam5 = readPrices('nam5').of;
  for (const item of PRICED) {
    const isTwice = ['firestoreReads', 'firestoreWrites', 'firestoreDeletes'].includes(item);
    if (item === 'firestoreStorage') continue;
    expect(nam5[item].usdPerUnit / prices.of[item].usdPerUnit).toBeCloseTo(isTwice ? 2 : 1, 10);
    expect(nam5[item].freePerMonth).toBe(prices.of[item].freePerMonth);
  }
});

test('every price names where and when it was read', () => {
  expect(Date.parse(prices.compiled)).not.toBeNaN();
  for (const item of PRICED) {
    expect(prices.of[item].source).toMatch(/^https:/);
    expect(prices.of[item].seen).not.toBe('');
  }
});
