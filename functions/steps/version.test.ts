import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { contentHash } from './content-hash.ts';
import { isNewer, recordedVersion, versionOnRereading } from './version.ts';

const T1 = '2026-01-01T00:00:00.000001Z';
const T2 = '2026-01-01T00:00:00.000002Z';
const T3 = '2026-01-01T00:00:01.000000Z';
const content = { exerciseType: 'squat', repCount: 0 };
const first = { updateTime: T1, contentHash: contentHash(content) };

describe('a document that is read again', () => {
  test('is still the version that failed, although our status write moved its update time', () => {
    const data = { ...content, bigquerySyncStatus: 'failed', bigquerySyncRetryCount: 1 };
    expect(versionOnRereading(data, T2, first)).toEqual(first);
  });

  test('is the version that its own status names, when the failure is not at hand', () => {
    const data = { ...content, bigquerySyncVersion: first };
    expect(versionOnRereading(data, T2, undefined)).toEqual(first);
  });

  test('is a new version when its content changed', () => {
    const changed = { ...content, repCount: 1, bigquerySyncVersion: first };
    expect(versionOnRereading(changed, T2, first)).toEqual({
      updateTime: T2,
      contentHash: contentHash(changed),
    });
  });

  test('is what the update time says when nothing is known of it', () => {
    expect(versionOnRereading(content, T2, undefined)).toEqual({ ...first, updateTime: T2 });
  });

  // A → B → A: the status still speaks of the first A, the failure of B.
  test('never falls back behind the version that failed', () => {
    const failed = { updateTime: T2, contentHash: 'b'.repeat(64) };
    const data = { ...content, bigquerySyncVersion: first };
    expect(versionOnRereading(data, T3, failed)).toEqual({ ...first, updateTime: T3 });
  });
});

test.each([
  ['missing', undefined],
  ['null', null],
  ['text', 'synced'],
  ['half', { updateTime: T1 }],
  ['the other half', { contentHash: 'c' }],
  ['of other types', { updateTime: 1, contentHash: 'c' }],
  ['of other types, the other way round', { updateTime: T1, contentHash: 7 }],
])('a recorded version that is %s is none', (_, bigquerySyncVersion) => {
  expect(recordedVersion({ bigquerySyncVersion })).toBeUndefined();
});

test('the newer of two versions is the one with the later update time, to the microsecond', () => {
  const times = fc.bigInt({ min: 0n, max: 4_000_000_000_000_000n }).map((micros) => ({
    micros,
    updateTime: `${new Date(Number(micros / 1000n)).toISOString().slice(0, 19)}.${String(micros % 1_000_000n).padStart(6, '0')}Z`,
    contentHash: '',
  }));
  fc.assert(
    fc.property(times, times, (a, b) => {
      expect(isNewer(a, b)).toBe(a.micros > b.micros);
      expect(isNewer(a, b) && isNewer(b, a)).toBe(false);
    }),
  );
});
