import { expect, test } from '@jest/globals';
import type { Field } from '../schema.ts';
import { encodeRow, encodeValue, timestampFormat } from './encode-row.ts';

const encode = (type: Field['type'], value: unknown, format: 'seconds' | 'micros' | 'iso8601' = 'seconds') =>
  encodeValue(value, { name: 'x', type }, format);

test('timestamps come in the three forms that clients ask for', () => {
  const at = { micros: 1_705_322_096_123_456n };
  expect(encode('TIMESTAMP', at)).toBe('1.705322096123456E9');
  expect(encode('TIMESTAMP', { micros: 0n })).toBe('0.0');
  expect(encode('TIMESTAMP', { micros: -500_000n })).toBe('-5.0E-1');
  expect(encode('TIMESTAMP', at, 'micros')).toBe('1705322096123456');
  expect(encode('TIMESTAMP', at, 'iso8601')).toBe('2024-01-15T12:34:56.123456Z');
  expect(timestampFormat('true', null)).toBe('micros');
  expect(timestampFormat('True', null)).toBe('micros'); // as Python's client writes it
  expect(timestampFormat(undefined, 'ISO8601_STRING')).toBe('iso8601');
  expect(() => timestampFormat(true, 'ISO8601_STRING')).toThrow(
    'Cannot specify both use_int64_timestamp and timestamp_output_format.',
  );
});

test.each<[Field['type'], unknown, unknown]>([
  ['INTEGER', 9_007_199_254_740_993n, '9007199254740993'],
  ['FLOAT', 3, '3.0'],
  ['FLOAT', 1e21, '1.0E21'],
  ['FLOAT', Number.NaN, 'NaN'],
  ['FLOAT', -Infinity, '-Infinity'],
  ['BOOLEAN', false, 'false'],
  ['BYTES', { bytes: Buffer.from('hi') }, 'aGk='],
  ['DATE', { days: -1 }, '1969-12-31'],
  ['TIME', { micros: 11_045_500_000n }, '03:04:05.500000'],
  ['DATETIME', { micros: -1n }, '1969-12-31T23:59:59.999999'],
  ['NUMERIC', { toString: () => '1.500000000' }, '1.5'],
  ['INTERVAL', { months: 14, days: 3, micros: 0n }, '1-2 3 0:0:0'],
  ['STRING', null, null],
])('%s %p is %p', (type, value, cell) => {
  expect(encode(type, value)).toBe(cell);
});

test('records and arrays nest, and an array is never NULL', () => {
  const fields: Field[] = [
    { name: 'list', type: 'INTEGER', mode: 'REPEATED' },
    { name: 'none', type: 'STRING', mode: 'REPEATED' },
    { name: 'rec', type: 'RECORD', fields: [{ name: 'a', type: 'STRING' }] },
  ];
  expect(encodeRow([{ items: [1n, 2n] }, null, { entries: { a: 'x' } }], fields, 'seconds')).toEqual({
    f: [{ v: [{ v: '1' }, { v: '2' }] }, { v: [] }, { v: { f: [{ v: 'x' }] } }],
  });
});
