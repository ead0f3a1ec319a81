import { describe, expect, test } from '@jest/globals';
import { formatText } from './format.ts';
import { formatTime } from './format-time.ts';
import { fingerprint64 } from './farm-fingerprint.ts';
import { divideNumeric, fromBase32, toBase32 } from './hashes.ts';
import { castInterval, parseInterval } from './intervals.ts';
import { jsonArrayInsert, jsonRemove, jsonSet, pathSteps } from './json-edit.ts';
import { parseTime } from './parse-time.ts';
import { instr, regexpInstr, soundex } from './strings.ts';
import { canonical, parseNode, parseType, typedValue } from './typed-value.ts';

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

const integer = (value: number) => typedValue('BIGINT', String(value));
const text = (value: string) => typedValue('VARCHAR', JSON.stringify(value));

test('FORMAT prints like printf', () => {
  const numbers = [42, 42, 42, 42].map(integer);
  expect(formatText('%5d|%-5d|%05d|%+d', numbers)).toBe('   42|42   |00042|+42');
  const mixed = [integer(255), typedValue('DOUBLE', '1.005'), text('a'), integer(1_234_567)];
  expect(formatText("%x %.2f %s %'d %%", mixed)).toBe('ff 1.00 a 1,234,567 %');
  expect(formatText('%.2f', [typedValue('DECIMAL(38,9)', '1.005000000')])).toBe('1.01');
  expect(formatText('%g %G', [typedValue('DOUBLE', '1234567.0'), typedValue('DOUBLE', '0.00001')])).toBe(
    '1.23457e+06 1E-05',
  );
  expect(formatText('%s', [typedValue('VARCHAR', null)])).toBeNull();
  expect(formatText('%t', [typedValue('VARCHAR', null)])).toBe('NULL');
  expect(() => formatText('%d', [])).toThrow('Too few arguments to FORMAT');
  expect(() => formatText('%d', [text('5')])).toThrow('Expected integer');
});

test('FORMAT prints values of every type as text and as literals', () => {
  const values = [
    typedValue('STRUCT(a DATE, "b c" VARCHAR[])', '{"a":"2026-01-02","b c":["x",null]}'),
    typedValue('STRUCT(DECIMAL(38,9))', '{"":1.500000000}'),
    typedValue('DOUBLE', 'NaN'),
    typedValue('INTERVAL', '"1 year 2 months -3 days 04:05:06.5"'),
    typedValue('BLOB', '"a\\\\xFF"'),
  ];
  expect(formatText('%t %t %t %t %t', values)).toBe(
    '(2026-01-02, [x, NULL]) (1.5) nan 1-2 -3 4:5:6.500 a\\xff',
  );
  expect(formatText('%T %T %T %T %T', values)).toBe(
    '(DATE "2026-01-02", ["x", NULL]) STRUCT(NUMERIC "1.5") CAST("nan" AS FLOAT64) INTERVAL "1-2 -3 4:5:6.500" YEAR TO SECOND b"a\\xff"',
  );
});

test('types are read as DuckDB names them', () => {
  expect(parseType('STRUCT(a TIMESTAMP WITH TIME ZONE, b STRUCT(BIGINT, VARCHAR)[])[]')).toMatchObject({
    kind: 'array',
    element: {
      fields: [
        { name: 'a', type: { name: 'TIMESTAMP WITH TIME ZONE' } },
        { name: 'b', type: { element: { fields: [{ name: '' }, { name: '' }] } } },
      ],
    },
  });
});

test('JSON is kept in one form: keys in order, the first of equal ones, numbers as they were', () => {
  expect(canonical(parseNode('{ "b" : 9223372036854775807, "a":[1.50, null], "b":2 }'))).toBe(
    '{"a":[1.5,null],"b":9223372036854775807}',
  );
  expect(() => parseNode('{"a":}')).toThrow('syntax error while parsing value');
  expect(() => parseNode('1 2')).toThrow('syntax error while parsing value');
});

test('INTERVALs are read from their parts and from ISO 8601', () => {
  const interval = { months: 14, days: -3, micros: 14_706_500_000n };
  expect(parseInterval('1-2 -3 4:5:6.5', 'YEAR', 'SECOND')).toEqual(interval);
  expect(castInterval('P1Y2M-3DT4H5M6.5S')).toEqual(interval);
  expect(parseInterval('-10:20', 'HOUR', 'MINUTE').micros).toBe(-37_200_000_000n);
  expect(() => parseInterval('x', 'YEAR', 'MONTH')).toThrow("Invalid INTERVAL value 'x'");
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
  const number = (value: string) => ({ number: value });
  expect(canonical(jsonSet(parseNode('{"a":1}'), '$.b.c', number('2')))).toBe('{"a":1,"b":{"c":2}}');
  expect(canonical(jsonRemove(parseNode('{"a":[1,2]}'), '$.a[0]'))).toBe('{"a":[2]}');
  expect(canonical(jsonArrayInsert(parseNode('{"a":[1]}'), '$.a[3]', ['x']))).toBe('{"a":[1,null,null,"x"]}');
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

test('REGEXP_INSTR finds matches, their ends and their groups', () => {
  expect(regexpInstr('a@cd b@cd', '@[^ ]*', 1n, 2n, 0n)).toBe(7n);
  expect(regexpInstr('a@cd', '@[^ ]*', 1n, 1n, 1n)).toBe(5n);
  expect(regexpInstr('xAb', '(?i)[[:alpha:]](a)', 1n, 1n, 0n)).toBe(2n);
});

test.each([
  ['Robert', 'R163'],
  ['Ashcraft', 'A261'],
  ['Tymczak', 'T522'],
  ['', ''],
])('SOUNDEX of %p', (name, code) => {
  expect(soundex(name)).toBe(code);
});
