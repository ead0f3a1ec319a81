import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { formatDuration, parseDuration } from './duration.ts';

describe('durations', () => {
  test.each([
    ['0s', { seconds: '0', nanos: 0 }],
    ['3.500s', { seconds: '3', nanos: 500_000_000 }],
    ['0.000001s', { seconds: '0', nanos: 1000 }],
    ['-1.250s', { seconds: '-1', nanos: -250_000_000 }],
    ['315576000000s', { seconds: '315576000000', nanos: 0 }],
  ])('%s is read and written', (text, duration) => {
    expect(parseDuration(text)).toEqual(duration);
    expect(formatDuration(duration)).toBe(text);
  });

  test.each(['', '3', 's', '3,5s', '1.0000000001s', ' 1s', '+1s', '1e3s', '1m'])('"%s" is none', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );

  test('what is written reads as what it was', () => {
    const positive = fc.record({
      seconds: fc.integer({ min: 0, max: 10_000_000 }).map(String),
      nanos: fc.integer({ min: 0, max: 999_999_999 }),
    });
    fc.assert(
      fc.property(positive, (duration) => {
        expect(parseDuration(formatDuration(duration))).toEqual(duration);
      }),
    );
  });
});
