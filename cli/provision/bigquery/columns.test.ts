// Which differences of columns are made up for, which are refused, and which stay: BigQuery's rules as a table.
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { diffColumns, modeOf, typeOf, type Field } from './columns.ts';

const diff = (found: Field, wanted: Field) => diffColumns('t', [found], [wanted]);

test.each<[string, Field, Field]>([
  [
    'the same',
    { name: 'a', type: 'STRING', mode: 'REQUIRED' },
    { name: 'a', type: 'STRING', mode: 'REQUIRED' },
  ],
  ['without a mode', { name: 'a', type: 'STRING' }, { name: 'a', type: 'STRING', mode: 'NULLABLE' }],
  ['of the same type by another name', { name: 'a', type: 'INTEGER' }, { name: 'a', type: 'INT64' }],
  ['in another case', { name: 'Rep_Count', type: 'INTEGER' }, { name: 'rep_count', type: 'INTEGER' }],
  [
    'with a setting that the file does not speak of',
    { name: 'a', type: 'STRING', policyTags: { names: ['x'] } } as Field,
    { name: 'a', type: 'STRING' },
  ],
])('a column that is %s is as wanted', (_, found, wanted) => {
  expect(diff(found, wanted)).toEqual({
    changes: [],
    fields: [expect.objectContaining(found)],
    widened: [],
    refused: [],
    left: [],
  });
});

describe('a column that is missing', () => {
  test.each([
    ['NULLABLE', 'NULLABLE', undefined],
    ['REPEATED', 'REPEATED', undefined],
    ['REQUIRED', 'NULLABLE', expect.stringContaining('can only be NULLABLE')],
  ])('is added: %s as %s', (mode, as, why) => {
    const { changes, fields } = diffColumns(
      't',
      [{ name: 'a', type: 'STRING' }],
      [
        { name: 'a', type: 'STRING' },
        { name: 'b', type: 'FLOAT64', mode, description: 'new' },
      ],
    );
    expect(changes).toEqual([
      { kind: 'add', what: 'column t.b', to: `FLOAT ${as}`, ...(why === undefined ? {} : { why }) },
    ]);
    expect(fields.at(-1)).toEqual({ name: 'b', type: 'FLOAT64', mode: as, description: 'new' });
  });

  test('is added inside a record, whose other fields stay', () => {
    const record = (...names: string[]): Field => ({
      name: 'r',
      type: 'RECORD',
      fields: names.map((name) => ({ name, type: 'STRING' })),
    });
    const { changes, fields, left } = diff(record('old', 'a'), record('a', 'b'));
    expect(changes).toMatchObject([{ kind: 'add', what: 'column t.r.b' }]);
    expect(left).toMatchObject([{ kind: 'leave', what: 'column t.r.old' }]);
    expect(fields[0]?.fields?.map(({ name }) => name)).toEqual(['old', 'a', 'b']);
  });
});

describe('a column that is no longer wanted', () => {
  test('stays', () => {
    const { changes, fields, left } = diffColumns('t', [{ name: 'a', type: 'STRING' }], []);
    expect({ changes, fields }).toEqual({ changes: [], fields: [{ name: 'a', type: 'STRING' }] });
    expect(left).toMatchObject([{ kind: 'leave', what: 'column t.a' }]);
  });

  test('and REQUIRED is relaxed, because rows come without it', () => {
    const { changes, fields } = diffColumns('t', [{ name: 'a', type: 'STRING', mode: 'REQUIRED' }], []);
    expect(changes).toMatchObject([{ kind: 'relax', what: 'column t.a', from: 'REQUIRED', to: 'NULLABLE' }]);
    expect(fields).toEqual([{ name: 'a', type: 'STRING', mode: 'NULLABLE' }]);
  });
});

test('a REQUIRED column is relaxed, a description written, and both by the same update', () => {
  const found: Field = { name: 'a', type: 'STRING', mode: 'REQUIRED', description: 'old' };
  const { changes, fields } = diff(found, {
    name: 'a',
    type: 'STRING',
    mode: 'NULLABLE',
    description: 'new',
  });
  expect(changes.map(({ kind }) => kind)).toEqual(['relax', 'describe']);
  expect(fields).toEqual([{ name: 'a', type: 'STRING', mode: 'NULLABLE', description: 'new' }]);
});

test('a column cannot be made REQUIRED again, and stays as it is', () => {
  const { changes, left } = diff(
    { name: 'a', type: 'STRING' },
    { name: 'a', type: 'STRING', mode: 'REQUIRED' },
  );
  expect(changes).toEqual([]);
  expect(left).toMatchObject([{ kind: 'leave', from: 'NULLABLE', to: 'REQUIRED' }]);
});

describe('another type', () => {
  test.each([
    ['INTEGER', 'FLOAT64'],
    ['INT64', 'NUMERIC'],
    ['INTEGER', 'BIGNUMERIC'],
    ['NUMERIC', 'BIGNUMERIC'],
  ])('from %s to %s is widened, by a statement of its own', (from, to) => {
    const { changes, fields, widened, refused } = diff({ name: 'a', type: from }, { name: 'a', type: to });
    expect({ changes, refused }).toEqual({ changes: [], refused: [] });
    expect(fields).toMatchObject([{ name: 'a', type: from }]);
    expect(widened).toMatchObject([{ column: 'a', change: { kind: 'widen', what: 'column t.a' } }]);
  });

  test.each([
    ['FLOAT', 'INTEGER'],
    ['NUMERIC', 'FLOAT'],
    ['BIGNUMERIC', 'NUMERIC'],
    ['STRING', 'INTEGER'],
    ['INTEGER', 'STRING'],
    ['TIMESTAMP', 'DATE'],
    ['STRING', 'RECORD'],
  ])('from %s to %s is refused, with what to do instead', (from, to) => {
    const found = { name: 'a', type: from, mode: 'REQUIRED' };
    const { changes, fields, widened, refused } = diff(found, { name: 'a', type: to, mode: 'NULLABLE' });
    expect({ changes, widened, fields }).toEqual({ changes: [], widened: [], fields: [found] });
    expect(refused).toMatchObject([
      { kind: 'refuse', from, to, remedy: expect.stringContaining('new table') },
    ]);
  });

  test('of a list is refused also where a column would be widened', () => {
    const list = (type: string): Field => ({ name: 'a', type, mode: 'REPEATED' });
    const { widened, refused } = diff(list('INTEGER'), list('FLOAT'));
    expect({ widened, refused: refused.length }).toEqual({ widened: [], refused: 1 });
  });

  test('inside a record is refused also where a column would be widened', () => {
    const record = (type: string): Field => ({ name: 'r', type: 'RECORD', fields: [{ name: 'a', type }] });
    const { widened, refused } = diff(record('INTEGER'), record('FLOAT'));
    expect(widened).toEqual([]);
    expect(refused).toMatchObject([{ kind: 'refuse', what: 'column t.r.a' }]);
  });
});

test.each([
  ['NULLABLE', 'REPEATED'],
  ['REPEATED', 'NULLABLE'],
  ['REQUIRED', 'REPEATED'],
  ['REPEATED', 'REQUIRED'],
])('from %s to %s is refused', (from, to) => {
  const { changes, refused } = diff(
    { name: 'a', type: 'STRING', mode: from },
    { name: 'a', type: 'STRING', mode: to },
  );
  expect(changes).toEqual([]);
  expect(refused).toMatchObject([{ kind: 'refuse', from, to }]);
});

const field: fc.Arbitrary<Field> = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  type: fc.constantFrom('STRING', 'INTEGER', 'INT64', 'FLOAT', 'NUMERIC', 'BIGNUMERIC', 'TIMESTAMP'),
  mode: fc.constantFrom('REQUIRED', 'NULLABLE', 'REPEATED'),
  description: fc.constantFrom('one', 'two'),
});
const schema = fc.uniqueArray(field, { selector: ({ name }) => name, minLength: 1 });

test('whatever is wanted: no column goes, none changes its type by the update, and none becomes stricter', () => {
  fc.assert(
    fc.property(schema, schema, (found, wanted) => {
      const { fields } = diffColumns('t', found, wanted);
      for (const [i, before] of found.entries()) {
        const after = fields[i]!;
        expect([after.name, typeOf(after)]).toEqual([before.name, typeOf(before)]);
        expect([modeOf(before), 'NULLABLE']).toContain(modeOf(after));
        expect(modeOf(before) === 'REPEATED').toBe(modeOf(after) === 'REPEATED');
      }
      for (const added of fields.slice(found.length)) expect(modeOf(added)).not.toBe('REQUIRED');
    }),
  );
});
