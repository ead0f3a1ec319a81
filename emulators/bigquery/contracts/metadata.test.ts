// What clients set on datasets and tables, and read back in the form of the service.
import { beforeEach, expect, test } from '@jest/globals';
import type { Dataset } from '@google-cloud/bigquery';
import { useTestServer } from '../test-client.ts';

const server = useTestServer();
let dataset: Dataset;

beforeEach(async () => {
  [dataset] = await server.client.createDataset('d');
});

const ids = {
  fields: [
    { name: 'a', type: 'STRING' },
    { name: 'b', type: 'INTEGER' },
  ],
};

test('keys of a table are kept, changed one by one, and taken away by an empty one', async () => {
  const primaryKey = { columns: ['a'] };
  const foreignKeys = [
    {
      name: 'other',
      referencedTable: { projectId: 'demo-test', datasetId: 'd', tableId: 'u' },
      columnReferences: [{ referencingColumn: 'b', referencedColumn: 'id' }],
    },
  ];
  const [table] = await dataset.createTable('t', { schema: ids, tableConstraints: { primaryKey } } as object);
  expect(table.metadata.tableConstraints).toEqual({ primaryKey });
  const [both] = await table.setMetadata({ tableConstraints: { foreignKeys } });
  expect(both.tableConstraints).toEqual({ primaryKey, foreignKeys });
  const [one] = await table.setMetadata({ tableConstraints: { primaryKey: { columns: [] } } });
  expect(one.tableConstraints).toEqual({ foreignKeys });
  const [none] = await table.setMetadata({ tableConstraints: { foreignKeys: [] } });
  expect(none).not.toHaveProperty('tableConstraints');
  await expect(table.setMetadata({ tableConstraints: { primaryKey: { columns: ['z'] } } })).rejects.toThrow(
    'Column z of a key is not in the schema of the table',
  );
});

test('whether a filter on partitions is required stands in two places, and both agree', async () => {
  const [table] = await dataset.createTable('t', {
    schema: { fields: [{ name: 'day', type: 'DATE' }] },
    timePartitioning: { field: 'day', requirePartitionFilter: true },
  } as object);
  expect(table.metadata).toMatchObject({
    requirePartitionFilter: true,
    timePartitioning: { type: 'DAY', requirePartitionFilter: true },
  });
  const [changed] = await table.setMetadata({ requirePartitionFilter: false });
  expect(changed).toMatchObject({
    requirePartitionFilter: false,
    timePartitioning: { requirePartitionFilter: false },
  });
});

test('null is nothing, however deep it stands: no row and no table expires by it', async () => {
  const { body } = await server.send('POST', '/datasets', {
    datasetReference: { datasetId: 'nulls' },
    defaultTableExpirationMs: null,
  });
  expect(body).not.toHaveProperty('defaultTableExpirationMs');
  const timePartitioning = { type: 'DAY', field: 'at', expirationMs: null };
  const resource = {
    tableReference: { tableId: 't' },
    schema: { fields: [{ name: 'at', type: 'TIMESTAMP' }] },
    timePartitioning,
    expirationTime: null,
  };
  await server.send('POST', '/datasets/nulls/tables', resource);
  await server.send('PATCH', '/datasets/nulls/tables/t', { timePartitioning, description: 'old rows' });
  const table = server.client.dataset('nulls').table('t');
  await table.insert([{ at: '2001-01-01T00:00:00Z' }]);
  expect((await table.getRows())[0]).toHaveLength(1);
  const { timePartitioning: shown } = (await table.getMetadata())[0] as { timePartitioning: object };
  expect(shown).toEqual({ type: 'DAY', field: 'at' });
});

test('partitions that would be gone at once are refused', async () => {
  const timePartitioning = { type: 'DAY', expirationMs: '0' };
  await expect(dataset.createTable('t', { schema: ids, timePartitioning })).rejects.toThrow(
    'Invalid value for timePartitioning.expirationMs: "0"',
  );
});

test('partitioning, clustering and keys name columns of the table', async () => {
  const refused = async (metadata: object) =>
    expect(dataset.createTable('t', { schema: ids, ...metadata })).rejects.toThrow(
      /cannot be found|not in the schema/,
    );
  await refused({ timePartitioning: { field: 'z' } });
  await refused({ rangePartitioning: { field: 'z', range: { start: '0', end: '9', interval: '1' } } });
  await refused({ clustering: { fields: ['z'] } });
  await refused({ tableConstraints: { primaryKey: { columns: ['z'] } } });
});

test('text compares without case in columns of the collation und:ci', async () => {
  const [table] = await dataset.createTable('t', { schema: ids, defaultCollation: 'und:ci' } as object);
  expect(table.metadata).toMatchObject({
    defaultCollation: 'und:ci',
    schema: { fields: [{ name: 'a', collation: 'und:ci' }, { name: 'b' }] },
  });
  await table.insert([{ a: 'x' }, { a: 'X' }]);
  expect(await server.rows(`SELECT COUNT(*) AS n FROM d.t WHERE a = 'x'`)).toEqual([{ n: 2 }]);
  expect(await server.rows('SELECT COUNT(*) AS n FROM d.t GROUP BY a')).toEqual([{ n: 2 }]);
  const fields = [...table.metadata.schema.fields, { name: 'c', type: 'STRING', collation: 'und:ci' }];
  await table.setMetadata({ schema: { fields } });
  await table.insert([{ c: 'Y' }]);
  expect(await server.rows(`SELECT c FROM d.t WHERE c = 'y'`)).toEqual([{ c: 'Y' }]);
});

test('a description and policy tags are taken away with null and an empty list', async () => {
  const policyTags = { names: ['projects/p/locations/us/taxonomies/1/policyTags/2'] };
  const [table] = await dataset.createTable('t', {
    schema: { fields: [{ name: 'a', type: 'STRING', description: 'secret', policyTags }] },
  } as object);
  expect(table.metadata.schema.fields[0]).toMatchObject({ description: 'secret', policyTags });
  const [{ schema }] = await table.setMetadata({
    schema: { fields: [{ name: 'a', type: 'STRING', description: null, policyTags: { names: [] } }] },
  } as object);
  expect(schema.fields).toEqual([{ name: 'a', type: 'STRING' }]);
});

test('sizes of a type come back as text, as the API has them', async () => {
  const [table] = await dataset.createTable('t', {
    schema: {
      fields: [
        { name: 'n', type: 'NUMERIC', precision: 12, scale: 2 },
        { name: 's', type: 'STRING', maxLength: 5 },
      ],
    },
  } as object);
  expect(table.metadata.schema.fields).toMatchObject([{ precision: '12', scale: '2' }, { maxLength: '5' }]);
});

test('labels and tags are merged, other metadata is replaced, PUT replaces all', async () => {
  await dataset.setMetadata({ labels: { a: '1', b: '2' }, resourceTags: { t: 'x' } });
  const [patched] = await dataset.setMetadata({
    labels: { a: null, c: '3' },
    resourceTags: { u: 'y' },
  });
  expect(patched).toMatchObject({ labels: { b: '2', c: '3' }, resourceTags: { t: 'x', u: 'y' } });
  const { body } = await server.send('PUT', '/datasets/d', { labels: { z: '9' } });
  expect(body['labels']).toEqual({ z: '9' });
  expect(body).not.toHaveProperty('resourceTags');
});

test('a dataset without case finds its tables by any spelling, and has each name once', async () => {
  const [loose] = await server.client.createDataset('loose', { isCaseInsensitive: true } as object);
  await loose.createTable('Events', { schema: ids });
  expect(await loose.table('eventS').exists()).toEqual([true]);
  await expect(loose.createTable('EVENTS', {})).rejects.toMatchObject({ code: 409 });
  await loose.table('events').insert([{ a: 'x' }]);
  expect(await server.rows('SELECT a FROM loose.EVENTS')).toEqual([{ a: 'x' }]);
  expect(await dataset.table('events').exists()).toEqual([false]);
});

test('the basic view of a table says nothing that its rows change', async () => {
  await dataset.createTable('t', { schema: ids });
  const basic = await server.send('GET', '/datasets/d/tables/t?view=BASIC');
  expect(basic.body).toMatchObject({ type: 'TABLE', schema: ids });
  for (const key of ['numRows', 'numBytes', 'lastModifiedTime']) expect(basic.body).not.toHaveProperty(key);
  expect((await server.send('GET', '/datasets/d/tables/t')).body).toMatchObject({ numRows: '0' });
});

test('access with a condition is for clients that know of conditions', async () => {
  const condition = { expression: `request.time < timestamp('2030-01-01T00:00:00Z')`, title: 'until 2030' };
  const access = [{ role: 'READER', userByEmail: 'a@example.com', condition }];
  const datasetReference = { datasetId: 'c' };
  expect((await server.send('POST', '/datasets', { datasetReference, access })).status).toBe(400);
  const made = await server.send('POST', '/datasets?accessPolicyVersion=3', { datasetReference, access });
  expect(made.status).toBe(200);
  const shown = async (query: string) => (await server.send('GET', `/datasets/c${query}`)).body['access'];
  expect(await shown('?accessPolicyVersion=3')).toEqual(access);
  expect(await shown('')).toEqual([{ role: 'READER', userByEmail: 'a@example.com' }]);
  expect(await shown('?datasetView=METADATA')).toBeUndefined();
  expect((await server.send('PATCH', '/datasets/c', { access })).status).toBe(400);
});

test('a view that asks for legacy SQL runs where both dialects agree', async () => {
  await dataset.createTable('v', { view: { query: 'SELECT 17 AS n', useLegacySql: true } });
  expect(await server.rows('SELECT n FROM d.v')).toEqual([{ n: 17 }]);
  await expect(
    dataset.createTable('w', { view: { query: 'SELECT n FROM [demo-test:d.v]', useLegacySql: true } }),
  ).rejects.toMatchObject({ code: 501, message: 'Legacy SQL is not supported by this emulator' });
});
