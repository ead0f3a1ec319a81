// DDL as it shows in the resources of tables and in INFORMATION_SCHEMA.
import { beforeEach, expect, test } from '@jest/globals';
import { useTestServer } from '../../test-client.ts';

const server = useTestServer();
const run = (query: string) => server.rows(query);
const metadata = async (table: string) => (await server.send('GET', `/datasets/d/tables/${table}`)).body;

beforeEach(async () => {
  await server.client.createDataset('d');
});

test('keys of CREATE TABLE and ALTER TABLE are kept, listed and dropped', async () => {
  await run('CREATE TABLE d.parent (id INT64 PRIMARY KEY NOT ENFORCED, name STRING)');
  await run(`CREATE TABLE d.child (a INT64, b INT64 REFERENCES d.parent(id) NOT ENFORCED,
    CONSTRAINT own FOREIGN KEY (a) REFERENCES d.parent(id) NOT ENFORCED)`);
  await run('ALTER TABLE d.child ADD PRIMARY KEY (a, b) NOT ENFORCED');
  expect(
    await run(
      'SELECT constraint_name, constraint_type FROM d.INFORMATION_SCHEMA.TABLE_CONSTRAINTS ORDER BY 1',
    ),
  ).toEqual([
    { constraint_name: 'child.fk$1', constraint_type: 'FOREIGN KEY' },
    { constraint_name: 'child.own', constraint_type: 'FOREIGN KEY' },
    { constraint_name: 'child.pk$', constraint_type: 'PRIMARY KEY' },
    { constraint_name: 'parent.pk$', constraint_type: 'PRIMARY KEY' },
  ]);
  expect(
    await run(
      `SELECT column_name, ordinal_position AS n FROM d.INFORMATION_SCHEMA.KEY_COLUMN_USAGE WHERE constraint_name = 'child.pk$' ORDER BY n`,
    ),
  ).toEqual([
    { column_name: 'a', n: 1 },
    { column_name: 'b', n: 2 },
  ]);
  await run('ALTER TABLE d.child DROP CONSTRAINT own');
  await run('ALTER TABLE d.child DROP PRIMARY KEY');
  await expect(run('ALTER TABLE d.child DROP CONSTRAINT own')).rejects.toThrow('was not found');
  await run('ALTER TABLE d.child DROP CONSTRAINT IF EXISTS own');
  expect(await run('SELECT COUNT(*) AS n FROM d.INFORMATION_SCHEMA.TABLE_CONSTRAINTS')).toEqual([{ n: 2 }]);
});

test('options are computed, set and taken away', async () => {
  await run(`CREATE TABLE d.t (a INT64) OPTIONS (description = "x", labels = [("k", "v")],
    expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR))`);
  expect(await metadata('t')).toMatchObject({
    description: 'x',
    labels: { k: 'v' },
    expirationTime: String(server.clock.now() + 3_600_000),
  });
  await run('ALTER TABLE d.t SET OPTIONS (description = NULL, expiration_timestamp = NULL)');
  expect(await metadata('t')).not.toHaveProperty('description');
  expect(await metadata('t')).not.toHaveProperty('expirationTime');
});

test('a table is renamed with its rows', async () => {
  await run('CREATE TABLE d.t AS SELECT 1 AS a');
  await run('ALTER TABLE d.t RENAME TO u');
  expect(await run('SELECT a FROM d.u')).toEqual([{ a: 1 }]);
  await expect(run('SELECT a FROM d.t')).rejects.toMatchObject({ code: 404 });
});

test('collations of tables and columns are kept and compared by', async () => {
  await run(`CREATE TABLE d.t (a STRING, b STRING COLLATE '') DEFAULT COLLATE 'und:ci'`);
  await run(`INSERT INTO d.t VALUES ('X', 'X')`);
  expect(await run(`SELECT a = 'x' AS a, b = 'x' AS b FROM d.t`)).toEqual([{ a: true, b: false }]);
});

test('a dry run changes nothing', async () => {
  await run('CREATE TABLE d.t AS SELECT 1 AS a');
  for (const query of [
    'TRUNCATE TABLE d.t',
    'ALTER SCHEMA d SET OPTIONS (description = "x")',
    'DROP TABLE d.t',
  ])
    await server.client.createQueryJob({ query, dryRun: true });
  expect(await run('SELECT a FROM d.t')).toEqual([{ a: 1 }]);
  expect((await server.send('GET', '/datasets/d')).body).not.toHaveProperty('description');
});
