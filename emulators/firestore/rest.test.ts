// The REST side and the control endpoints, as curl would use them.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../shared/clock.ts';
import { Faults } from '../shared/faults.ts';
import type { FirestoreEmulator } from './server.ts';
import { startFirestore } from './server.ts';

const ROOT = 'projects/demo-local/databases/(default)/documents';
const faults = new Faults();
let emulator: FirestoreEmulator;

beforeAll(async () => {
  emulator = await startFirestore({ port: 0, faults, clock: systemClock, log: () => undefined });
});

afterAll(() => emulator.close());

beforeEach(async () => {
  faults.clear();
  await emulator.clear();
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  authorization = 'Bearer owner',
): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${emulator.port}/${path}`, {
    method,
    headers: authorization === '' ? {} : { authorization },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
  };
}

const v1 = (method: string, path: string, body?: unknown): Promise<Answer> =>
  call(method, `v1/${ROOT}${path}`, body);

describe('documents', () => {
  const fields = {
    n: { integerValue: '9007199254740993' },
    d: { doubleValue: 'NaN' },
    t: { timestampValue: '2026-01-02T03:04:05.678901Z' },
    b: { bytesValue: 'AQI=' },
    nothing: { nullValue: null },
    m: { mapValue: { fields: { a: { arrayValue: { values: [{ booleanValue: true }] } } } } },
    g: { geoPointValue: { latitude: 1.5, longitude: -2 } },
  };

  test('are created, read, changed, listed and deleted', async () => {
    const created = await v1('POST', '/users?documentId=u1', { fields });
    expect(created).toMatchObject({ status: 200, body: { name: `${ROOT}/users/u1`, fields } });
    expect(await v1('GET', '/users/u1')).toEqual(created);
    expect(await v1('POST', '/users?documentId=u1', { fields })).toMatchObject({
      status: 409,
      body: { error: { code: 409, status: 'ALREADY_EXISTS' } },
    });
    const patched = await v1('PATCH', '/users/u1?updateMask.fieldPaths=n&updateMask.fieldPaths=d', {
      fields: { n: { integerValue: 1 } },
    });
    expect(patched.body).toMatchObject({ fields: { n: { integerValue: '1' }, b: fields.b } });
    expect((patched.body as { fields: object }).fields).not.toHaveProperty('d');
    expect(await v1('GET', '/users?pageSize=10&mask.fieldPaths=n')).toMatchObject({
      body: { documents: [{ name: `${ROOT}/users/u1`, fields: { n: { integerValue: '1' } } }] },
    });
    expect(await v1('DELETE', '/users/u1')).toEqual({ status: 200, body: {} });
    expect(await v1('GET', '/users/u1')).toMatchObject({
      status: 404,
      body: { error: { status: 'NOT_FOUND' } },
    });
  });

  test('get an id of their own when none is given', async () => {
    const { body } = await v1('POST', '/users', {});
    expect((body as { name: string }).name).toMatch(/\/users\/[A-Za-z0-9]{20}$/);
  });
});

describe('pages', () => {
  async function pagesOf(query: string): Promise<string[][]> {
    const pages: string[][] = [];
    for (let token: string | undefined = ''; token !== undefined;) {
      const { body } = await v1('GET', `/users?pageSize=2&${query}&pageToken=${token}`);
      const { documents, nextPageToken } = body as { documents: { name: string }[]; nextPageToken?: string };
      pages.push(documents.map(({ name }) => name.slice(`${ROOT}/users/`.length)));
      token = nextPageToken;
    }
    return pages;
  }

  test('go by name, with missing documents, or by another order', async () => {
    for (const [i, path] of ['a', 'b/s/1', 'c', 'd', 'e/s/2'].entries()) {
      await v1('PATCH', `/users/${path}`, { fields: { n: { integerValue: -i } } });
    }
    expect(await pagesOf('')).toEqual([['a', 'c'], ['d']]);
    expect(await pagesOf('showMissing=true')).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(await pagesOf('orderBy=n')).toEqual([['d', 'c'], ['a']]);
    expect(await pagesOf('orderBy=n%20desc')).toEqual([['a', 'c'], ['d']]);
  });

  test('are as long as may be for clients that ask for 2^32 - 1, which arrives as -1', async () => {
    for (const id of ['a', 'b']) await v1('PATCH', `/users/${id}`, { fields: {} });
    const { body } = await v1('GET', '/users?pageSize=-1');
    expect((body as { documents: unknown[] }).documents).toHaveLength(2);
    expect((await v1('POST', ':listCollectionIds', { pageSize: -1 })).body).toEqual({
      collectionIds: ['users'],
    });
  });
});

describe('custom methods', () => {
  test('commit, batchGet, runQuery, runAggregationQuery, listCollectionIds', async () => {
    const committed = await v1('POST', ':commit', {
      writes: [
        {
          update: { name: `${ROOT}/users/u1`, fields: { n: { integerValue: '1' } } },
          updateTransforms: [{ fieldPath: 'at', setToServerValue: 'REQUEST_TIME' }],
        },
        { update: { name: `${ROOT}/users/u1/sessions/s1`, fields: {} } },
      ],
    });
    const { commitTime } = committed.body as { commitTime: string };
    expect(commitTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.(\d{3}|\d{6}))?Z$/);
    expect(committed.body).toMatchObject({
      writeResults: [{ updateTime: commitTime, transformResults: [{ timestampValue: commitTime }] }, {}],
    });
    expect(
      await v1('POST', ':batchGet', { documents: [`${ROOT}/users/u1`, `${ROOT}/users/u2`] }),
    ).toMatchObject({
      body: [{ found: { name: `${ROOT}/users/u1` } }, { missing: `${ROOT}/users/u2` }],
    });
    const structuredQuery = {
      from: [{ collectionId: 'users' }],
      where: { fieldFilter: { field: { fieldPath: 'n' }, op: 'EQUAL', value: { integerValue: '1' } } },
      limit: 5,
    };
    expect(await v1('POST', ':runQuery', { structuredQuery })).toMatchObject({
      body: [{ document: { name: `${ROOT}/users/u1` } }],
    });
    expect(
      await v1('POST', '/users/u1:runQuery', { structuredQuery: { from: [{ collectionId: 'sessions' }] } }),
    ).toMatchObject({
      body: [{ document: { name: `${ROOT}/users/u1/sessions/s1` } }],
    });
    const aggregation = {
      structuredAggregationQuery: { structuredQuery, aggregations: [{ count: {}, alias: 'c' }] },
    };
    expect(await v1('POST', ':runAggregationQuery', aggregation)).toMatchObject({
      body: [{ result: { aggregateFields: { c: { integerValue: '1' } } } }],
    });
    expect(await v1('POST', '/users/u1:listCollectionIds', {})).toEqual({
      status: 200,
      body: { collectionIds: ['sessions'] },
    });
  });

  test('a transaction spans requests, and is refused after another write', async () => {
    await v1('PATCH', '/users/u1', { fields: {} });
    const { body } = await v1('POST', ':beginTransaction', {});
    const { transaction } = body as { transaction: string };
    await v1('POST', ':batchGet', { documents: [`${ROOT}/users/u1`], transaction });
    await v1('PATCH', '/users/u1', { fields: { n: { integerValue: '1' } } });
    expect(await v1('POST', ':commit', { transaction, writes: [] })).toMatchObject({
      status: 409,
      body: { error: { status: 'ABORTED' } },
    });
    expect(await v1('POST', ':rollback', { transaction })).toMatchObject({ status: 200 });
  });

  test.each([
    ['an unknown field', { writes: [{ updat: {} }] }],
    ['two members of a oneof', { writes: [{ delete: `${ROOT}/a/b`, verify: `${ROOT}/a/b` }] }],
    ['a value without a type', { writes: [{ update: { name: `${ROOT}/a/b`, fields: { x: {} } } }] }],
    ['a name of another database', { writes: [{ delete: 'projects/x/databases/y/documents/a/b' }] }],
    ['a name without an id', { writes: [{ delete: `${ROOT}/a` }] }],
    [
      'an array in an array',
      {
        writes: [
          {
            update: { name: `${ROOT}/a/b`, fields: { x: { arrayValue: { values: [{ arrayValue: {} }] } } } },
          },
        ],
      },
    ],
  ])('%s is INVALID_ARGUMENT', async (_, body) => {
    expect(await v1('POST', ':commit', body)).toMatchObject({
      status: 400,
      body: { error: { code: 400, status: 'INVALID_ARGUMENT' } },
    });
  });

  test('each write of batchWrite has a status of its own', async () => {
    const { body } = await v1('POST', ':batchWrite', {
      writes: [
        { update: { name: `${ROOT}/a/1` }, currentDocument: { exists: true } },
        { update: { name: `${ROOT}/a/2` } },
      ],
    });
    expect(body).toMatchObject({
      status: [{ code: 5 }, {}],
      writeResults: [{}, { updateTime: expect.any(String) }],
    });
  });
});

describe('access', () => {
  test.each(['', 'Bearer somebody'])(
    'with authorization "%s" is PERMISSION_DENIED',
    async (authorization) => {
      expect(await call('GET', `v1/${ROOT}/users/u1`, undefined, authorization)).toMatchObject({
        status: 403,
        body: { error: { status: 'PERMISSION_DENIED' } },
      });
    },
  );
});

describe('control', () => {
  test('GET / is Ok and unknown paths are 404', async () => {
    expect(await call('GET', '')).toEqual({ status: 200, body: 'Ok\n' });
    expect(await call('GET', 'v2/nothing')).toMatchObject({
      status: 404,
      body: { error: { status: 'NOT_FOUND' } },
    });
  });

  test('DELETE of all documents needs no token and empties one database', async () => {
    await v1('PATCH', '/users/u1', { fields: {} });
    expect(await call('DELETE', `emulator/v1/${ROOT}`, undefined, '')).toMatchObject({ status: 200 });
    expect(await v1('GET', '/users/u1')).toMatchObject({ status: 404 });
  });

  test('triggers are kept, replaced by their key, and reported', async () => {
    const heard: string[] = [];
    const stop = emulator.onTrigger(({ key }) => heard.push(key));
    const definition = {
      eventType: 'google.cloud.firestore.document.v1.written',
      document: { value: 'users/{id}' },
    };
    const path = 'emulator/v1/projects/demo-local/eventarcTrigger?eventarcTriggerId=asia-northeast1-f-0';
    expect(await call('POST', path, definition, '')).toEqual({ status: 200, body: definition });
    await call('POST', path, definition, '');
    expect(
      await call('PUT', 'emulator/v1/projects/demo-local/triggers/us-g-0', { eventTrigger: {} }, ''),
    ).toMatchObject({
      status: 200,
      body: {},
    });
    stop();
    expect(heard).toEqual(['asia-northeast1-f-0', 'asia-northeast1-f-0', 'us-g-0']);
    expect(emulator.triggers().map(({ key, kind }) => [key, kind])).toEqual([
      ['asia-northeast1-f-0', 'eventarc'],
      ['us-g-0', 'v1'],
    ]);
  });

  test('security rules are loaded for a project, and shown; what is wrong with them is an issue', async () => {
    const path = 'emulator/v1/projects/governed:securityRules';
    const put = (content: string, rest = {}) =>
      call('PUT', path, { rules: { files: [{ name: 'x', content }] }, ...rest }, '');
    const read = () => call('GET', 'v1/projects/governed/databases/(default)/documents/a/b', undefined, '');
    const rules =
      "rules_version = '2'; service cloud.firestore { match /databases/{d}/documents { match /a/b { allow get; } } }";
    expect(await call('GET', path, undefined, '')).toEqual({ status: 200, body: {} });
    expect(await put(rules)).toEqual({ status: 200, body: { issues: [] } });
    expect(await call('GET', path, undefined, '')).toEqual({
      status: 200,
      body: { rules: { files: [{ name: 'x', content: rules }] }, issues: [] },
    });
    expect(await read()).toMatchObject({ status: 404 });

    // Whoever wants no errors gets the issues, and rules that deny.
    expect(await put('y')).toMatchObject({ status: 400, body: { error: { status: 'INVALID_ARGUMENT' } } });
    expect(await read()).toMatchObject({ status: 404 });
    expect(await put('y', { ignore_errors: true })).toMatchObject({
      status: 200,
      body: {
        issues: [{ severity: 'ERROR', sourcePosition: { fileName: 'x', line: 1, column: 1 } }],
      },
    });
    expect(await read()).toMatchObject({
      status: 403,
      body: { error: { message: 'The security rules of x do not compile, so they allow nothing' } },
    });
    expect(await call('PUT', path, { rules: { files: [] } }, '')).toMatchObject({ status: 400 });
  });
});

describe('faults', () => {
  test('answer in Google’s form, or cut the connection', async () => {
    faults.add({ service: 'firestore', method: 'Commit', status: 503, reason: 'UNAVAILABLE', count: 1 });
    expect(await v1('POST', ':commit', { writes: [] })).toMatchObject({
      status: 503,
      body: { error: { code: 503, status: 'UNAVAILABLE', message: 'fault injected' } },
    });
    faults.add({ service: 'firestore', method: 'Commit', drop: true, count: 1 });
    await expect(v1('POST', ':commit', { writes: [] })).rejects.toThrow('fetch failed');
  });
});
