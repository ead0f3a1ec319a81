import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { SortedList } from './sorted-list.ts';

const numbers = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 3000 });

test('holds what was added and not deleted, in order, between any two cuts, both ways', () => {
  fc.assert(
    fc.property(numbers, numbers, numbers, fc.nat(3000), fc.nat(3000), (first, added, deleted, from, to) => {
      const list = new SortedList<number>((a, b) => a - b, new Set(first));
      const naive = new Set(first);
      for (const number of added) {
        if (!naive.has(number)) list.add(number);
        naive.add(number);
      }
      for (const number of deleted) expect(list.delete(number)).toBe(naive.delete(number));
      const sorted = [...naive].toSorted((a, b) => a - b);
      expect(list.size).toBe(sorted.length);
      expect([...list.walk()]).toEqual(sorted);
      const between = sorted.filter((number) => number >= from && number < to);
      const cuts = [
        (number: number): boolean => number < from,
        (number: number): boolean => number < to,
      ] as const;
      expect([...list.walk(...cuts)]).toEqual(between);
      expect([...list.walkBack(...cuts)]).toEqual(between.toReversed());
    }),
    { numRuns: 50 },
  );
});
