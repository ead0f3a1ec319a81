// Functions as REST clients make and see them.
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

const INT64 = { typeKind: 'INT64' };
const twice = {
  routineType: 'SCALAR_FUNCTION',
  language: 'SQL',
  arguments: [{ name: 'x', dataType: INT64 }],
  returnType: INT64,
  definitionBody: 'x * 2',
};

test('functions made over REST are called, replaced, and refused a second time', async () => {
  const dataset = server.client.dataset('d');
  const [routine] = await dataset.createRoutine('twice', { ...twice, description: 'doubles' } as object);
  expect(routine.metadata).toMatchObject({ ...twice, description: 'doubles' });
  expect(await server.rows('SELECT d.twice(21) AS n')).toEqual([{ n: 42 }]);
  await expect(dataset.createRoutine('twice', twice as object)).rejects.toMatchObject({ code: 409 });

  const { etag } = routine.metadata;
  const replace = (body: object) => server.send('PUT', '/datasets/d/routines/twice', body);
  const { body } = await replace({ ...twice, definitionBody: 'x * 3', etag });
  expect(body).toMatchObject({ definitionBody: 'x * 3' });
  expect(body).not.toHaveProperty('description');
  expect(await server.rows('SELECT d.twice(2) AS n')).toEqual([{ n: 6 }]);
  expect((await replace({ ...twice, etag })).status).toBe(412);
});

test('arguments of arrays and structs, and of any type, keep their types', async () => {
  const string = { typeKind: 'STRING' };
  const given = [
    { name: 'a', dataType: { typeKind: 'ARRAY', arrayElementType: string } },
    {
      name: 's',
      dataType: { typeKind: 'STRUCT', structType: { fields: [{ name: 'k', type: string }] } },
    },
    { name: 'any', argumentKind: 'ANY_TYPE' },
  ];
  const body = {
    ...twice,
    arguments: given,
    returnType: undefined,
    definitionBody: 'CONCAT(ARRAY_TO_STRING(a, ""), s.k)',
  };
  const [routine] = await server.client.dataset('d').createRoutine('f', body as object);
  expect(routine.metadata.arguments).toEqual(given);
  expect(await server.rows(`SELECT d.f(['x'], STRUCT('y' AS k), 1) AS v`)).toEqual([{ v: 'xy' }]);
});

test.each([
  ['Routine in JAVASCRIPT', { language: 'JAVASCRIPT' }],
  ['Routine of type AGGREGATE_FUNCTION', { routineType: 'AGGREGATE_FUNCTION' }],
])('%s answers 501 with its name', async (name, change) => {
  await expect(
    server.client.dataset('d').createRoutine('f', { ...twice, ...change } as object),
  ).rejects.toMatchObject({ code: 501, message: `${name} is not supported by this emulator` });
});
