import { expect, test } from '@jest/globals';
import { parameterLiteral } from './parameters.ts';

test.each<[object, object, string]>([
  [{ type: 'STRING' }, { value: `a'b\\c\n` }, `'a\\'b\\\\c\\n'`],
  [{ type: 'INT64' }, { value: '5' }, '5'],
  [{ type: 'INT64' }, { value: '-9223372036854775808' }, `CAST('-9223372036854775808' AS INT64)`],
  [{ type: 'BOOL' }, { value: 'true' }, 'TRUE'],
  [{ type: 'DATE' }, { value: '2026-01-02' }, `CAST('2026-01-02' AS DATE)`],
  [{ type: 'STRING' }, { value: null }, 'CAST(NULL AS STRING)'],
  [
    { type: 'ARRAY', arrayType: { type: 'INT64' } },
    { arrayValues: [{ value: '1' }, { value: '2' }] },
    'CAST([1, 2] AS ARRAY<INT64>)',
  ],
  [
    { type: 'STRUCT', structTypes: [{ name: 'a', type: { type: 'INT64' } }] },
    { structValues: { a: { value: '1' } } },
    'STRUCT(1 AS `a`)',
  ],
])('%j %j', (type, value, literal) => {
  expect(parameterLiteral(type, value)).toBe(literal);
});

test('an integer that is none is refused', () => {
  expect(() => parameterLiteral({ type: 'INT64' }, { value: '1; DROP' })).toThrow('Invalid int64 value');
});
