// Indexes and TTL policies as provisioning sets them, by Google's own admin client and over REST.
import { expect, test } from '@jest/globals';
import { v1 } from '@google-cloud/firestore';
import { withEmulator } from '../testing/with-emulator.ts';

const suite = withEmulator();
const DATABASE = '/v1/projects/demo-local/databases/(default)';
const GROUP = `${DATABASE}/collectionGroups/sessions`;
const index = {
  queryScope: 'COLLECTION_GROUP',
  fields: [
    { fieldPath: 'status', order: 'ASCENDING' },
    { fieldPath: 'createdAt', order: 'DESCENDING' },
  ],
};

test('an index is made once, ends with the name of the document, and is ready at once', async () => {
  expect(await suite.rest('GET', `${GROUP}/indexes`)).toMatchObject({ body: { indexes: [] } });
  const made = await suite.rest('POST', `${GROUP}/indexes`, index);
  const whole = {
    ...index,
    fields: [...index.fields, { fieldPath: '__name__', order: 'DESCENDING' }],
    state: 'READY',
  };
  expect(made).toMatchObject({ status: 200, body: { done: true, response: whole } });
  expect(await suite.rest('POST', `${GROUP}/indexes`, index)).toMatchObject({
    status: 409,
    body: { error: { status: 'ALREADY_EXISTS' } },
  });
  const { body } = await suite.rest('GET', `${GROUP}/indexes`);
  expect(body).toMatchObject({ indexes: [whole] });
  const { name } = (body as { indexes: [{ name: string }] }).indexes[0];
  expect(await suite.rest('GET', `/v1/${name}`)).toMatchObject({ status: 200, body: whole });
  expect(await suite.rest('GET', `${GROUP}/indexes/none`)).toMatchObject({ status: 404 });
});

test.each([
  ['one field', { ...index, fields: index.fields.slice(0, 1) }],
  ['no scope', { fields: index.fields }],
  [
    'a field that is neither ordered nor of an array',
    { ...index, fields: [{ fieldPath: 'a' }, { fieldPath: 'b' }] },
  ],
])('an index of %s is refused', async (_, wrong) => {
  expect(await suite.rest('POST', `${GROUP}/indexes`, wrong)).toMatchObject({
    status: 400,
    body: { error: { status: 'INVALID_ARGUMENT' } },
  });
});

test('a field has the indexes of every field, until it has its own; a TTL policy stands beside them', async () => {
  const field = `${GROUP}/fields/expireAt`;
  const automatic = await suite.rest('GET', field);
  expect(automatic.body).toMatchObject({ indexConfig: { usesAncestorConfig: true } });
  expect((automatic.body as { indexConfig: { indexes: object[] } }).indexConfig.indexes).toHaveLength(3);

  await suite.rest('PATCH', `${field}?updateMask=ttlConfig`, { ttlConfig: {} });
  await suite.rest('PATCH', `${field}?updateMask=indexConfig`, { indexConfig: { indexes: [] } });
  const { body } = await suite.rest('GET', field);
  expect(body).toMatchObject({ ttlConfig: { state: 'ACTIVE' } });
  expect((body as { indexConfig: object }).indexConfig).toEqual({ indexes: [] });

  await suite.rest('PATCH', `${field}?updateMask=indexConfig`, {});
  await suite.rest('PATCH', `${field}?updateMask=ttlConfig`, {});
  expect((await suite.rest('GET', field)).body).toEqual(automatic.body);
});

/** The client takes headers as an object, whatever its types say. */
const owner = { getRequestHeaders: async () => ({ authorization: 'Bearer owner' }) };

test("Google's admin client finds the index that it made", async () => {
  const client = new v1.FirestoreAdminClient({
    fallback: true,
    protocol: 'http',
    apiEndpoint: '127.0.0.1',
    port: suite.emulator.port,
    auth: { getClient: async () => owner, getProjectId: async () => 'demo-local' },
  } as unknown as ConstructorParameters<typeof v1.FirestoreAdminClient>[0]);
  const parent = GROUP.slice('/v1/'.length);
  await client.createIndex({ parent, index: index as object });
  const [indexes] = await client.listIndexes({ parent });
  expect(indexes).toMatchObject([{ queryScope: 'COLLECTION_GROUP', state: 'READY' }]);
  await client.close();
});

test('it is for servers only, and forgotten when all is cleared', async () => {
  await suite.rest('POST', `${GROUP}/indexes`, index);
  const asked = await fetch(`http://127.0.0.1:${suite.emulator.port}${GROUP}/indexes`);
  expect(asked.status).toBe(403);
  await suite.emulator.clear();
  expect(await suite.rest('GET', `${GROUP}/indexes`)).toMatchObject({ body: { indexes: [] } });
});
