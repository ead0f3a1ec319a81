// What tools read of the catalog with SQL.
import { beforeEach, expect, test } from '@jest/globals';
import { useTestServer } from '../../test-client.ts';

const server = useTestServer();
const run = (query: string) => server.rows(query);

beforeEach(async () => {
  await server.client.createDataset('d');
  await run('CREATE TABLE d.t (a INT64 NOT NULL, s STRUCT<b ARRAY<STRING>>) CLUSTER BY a');
  await run('INSERT INTO d.t (a) VALUES (1), (2)');
  await run('CREATE VIEW d.v AS SELECT a FROM d.t');
});

test('__TABLES__ tells the size of tables', async () => {
  expect(
    await run('SELECT table_id, row_count, type, size_bytes > 0 AS filled FROM d.__TABLES__ ORDER BY 1'),
  ).toEqual([
    { table_id: 't', row_count: 2, type: 1, filled: true },
    { table_id: 'v', row_count: 0, type: 2, filled: false },
  ]);
});

test('TABLE_STORAGE counts the rows of a region, of a dataset, and of a project', async () => {
  for (const owner of ['`region-us`', 'd', '`demo-test`.`region-us`'])
    expect(await run(`SELECT table_name, total_rows FROM ${owner}.INFORMATION_SCHEMA.TABLE_STORAGE`)).toEqual(
      [{ table_name: 't', total_rows: 2 }],
    );
});

test('TABLES shows the statement that would make a table', async () => {
  expect(await run(`SELECT ddl FROM d.INFORMATION_SCHEMA.TABLES ORDER BY table_name`)).toEqual([
    {
      ddl: 'CREATE TABLE `demo-test.d.t`\n(\n  a INT64 NOT NULL,\n  s STRUCT<b ARRAY<STRING>>\n)\nCLUSTER BY a;',
    },
    { ddl: 'CREATE VIEW `demo-test.d.v`\nAS SELECT a FROM d.t;' },
  ]);
});

test('ROUTINES and PARAMETERS list functions and procedures', async () => {
  await run('CREATE FUNCTION d.f(x INT64) RETURNS INT64 AS (x + 1)');
  await run('CREATE PROCEDURE d.p(OUT y STRING) BEGIN SET y = "z"; END');
  expect(
    await run('SELECT routine_name, routine_type, data_type FROM d.INFORMATION_SCHEMA.ROUTINES ORDER BY 1'),
  ).toEqual([
    { routine_name: 'f', routine_type: 'FUNCTION', data_type: 'INT64' },
    { routine_name: 'p', routine_type: 'PROCEDURE', data_type: null },
  ]);
  expect(
    await run(
      'SELECT specific_name, parameter_name, parameter_mode FROM d.INFORMATION_SCHEMA.PARAMETERS ORDER BY 1, ordinal_position',
    ),
  ).toEqual([
    { specific_name: 'f', parameter_name: null, parameter_mode: null },
    { specific_name: 'f', parameter_name: 'x', parameter_mode: null },
    { specific_name: 'p', parameter_name: 'y', parameter_mode: 'OUT' },
  ]);
});

test('options of datasets', async () => {
  await run('ALTER SCHEMA d SET OPTIONS (description = "x", default_table_expiration_days = 2)');
  expect(
    await run('SELECT option_name, option_value FROM INFORMATION_SCHEMA.SCHEMATA_OPTIONS ORDER BY 1'),
  ).toEqual([
    { option_name: 'default_table_expiration_days', option_value: '2' },
    { option_name: 'description', option_value: '"x"' },
    { option_name: 'location', option_value: '"US"' },
  ]);
});

test('a view that is not served answers 501 with its name', async () => {
  await expect(run('SELECT * FROM `region-us`.INFORMATION_SCHEMA.JOBS')).rejects.toMatchObject({
    code: 501,
    message: expect.stringContaining('INFORMATION_SCHEMA.JOBS') as unknown,
  });
});
