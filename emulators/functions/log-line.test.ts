import { expect, test } from '@jest/globals';
import { readableLine } from './log-line.ts';

test.each([
  ['{"severity":"WARNING","message":"late","rows":3}', 'fn', 'WARNING fn: late {"rows":3}'],
  ['{"severity":"INFO","message":"done"}', 'fn', 'INFO fn: done'],
  ['{"severity":"INFO","message":"done"}', undefined, 'INFO done'],
  ['{"severity":"ERROR","rows":3}', 'fn', 'ERROR fn: {"rows":3}'],
  [
    '{"severity":"INFO","message":"a","logging.googleapis.com/trace":"projects/p/traces/t"}',
    'fn',
    'INFO fn: a',
  ],
  ['plain words', 'fn', 'fn: plain words'],
  ['plain words', undefined, 'plain words'],
  ['{"severity":"LOUD","message":"x"}', 'fn', 'fn: {"severity":"LOUD","message":"x"}'],
  ['{"rows":3}', 'fn', 'fn: {"rows":3}'],
  ['{broken', 'fn', 'fn: {broken'],
])('%s of %s reads %s', (line, name, expected) => {
  expect(readableLine(line, name)).toBe(expected);
});
