// IAM policies of tables: what clients set is what they get, and everything is allowed.
import { beforeEach, expect, test } from '@jest/globals';
import type { Table } from '@google-cloud/bigquery';
import { useTestServer } from '../test-client.ts';

const server = useTestServer();
let table: Table;

beforeEach(async () => {
  const [dataset] = await server.client.createDataset('d');
  [table] = await dataset.createTable('t', { schema: 'a' });
});

const bindings = [{ role: 'roles/bigquery.dataViewer', members: ['allAuthenticatedUsers'] }];

test('a policy is kept, and not replaced by who has not seen it', async () => {
  const [first] = await table.getIamPolicy();
  expect(first).toEqual({ etag: 'ACAB' });
  const [set] = await table.setIamPolicy({ ...first, bindings });
  expect(set).toMatchObject({ version: 1, bindings });
  expect((await table.getIamPolicy())[0]).toEqual(set);
  await expect(table.setIamPolicy({ etag: 'ACAB', bindings: [] })).rejects.toMatchObject({ code: 412 });
  await table.setIamPolicy({ bindings: [] });
  expect((await table.getIamPolicy())[0]).toMatchObject({ bindings: [] });
});

test('a policy is no metadata of its table, and goes with it', async () => {
  await table.setIamPolicy({ bindings });
  expect((await table.getMetadata())[0]).not.toHaveProperty('policy');
  await table.delete();
  await table.create({ schema: 'a' });
  expect((await table.getIamPolicy())[0]).toEqual({ etag: 'ACAB' });
});

test('every permission is granted, on tables that exist', async () => {
  const permissions = ['bigquery.tables.get', 'bigquery.tables.delete'];
  expect((await table.testIamPermissions(permissions))[0]).toEqual({ permissions });
  const none = server.client.dataset('d').table('none');
  await expect(none.testIamPermissions(permissions)).rejects.toMatchObject({ code: 404 });
});
