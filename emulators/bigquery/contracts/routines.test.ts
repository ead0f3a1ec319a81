// Functions made by SQL, as REST clients see them.
import { beforeEach, expect, test } from '@jest/globals';
import { useTestServer } from '../test-client.ts';

const server = useTestServer();

beforeEach(async () => {
  await server.client.createDataset('d');
});

test('functions made by SQL are listed, shown with their types, and deleted', async () => {
  await server.client.query(
    'CREATE FUNCTION d.f(a INT64, b ARRAY<STRUCT<x STRING>>, c ANY TYPE) RETURNS FLOAT64 AS (a + 1.5)',
  );
  const dataset = server.client.dataset('d');
  const [[routine]] = await dataset.getRoutines();
  expect(routine?.id).toBe('f');
  const [metadata] = await dataset.routine('f').getMetadata();
  expect(metadata).toMatchObject({
    routineType: 'SCALAR_FUNCTION',
    language: 'SQL',
    arguments: [
      { name: 'a', dataType: { typeKind: 'INT64' } },
      {
        name: 'b',
        dataType: {
          typeKind: 'ARRAY',
          arrayElementType: {
            typeKind: 'STRUCT',
            structType: { fields: [{ name: 'x', type: { typeKind: 'STRING' } }] },
          },
        },
      },
      { name: 'c', argumentKind: 'ANY_TYPE' },
    ],
    returnType: { typeKind: 'FLOAT64' },
    definitionBody: 'a + 1.5',
  });
  await dataset.routine('f').delete();
  expect(await dataset.routine('f').exists()).toEqual([false]);
});
