import { expect, test } from '@jest/globals';
import type { Field } from './schema.ts';
import { mergedFields, schemaChanges } from './schema-change.ts';

const before: Field[] = [
  { name: 'id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'rec', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'a', type: 'INTEGER' }] },
];

test('columns are added, also inside records, and REQUIRED is relaxed', () => {
  const after: Field[] = [
    { name: 'id', type: 'STRING', mode: 'NULLABLE' },
    { name: 'new', type: 'FLOAT' },
    {
      name: 'rec',
      type: 'RECORD',
      mode: 'REPEATED',
      fields: [
        { name: 'a', type: 'INTEGER' },
        { name: 'b', type: 'DATE' },
      ],
    },
  ];
  expect(schemaChanges('p:d.t', before, after)).toEqual([
    'ALTER COLUMN "id" DROP NOT NULL',
    'ADD COLUMN "rec"."element"."b" DATE',
    'ADD COLUMN "new" DOUBLE',
  ]);
  expect(mergedFields(before, after).map(({ name }) => name)).toEqual(['id', 'rec', 'new']);
});

test.each<[string, Field[]]>([
  ['Field rec is missing in new schema', [before[0]!]],
  [
    'Field id has changed type from STRING to INTEGER',
    [{ name: 'id', type: 'INTEGER', mode: 'REQUIRED' }, before[1]!],
  ],
  ['Field rec has changed mode from REPEATED to NULLABLE', [before[0]!, { ...before[1]!, mode: 'NULLABLE' }]],
  [
    'Cannot add required fields to an existing schema. (field: x)',
    [...before, { name: 'x', type: 'DATE', mode: 'REQUIRED' }],
  ],
])('%s', (message, after) => {
  expect(() => schemaChanges('p:d.t', before, after)).toThrow(
    `Provided Schema does not match Table p:d.t. ${message}`,
  );
});
