import { expect, test } from '@jest/globals';
import { parseCsv } from './parse-csv.ts';

const texts = (text: string, delimiter = ',') =>
  parseCsv(text, { delimiter, quote: '"' }).map((row) => row.map((field) => field.text));

test('quoted fields hold delimiters, quotes and line breaks', () => {
  expect(texts('a,"b,""c""\nd",e\r\n1,,3\n')).toEqual([
    ['a', 'b,"c"\nd', 'e'],
    ['1', '', '3'],
  ]);
});

test('a line may end in an empty field, and empty lines are no rows', () => {
  expect(texts('a,\n\nb,c')).toEqual([
    ['a', ''],
    ['b', 'c'],
  ]);
  expect(texts('a\tb', '\t')).toEqual([['a', 'b']]);
});

test('an open quote is an error', () => {
  expect(() => texts('"abc')).toThrow('Missing close quote');
});
