// Partition decorators: `table$20260101` is one partition, whatever is done with it.
import { beforeEach, expect, test } from '@jest/globals';
import { useTestServer } from '../test-client.ts';

const server = useTestServer();
const table = (id: string) => server.client.dataset('d').table(id);
const numbers = async (id = 't') =>
  ((await table(id).getRows())[0] as { n: number }[]).map(({ n }) => n).toSorted((a, b) => a - b);

beforeEach(async () => {
  await server.client.createDataset('d');
  await server.client.query(`CREATE TABLE d.t (day DATE, n INT64) PARTITION BY day;
    INSERT INTO d.t VALUES ('2026-01-01', 1), ('2026-01-01', 2), ('2026-01-02', 3), (NULL, 4)`);
});

const write = async (id: string, query: string, writeDisposition: string) => {
  const [job] = await server.client.createQueryJob({ query, destination: table(id), writeDisposition });
  await job.promise();
};

test('a partition is read, counted and deleted alone', async () => {
  expect(await numbers('t$20260101')).toEqual([1, 2]);
  expect(await numbers('t$__NULL__')).toEqual([4]);
  expect((await table('t$20260102').getMetadata())[0]).toMatchObject({ numRows: '1' });
  await table('t$20260101').delete();
  expect(await numbers()).toEqual([3, 4]);
});

test('replacing a partition leaves the others', async () => {
  await write('t$20260101', `SELECT DATE '2026-01-01' AS day, 9 AS n`, 'WRITE_TRUNCATE');
  expect(await numbers()).toEqual([3, 4, 9]);
});

test('a partition that has rows is not empty, another one is', async () => {
  const query = `SELECT DATE '2026-01-03' AS day, 5 AS n`;
  await write('t$20260103', query, 'WRITE_EMPTY');
  await expect(write('t$20260103', query, 'WRITE_EMPTY')).rejects.toThrow('Already Exists');
  expect(await numbers('t$20260103')).toEqual([5]);
});

test('rows of another partition are refused, and nothing is changed', async () => {
  const refused = 'Some rows belong to different partitions rather than destination partition 20260101';
  const query = `SELECT DATE '2026-01-02' AS day, 9 AS n`;
  await expect(write('t$20260101', query, 'WRITE_TRUNCATE')).rejects.toThrow(refused);
  await expect(write('t$20260101', query, 'WRITE_APPEND')).rejects.toThrow(refused);
  const { body } = await server.send('POST', '/datasets/d/tables/t$20260101/insertAll', {
    rows: [{ json: { day: '2026-01-01', n: 5 } }, { json: { day: '2026-01-02', n: 6 } }],
  });
  expect(body['insertErrors']).toMatchObject([
    { index: 1, errors: [{ reason: 'invalid', message: refused }] },
    { index: 0, errors: [{ reason: 'stopped' }] },
  ]);
  expect(await numbers()).toEqual([1, 2, 3, 4]);
});

test('rows are streamed and copied into a partition', async () => {
  await table('t$20260101').insert([{ day: '2026-01-01', n: 5 }]);
  expect(await numbers('t$20260101')).toEqual([1, 2, 5]);
  await server.client.query('CREATE TABLE d.u (day DATE, n INT64) PARTITION BY day');
  await table('t$20260101').copy(table('u'));
  expect(await numbers('u')).toEqual([1, 2, 5]);
});

test.each([
  ['HOUR', 'TIMESTAMP', '2026-01-02 03:04:05', '2026010203', '2026010204'],
  ['MONTH', 'DATETIME', '2026-01-02 03:04:05', '202601', '202602'],
  ['YEAR', 'DATE', '2026-01-02', '2026', '2027'],
])('partitions of one %s have ids of their own form', async (type, column, value, own, other) => {
  await server.client.dataset('d').createTable('p', {
    schema: {
      fields: [
        { name: 'at', type: column },
        { name: 'n', type: 'INTEGER' },
      ],
    },
    timePartitioning: { type, field: 'at' },
  });
  await table(`p$${own}`).insert([{ at: value, n: 1 }]);
  await expect(table(`p$${other}`).insert([{ at: value, n: 2 }])).rejects.toMatchObject({
    name: 'PartialFailureError',
  });
  expect([await numbers(`p$${own}`), await numbers(`p$${other}`)]).toEqual([[1], []]);
  await expect(numbers('p$20')).rejects.toThrow('Invalid partition decorator');
});

test('partitions of ranges are named by where they begin', async () => {
  await server.client.query(
    'CREATE TABLE d.r (n INT64) PARTITION BY RANGE_BUCKET(n, GENERATE_ARRAY(0, 100, 10))',
  );
  await server.client.query('INSERT INTO d.r VALUES (5), (10), (19), (-1), (NULL)');
  expect(await numbers('r$10')).toEqual([10, 19]);
  await table('r$20').insert([{ n: 29 }]);
  await expect(table('r$20').insert([{ n: 30 }])).rejects.toMatchObject({ name: 'PartialFailureError' });
  await expect(numbers('r$15')).rejects.toThrow('Invalid partition decorator');
});

test.each([
  ['of a table that is not partitioned', 'plain$20260101', 400],
  ['by time of ingestion', 'ingested$20260101', 501],
  ['of what has no partition', 't$__UNPARTITIONED__', 501],
])('a decorator %s is refused', async (_, id, code) => {
  await server.client.query(
    'CREATE TABLE d.plain (n INT64); CREATE TABLE d.ingested (n INT64) PARTITION BY _PARTITIONDATE;',
  );
  await expect(table(id).getRows()).rejects.toMatchObject({ code });
  await expect(table(id).delete()).rejects.toMatchObject({ code });
  await expect(table(id).insert([{ n: 1 }])).rejects.toMatchObject({ code });
});

test('the summary of the partitions is a table that is only read', async () => {
  const summary = table('t$__PARTITIONS_SUMMARY__');
  const [{ schema }] = await summary.getMetadata();
  expect(schema.fields).toContainEqual({ name: 'partition_id', type: 'STRING' });
  const [rows] = await summary.getRows({ selectedFields: 'table_id,partition_id' });
  expect(rows).toEqual(
    ['20260101', '20260102', '__NULL__'].map((id) => ({ table_id: 't', partition_id: id })),
  );
  await expect(summary.delete()).rejects.toMatchObject({ code: 501 });
  await expect(summary.insert([{ n: 1 }])).rejects.toMatchObject({ code: 501 });
});

test('earlier states of a table, and snapshots, answer 501 with their names', async () => {
  await expect(table('t@-3600000').getRows()).rejects.toMatchObject({
    code: 501,
    message: 'A table as of an earlier time (table@time) is not supported by this emulator',
  });
  const copy = {
    sourceTable: { datasetId: 'd', tableId: 't' },
    destinationTable: { datasetId: 'd', tableId: 's' },
  };
  const { body } = await server.send('POST', '/jobs', {
    configuration: { copy: { ...copy, operationType: 'SNAPSHOT' } },
  });
  expect(body['error']).toMatchObject({
    code: 501,
    message: 'Copy of type SNAPSHOT is not supported by this emulator',
  });
});

test('a query names no partition', async () => {
  await expect(server.client.query('SELECT * FROM `d.t$20260101`')).rejects.toThrow('Not found');
});
