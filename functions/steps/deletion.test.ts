import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { msToRfc3339, nextMoment, toMicroseconds } from '../pipelines/fields.ts';
import { deletedAt, deletionAfter } from './deletion.ts';

const LAST = '2026-01-01T00:00:00.123456Z';
const NEXT = '2026-01-01T00:00:00.123457Z';

test.each([
  ['a later event', '2026-01-01T00:00:07Z', '2026-01-01T00:00:07.000000Z'],
  ['an event to the nanosecond', '2026-01-01T00:00:07.123456789Z', '2026-01-01T00:00:07.123456Z'],
  ['an event in whole seconds, before the last state', '2026-01-01T00:00:00Z', NEXT],
  ['an event without a time', undefined, NEXT],
  ['an event whose time nobody can read', 'yesterday', NEXT],
])('told by %s, a deletion is the version after the last state', (_, at, told) => {
  const version = deletionAfter(LAST, at);
  expect(version.updateTime).toBe(NEXT);
  expect(deletedAt(version)).toBe(told);
});

test('no other version is a deletion', () => {
  expect(deletedAt({ updateTime: LAST, contentHash: 'a'.repeat(64) })).toBeUndefined();
});

test('the next moment is a microsecond later, over any border', () => {
  const micros = fc.tuple(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_798_000 }), fc.nat(999));
  fc.assert(
    fc.property(micros, ([ms, rest]) => {
      const time = `${msToRfc3339(ms).slice(0, 23)}${String(rest).padStart(3, '0')}Z`;
      const next = nextMoment(time);
      expect(next > time).toBe(true);
      expect(next).toHaveLength(27);
      const toMicros = (of: string) => BigInt(Date.parse(of)) * 1000n + BigInt(of.slice(23, 26));
      expect(toMicros(next) - toMicros(time)).toBe(1n);
    }),
  );
  expect(nextMoment('2025-12-31T23:59:59.999999Z')).toBe('2026-01-01T00:00:00.000000Z');
});

test.each([
  ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000000Z'],
  ['2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00.000000Z'],
  ['2026-01-01T00:00:00.5+00:00', '2026-01-01T00:00:00.500000Z'],
  ['2026-01-01T00:00:00.123456789Z', '2026-01-01T00:00:00.123456Z'],
])('%s has microseconds as %s', (time, wanted) => {
  expect(toMicroseconds(time)).toBe(wanted);
});
