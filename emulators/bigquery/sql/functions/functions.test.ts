import { describe, expect, test } from '@jest/globals';
import { formatText } from './format.ts';
import { formatTime } from './format-time.ts';
import { fingerprint64 } from './farm-fingerprint.ts';
import { divideNumeric, fromBase32, instr, toBase32 } from './hashes.ts';
import { jsonArrayInsert, jsonRemove, jsonSet, pathSteps } from './json-edit.ts';
import { parseTime } from './parse-time.ts';

const at = BigInt(Date.UTC(2026, 0, 5, 15, 4, 5)) * 1000n + 120_000n;

describe('formatTime', () => {
  test.each([
    ['%F %T', '2026-01-05 15:04:05'],
    ['%A %d %B %y', 'Monday 05 January 26'],
    ['%I:%M %p', '03:04 PM'],
    ['%E3S %E*S', '05.120 05.12'],
    ['%j %V %G %U %u %Q', '005 02 2026 01 1 1'],
    ['%s', '1767625445'],
    ['%Ez %z %Z 100%%', '+00:00 +0000 UTC 100%'],
  ])('%s', (format, text) => {
    expect(formatTime(format, at)).toBe(text);
  });
});

describe('parseTime', () => {
  test.each([
    ['%Y-%m-%d %H:%M:%S', '2026-01-05 15:04:05', Date.UTC(2026, 0, 5, 15, 4, 5)],
    ['%F', '2026-01-05', Date.UTC(2026, 0, 5)],
    ['%d %b %Y %I:%M %p', '5 Jan 2026 03:04 pm', Date.UTC(2026, 0, 5, 15, 4)],
    ['%Y%j', '2026032', Date.UTC(2026, 1, 1)],
    ['%s', '1767625445', 1_767_625_445_000],
  ])('%s', (format, text, ms) => {
    expect(parseTime(format, text).micros).toBe(BigInt(ms) * 1000n);
  });

  test('takes the offset that the text names', () => {
    expect(parseTime('%F %T%Ez', '2026-01-05 15:04:05+09:00').offsetMinutes).toBe(540);
  });

  test('refuses what does not match, and days that do not exist', () => {
    expect(() => parseTime('%F', '05.01.2026')).toThrow('Failed to parse input string "05.01.2026"');
    expect(() => parseTime('%F', '2026-02-30')).toThrow('Failed to parse input string');
  });
});

test('FORMAT prints like printf', () => {
  expect(formatText('%5d|%-5d|%05d|%+d', ['42', '42', '42', '42'])).toBe('   42|42   |00042|+42');
  expect(formatText("%x %.2f %s %'d %%", ['255', '1.005', 'a', '1234567'])).toBe('ff 1.00 a 1,234,567 %');
  expect(formatText('%s', [null])).toBeNull();
  expect(formatText('%t', [null])).toBe('NULL');
  expect(() => formatText('%d', [])).toThrow('Too few arguments to FORMAT');
});

test('NUMERIC division is exact and rounds half away from zero', () => {
  expect(divideNumeric('1.000000000', '3.000000000')).toBe('0.333333333');
  expect(divideNumeric('-2.000000000', '3.000000000')).toBe('-0.666666667');
  expect(divideNumeric('0.000000001', '2.000000000')).toBe('0.000000001');
});

test('base32 is that of RFC 4648, both ways', () => {
  expect(toBase32(Buffer.from('foobar'))).toBe('MZXW6YTBOI======');
  expect(Buffer.from(fromBase32('MZXW6YTBOI======')).toString()).toBe('foobar');
});

test('JSON is edited at a path', () => {
  expect(pathSteps(`$.a[0]."b c"['d']`)).toEqual(['a', 0, 'b c', 'd']);
  expect(jsonSet('{"a":1}', '$.b.c', '2')).toBe('{"a":1,"b":{"c":2}}');
  expect(jsonRemove('{"a":[1,2]}', '$.a[0]')).toBe('{"a":[2]}');
  expect(jsonArrayInsert('{"a":[1]}', '$.a[0]', '"x"')).toBe('{"a":["x",1]}');
});

test('FARM_FINGERPRINT is the one that BigQuery has', () => {
  expect(BigInt.asIntN(64, fingerprint64(Buffer.from('hello')))).toBe(-5436999610281751320n);
  expect(new Set(Array.from({ length: 200 }, (_, n) => fingerprint64(Buffer.alloc(n, 1)))).size).toBe(200);
});

test('INSTR counts occurrences from either end', () => {
  expect(instr('banana', 'an', 1n, 2n)).toBe(4n);
  expect(instr('banana', 'an', -1n, 1n)).toBe(4n);
  expect(instr('banana', 'x', 1n, 1n)).toBe(0n);
});
