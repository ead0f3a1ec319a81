// Partitioned tables: filters that are required, partitions that expire, and how they are listed.
import { beforeEach, expect, test } from '@jest/globals';
import { useTestServer } from '../test-client.ts';

const server = useTestServer();
const run = (query: string) => server.rows(query);

beforeEach(async () => {
  await server.client.createDataset('d');
});

test('a required partition filter is required of queries and DML', async () => {
  await run(
    'CREATE TABLE d.t (day DATE, n INT64) PARTITION BY day OPTIONS (require_partition_filter = true)',
  );
  await run(`INSERT INTO d.t (day, n) VALUES ('2025-12-31', 1)`);
  const refused = `without a filter over column(s) 'day' that can be used for partition elimination`;
  await expect(run('SELECT n FROM d.t')).rejects.toThrow(refused);
  await expect(run('SELECT day FROM d.t WHERE n = 1')).rejects.toThrow(refused);
  await expect(run('DELETE FROM d.t WHERE n = 1')).rejects.toThrow(refused);
  expect(await run(`SELECT n FROM d.t WHERE day >= '2025-01-01'`)).toEqual([{ n: 1 }]);
});

test('partitions expire by the clock', async () => {
  await run('CREATE TABLE d.t (at TIMESTAMP) PARTITION BY DATE(at) OPTIONS (partition_expiration_days = 2)');
  await run(
    `INSERT INTO d.t (at) VALUES (CURRENT_TIMESTAMP()), (TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 5 DAY))`,
  );
  expect(await run('SELECT COUNT(*) AS n FROM d.t')).toEqual([{ n: 1 }]);
  server.clock.advance(3 * 86_400_000);
  expect(await run('SELECT COUNT(*) AS n FROM d.t')).toEqual([{ n: 0 }]);
});

test('INFORMATION_SCHEMA.PARTITIONS counts rows', async () => {
  await run('CREATE TABLE d.t (day DATE) PARTITION BY day');
  await run(`INSERT INTO d.t (day) VALUES ('2025-12-31'), ('2025-12-31'), (NULL)`);
  await run('CREATE TABLE d.plain AS SELECT 1 AS x');
  await run('CREATE TABLE d.r (n INT64) PARTITION BY RANGE_BUCKET(n, GENERATE_ARRAY(0, 100, 10))');
  await run('INSERT INTO d.r VALUES (15), (200)');
  expect(
    await run(
      'SELECT table_name, partition_id, total_rows FROM d.INFORMATION_SCHEMA.PARTITIONS ORDER BY 1, 2',
    ),
  ).toEqual([
    { table_name: 'plain', partition_id: null, total_rows: 1 },
    { table_name: 'r', partition_id: '10', total_rows: 1 },
    { table_name: 'r', partition_id: '__UNPARTITIONED__', total_rows: 1 },
    { table_name: 't', partition_id: '20251231', total_rows: 2 },
    { table_name: 't', partition_id: '__NULL__', total_rows: 1 },
  ]);
});

test('DML may touch rows that are not in the streaming buffer', async () => {
  await run('CREATE TABLE d.t AS SELECT 1 AS n');
  await server.client
    .dataset('d')
    .table('t')
    .insert([{ n: 2 }]);
  await run('UPDATE d.t SET n = 10 WHERE n = 1');
  await run('DELETE FROM d.t WHERE n = 99');
  await run('MERGE d.t USING (SELECT 3 AS m) AS s ON n = m WHEN NOT MATCHED THEN INSERT (n) VALUES (m)');
  await expect(run('UPDATE d.t SET n = 20 WHERE n = 2')).rejects.toThrow('streaming buffer');
  await expect(run('DELETE FROM d.t WHERE true')).rejects.toThrow('streaming buffer');
  expect(await run('SELECT n FROM d.t ORDER BY n')).toEqual([{ n: 2 }, { n: 3 }, { n: 10 }]);
  server.clock.advance(31 * 60_000);
  await run('DELETE FROM d.t WHERE true');
});

test.each([
  [`SELECT 1 + 'a'`, 'No matching signature for operator + for argument types: INT64, STRING'],
  ['SELECT UPPER(1)', 'No matching signature for function UPPER for argument types: INT64'],
])('%s fails in the words of the service', async (sql, message) => {
  await expect(run(sql)).rejects.toThrow(message);
});
