import { describe, expect, test } from '@jest/globals';
import type { Field } from '../schema.ts';
import { coerceRow } from './coerce-row.ts';
import { RowError, toDecimal } from './coerce-value.ts';

const field = (type: Field['type'], more: Partial<Field> = {}): Field => ({ name: 'x', type, ...more });
const coerce = (value: unknown, column: Field) => coerceRow({ x: value }, [column], false)[0];

describe('a value is taken when the service takes it', () => {
  const micros = BigInt(Date.UTC(2026, 0, 2, 3, 4, 5)) * 1000n;
  test.each<[Field['type'], unknown, unknown]>([
    ['STRING', 'a', 'a'],
    ['STRING', 12, '12'],
    ['INTEGER', 7, 7n],
    ['INTEGER', '-9223372036854775808', -9223372036854775808n],
    ['INTEGER', '7.0', 7n],
    ['FLOAT', 1.5, 1.5],
    ['FLOAT', 'NaN', Number.NaN],
    ['FLOAT', '-Infinity', -Infinity],
    ['FLOAT', '1e3', 1000],
    ['BOOLEAN', true, true],
    ['BOOLEAN', 'False', false],
    ['NUMERIC', '1.25', 1_250_000_000n],
    ['NUMERIC', -3, -3_000_000_000n],
    ['BIGNUMERIC', '0.000000000000000001', 1n],
    ['BYTES', 'aGk=', Buffer.from('hi')],
    ['BYTES', 'aGk=\r\n', Buffer.from('hi')],
    ['BYTES', 'a_-_', Buffer.from('a/+/', 'base64')],
    ['TIMESTAMP', '2026-01-02T03:04:05Z', micros],
    ['TIMESTAMP', '2026-01-02 03:04:05.123456 UTC', micros + 123_456n],
    ['TIMESTAMP', '2026-01-02T12:04:05+09:00', micros],
    ['TIMESTAMP', '2026-01-02', BigInt(Date.UTC(2026, 0, 2)) * 1000n],
    ['TIMESTAMP', 1_767_323_045.5, micros + 500_000n],
    ['TIMESTAMP', '1767323045', micros],
    ['DATE', '2026-01-02', 20455],
    ['DATETIME', '2026-01-02T03:04:05', micros],
    ['TIME', '03:04:05.5', 11_045_500_000n],
    ['INTERVAL', '-1-2 3 4:5:6.5', { months: -14, days: 3, micros: 14_706_500_000n }],
    ['INTERVAL', 'P7Y11M9DT4H15M37.123456S', { months: 95, days: 9, micros: 15_337_123_456n }],
    ['INTERVAL', 'P-1W', { months: 0, days: -7, micros: 0n }],
    ['INTERVAL', 'PT-0.5S', { months: 0, days: 0, micros: -500_000n }],
    ['JSON', '{"a":1}', '{"a":1}'],
    ['JSON', { a: 1 }, '{"a":1}'],
    ['STRING', null, null],
  ])('%s %p', (type, value, cell) => {
    expect(coerce(value, field(type))).toEqual(cell);
  });
});

test('STRING(n) and BYTES(n) take no more than n characters and bytes', () => {
  const short = (type: Field['type']) => field(type, { maxLength: '2' });
  expect(coerce('ü😀', short('STRING'))).toBe('ü😀');
  expect(() => coerce('abc', short('STRING'))).toThrow(
    'Field x: STRING(2) has maximum length 2 but got a value with length 3',
  );
  expect(() => coerce('AAAA', short('BYTES'))).toThrow('BYTES(2) has maximum length 2');
});

describe('a value is refused in the service’s words', () => {
  test.each<[Field['type'], unknown, string]>([
    ['STRING', true, 'Conversion from bool to std::string is unsupported.'],
    ['STRING', ['a'], 'Array specified for non-repeated field: x.'],
    ['STRING', { a: 1 }, 'This field: x is not a record.'],
    ['INTEGER', 'seven', 'Cannot convert value to integer (bad value): seven'],
    ['INTEGER', 1.5, 'Cannot convert value to integer (bad value): 1.5'],
    ['INTEGER', '9223372036854775808', 'Cannot convert value to integer (bad value): 9223372036854775808'],
    ['FLOAT', 'much', 'Cannot convert value to floating point (bad value): much'],
    ['BOOLEAN', 'maybe', 'Cannot convert value to boolean (bad value): maybe'],
    ['NUMERIC', '1.0000000001', 'Invalid NUMERIC value: 1.0000000001'],
    ['TIMESTAMP', 'yesterday', "Could not parse 'yesterday' as a timestamp."],
    ['TIMESTAMP', '2026-02-30T00:00:00Z', "Could not parse '2026-02-30T00:00:00Z' as a timestamp."],
    ['DATE', '2026-13-01', "Invalid date: '2026-13-01'"],
    ['INTERVAL', 'P', 'Invalid interval string "P"'],
    ['INTERVAL', 'P1DT', 'Invalid interval string "P1DT"'],
    ['RECORD', 'text', 'This field: x is not a record.'],
  ])('%s %p', (type, value, message) => {
    expect(() => coerce(value, field(type, type === 'RECORD' ? { fields: [] } : {}))).toThrow(message);
  });

  test('with the place of the fault', () => {
    const place = field('RECORD', { mode: 'REPEATED', fields: [{ name: 'zip', type: 'INTEGER' }] });
    const fault = (json: Record<string, unknown>): RowError => {
      try {
        coerceRow(json, [place], false);
      } catch (error) {
        if (error instanceof RowError) return error;
      }
      throw new Error('was accepted');
    };
    expect(fault({ x: [{ zip: 1 }, { zip: 'no' }] }).location).toBe('x[1].zip');
    expect(fault({ x: [{ zap: 1 }] })).toMatchObject({
      location: 'x[0].zap',
      message: 'no such field: zap.',
    });
    expect(fault({ x: [null] }).message).toBe(
      'Only optional fields can be set to NULL. Field: x; Value: NULL',
    );
  });
});

test('absent REQUIRED columns are refused, absent REPEATED ones are empty, unknown ones can be ignored', () => {
  const fields: Field[] = [
    { name: 'id', type: 'STRING', mode: 'REQUIRED' },
    { name: 'tags', type: 'STRING', mode: 'REPEATED' },
  ];
  expect(() => coerceRow({ id: null }, fields, false)).toThrow('Missing required field: id.');
  expect(coerceRow({ ID: 'a', more: 1 }, fields, true)).toEqual(['a', []]);
});

test('decimals keep every digit', () => {
  expect(toDecimal('99999999999999999999999999999.999999999', 9)).toBe(10n ** 38n - 1n);
  expect(toDecimal('1e29', 9)).toBeUndefined();
  expect(toDecimal('12e-1', 9)).toBe(1_200_000_000n);
});
