// Types of files and of requests, as the analyzer takes them.
import { expect, test } from '@jest/globals';
import { catalogOf, columnsOf, typeOfParameter } from './catalog.ts';

const INT64 = { typeKind: 'TYPE_INT64' };
const pair = {
  typeKind: 'TYPE_STRUCT',
  structType: {
    field: [
      { fieldName: 'n', fieldType: INT64 },
      { fieldName: 'at', fieldType: { typeKind: 'TYPE_TIMESTAMP' } },
    ],
  },
};

test('columns of records, and lists of them, keep their shape', () => {
  const fields = [
    { name: 'n', type: 'INTEGER' },
    { name: 'at', type: 'TIMESTAMP', mode: 'REQUIRED' },
  ];
  expect(
    columnsOf([
      { name: 'x', type: 'FLOAT64', mode: 'NULLABLE' },
      { name: 'one', type: 'RECORD', fields },
      { name: 'many', type: 'STRUCT', mode: 'REPEATED', fields },
      { name: 'words', type: 'STRING', mode: 'REPEATED' },
    ]),
  ).toEqual([
    { name: 'x', type: { typeKind: 'TYPE_DOUBLE' } },
    { name: 'one', type: pair },
    { name: 'many', type: { typeKind: 'TYPE_ARRAY', arrayType: { elementType: pair } } },
    {
      name: 'words',
      type: { typeKind: 'TYPE_ARRAY', arrayType: { elementType: { typeKind: 'TYPE_STRING' } } },
    },
  ]);
});

test('so do parameters', () => {
  const structTypes = [
    { name: 'n', type: { type: 'INT64' } },
    { name: 'at', type: { type: 'TIMESTAMP' } },
  ];
  const list = { type: 'ARRAY', arrayType: { type: 'STRUCT', structTypes } };
  expect(typeOfParameter(list)).toEqual({ typeKind: 'TYPE_ARRAY', arrayType: { elementType: pair } });
});

test('a table has all names that BigQuery takes for it', () => {
  const { table, catalog } = catalogOf(new Map([['d.t', [{ name: 'n', type: INT64 }]]])) as {
    table: { name: string }[];
    catalog: { name: string; table?: { name: string }[]; catalog?: { name: string }[] }[];
  };
  expect(table.map(({ name }) => name)).toEqual(['d.t', 'demo-local.d.t']);
  const [dataset, project] = catalog;
  expect([dataset?.name, dataset?.table?.map(({ name }) => name)]).toEqual(['d', ['t']]);
  expect([project?.name, project?.catalog]).toEqual(['demo-local', [dataset]]);
});
