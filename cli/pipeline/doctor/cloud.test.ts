// What doctor makes of Google's answers, for what the local suite has no counterpart of: answers of the form that Google's
// reference gives, over a socket.
import http from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { closeServer, listen } from '../../../emulators/shared/http.ts';
import { ACCOUNTS, isCustom } from '../../iam/roles.ts';
import { parseConfig } from '../../../functions/config.ts';
import { createApi } from '../../provision/api.ts';
import type { Apis } from '../../provision/parts.ts';
import type { Connection } from '../connect.ts';
import { apisCheck, NEEDED_APIS } from './apis.ts';
import { clockCheck } from './clock.ts';
import { configCheck } from './config.ts';
import { databaseCheck } from './database.ts';
import { run, type Check } from './finding.ts';
import { functionsCheck } from './functions.ts';
import { judgeIndexes } from './readiness.ts';
import { rolesCheck } from './roles.ts';
import { secretCheck } from './secret.ts';

/** By path; a number is the status of an answer without a resource. */
let answers: Record<string, unknown>;
let server: http.Server;
let apis: Apis & { cloud: NonNullable<Apis['cloud']>; firestore: NonNullable<Apis['firestore']> };
beforeEach(async () => {
  answers = {};
  server = http.createServer((request, response) => {
    const answer = answers[(request.url ?? '').split('?')[0]!] ?? 404;
    const status = typeof answer === 'number' ? answer : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(status === 200 ? answer : { error: { code: status, message: 'Google says no' } }),
    );
  });
  const port = await listen(server, 0);
  const cloud = () => createApi(`http://127.0.0.1:${port}`, async () => ({}));
  apis = { cloud, bigquery: cloud(), tasks: cloud(), firestore: cloud() };
});
afterEach(() => closeServer(server));

const connection = {
  project: 'my-project',
  hub: undefined,
  config: parseConfig({ GCLOUD_PROJECT: 'my-project' }),
} as Connection;
const found = async (check: Check) =>
  (await run(check)).map(({ state, what, remedy }) => [state, what, remedy]);
const containing = (text: string): unknown => expect.stringContaining(text);

test('a queue that queue.yaml does not name is an error, and the other checks go on', async () => {
  const config = parseConfig({ GCLOUD_PROJECT: 'my-project', SYNC_QUEUE: 'another' });
  await expect(found(configCheck({ ...connection, config }))).resolves.toEqual([
    ['error', 'SYNC_QUEUE names "another", and queue.yaml has none of that name', 'add it there'],
  ]);
});

test('attempts that the queue would end before they are spent are an error', async () => {
  const config = parseConfig({ GCLOUD_PROJECT: 'my-project', SYNC_MAX_ATTEMPTS: '13' });
  const told = await found(configCheck({ ...connection, config }));
  expect(told[1]).toEqual(['error', containing('SYNC_MAX_ATTEMPTS is 13'), containing('task_retry_limit')]);
});

describe('the secret', () => {
  const SECRET = '/v1/projects/my-project/secrets/PSEUDONYMIZATION_SALT';
  const version = (state: string) => ({ name: `projects/1${SECRET.slice(11)}/versions/3`, state });
  const payload = (value: string) => ({ payload: { data: Buffer.from(value).toString('base64') } });
  const key = 'kT9vX2pQ7mZ4cR8wB1nY6sD3fG5hJ0aL-proper-and-random';
  const look = () => found(secretCheck(connection, apis));

  test.each<[string, Record<string, unknown>, unknown[]]>([
    ['does not exist', {}, ['error', containing('does not exist'), containing('secrets:set')]],
    ['has no version', { [SECRET]: {} }, ['error', containing('has no version'), containing('secrets:set')]],
    [
      'is disabled',
      { [SECRET]: {}, [`${SECRET}/versions/latest`]: version('DISABLED') },
      ['error', containing('is disabled'), containing('gcloud secrets versions enable 3')],
    ],
  ])('that %s is an error with its remedy', async (_, given, expected) => {
    answers = given;
    await expect(look()).resolves.toEqual([expected]);
  });

  test('is read where that is allowed, and its value is not repeated', async () => {
    answers = {
      [SECRET]: {},
      [`${SECRET}/versions/latest`]: version('ENABLED'),
      [`${SECRET}/versions/3:access`]: payload(key),
    };
    await expect(look()).resolves.toEqual([['ok', containing('one key, version 1 in use'), undefined]]);
    answers[`${SECRET}/versions/3:access`] = payload('short');
    const told = await look();
    expect(told).toEqual([['error', containing('is too short'), containing('secrets:set')]]);
    expect(JSON.stringify(told)).not.toContain('"short"');
  });

  test('that may not be read is unknown, and no error', async () => {
    answers = {
      [SECRET]: {},
      [`${SECRET}/versions/latest`]: version('ENABLED'),
      [`${SECRET}/versions/3:access`]: 403,
    };
    expect((await look()).map(([state]) => state)).toEqual(['ok', 'unknown']);
  });
});

describe('the APIs', () => {
  const services = (names: readonly string[]) => ({
    services: names.map((name) => ({ name: `projects/1/services/${name}.googleapis.com`, state: 'ENABLED' })),
  });
  const PATH = '/v1/projects/my-project/services:batchGet';

  test('that are not enabled are named in the command that enables them', async () => {
    answers = { [PATH]: services(NEEDED_APIS.filter((name) => name !== 'eventarc' && name !== 'run')) };
    await expect(found(apisCheck(connection, apis.cloud))).resolves.toEqual([
      [
        'error',
        '2 not enabled: run.googleapis.com, eventarc.googleapis.com',
        'gcloud services enable run.googleapis.com eventarc.googleapis.com --project my-project',
      ],
    ]);
    answers = { [PATH]: services(NEEDED_APIS) };
    expect((await found(apisCheck(connection, apis.cloud)))[0]?.[0]).toBe('ok');
  });

  test('that nobody may ask about are unknown, with the role that may', async () => {
    answers = { [PATH]: 403 };
    await expect(found(apisCheck(connection, apis.cloud))).resolves.toEqual([
      ['unknown', containing('403'), containing('roles/serviceusage.serviceUsageViewer')],
    ]);
  });
});

describe('the functions', () => {
  const NAMES = ['session_onComplete', 'internal_retryBigQuerySync'];
  const SERVICE = 'projects/my-project/locations/asia-northeast1/services/internal-retrybigquerysync';
  const at = (name: string) => `/v2/projects/my-project/locations/asia-northeast1/functions/${name}`;
  const policy = (...members: string[]) => ({ bindings: [{ role: 'roles/run.invoker', members }] });
  const ACCOUNT = 'serviceAccount:bigquery-sync-tasks@my-project.iam.gserviceaccount.com';
  const look = () => found(functionsCheck(connection, apis.cloud, NAMES));
  beforeEach(() => {
    answers = Object.fromEntries(
      NAMES.map((name) => [at(name), { state: 'ACTIVE', serviceConfig: { service: SERVICE } }]),
    );
    answers[`/v2/${SERVICE}:getIamPolicy`] = policy(ACCOUNT);
  });

  test('that are there, active, and called by the tasks alone are well', async () => {
    expect((await look()).map(([state]) => state)).toEqual(['ok', 'ok']);
  });

  test('that are missing or failed are errors', async () => {
    delete answers[at('session_onComplete')];
    answers[at('internal_retryBigQuerySync')] = { state: 'FAILED' };
    await expect(look()).resolves.toEqual([
      [
        'error',
        'session_onComplete is not deployed in asia-northeast1',
        'npm run deploy -- --project my-project',
      ],
      ['error', 'internal_retryBigQuerySync is failed', 'npm run deploy -- --project my-project'],
    ]);
  });

  test.each(['allUsers', 'allAuthenticatedUsers'])(
    'of which %s may call the retry function is an error',
    async (member) => {
      answers[`/v2/${SERVICE}:getIamPolicy`] = policy(ACCOUNT, member);
      expect(await look()).toContainEqual([
        'error',
        containing(`may be called by ${member}`),
        containing(`remove-iam-policy-binding internal-retrybigquerysync`),
      ]);
    },
  );

  test('that the tasks may not call is an error, with the command that lets them', async () => {
    answers[`/v2/${SERVICE}:getIamPolicy`] = {};
    expect(await look()).toContainEqual([
      'error',
      containing('may not call'),
      containing(`--member ${ACCOUNT}`),
    ]);
  });
});

describe('the roles', () => {
  const email = (id: string) => `${id}@my-project.iam.gserviceaccount.com`;
  const account = (id: string) => `/v1/projects/my-project/serviceAccounts/${email(id)}`;
  const binding = (role: string, id: string) => ({ role, members: [`serviceAccount:${email(id)}`] });
  const RETRY = 'bigquery-sync-retry';
  const PROJECT = '/v1/projects/my-project:getIamPolicy';
  const DATASET = '/bigquery/v2/projects/my-project/datasets/analytics_production';
  const SECRET = '/v1/projects/my-project/secrets/PSEUDONYMIZATION_SALT:getIamPolicy';
  const script = 'npm run --silent pipeline -- iam --script --project my-project | bash';
  const look = () => found(rolesCheck(connection, apis.cloud, ['internal_retryBigQuerySync']));
  const grants = ACCOUNTS.find(({ id }) => id === RETRY)!.grants;
  const on = (resource: string) =>
    grants
      .filter((grant) => grant.on === resource)
      .map(({ role }) => binding(isCustom(role) ? `projects/my-project/roles/${role}` : role, RETRY));
  beforeEach(() => {
    answers = {
      [account(RETRY)]: {},
      [account('bigquery-sync-tasks')]: {},
      [PROJECT]: { bindings: on('project') },
      [DATASET]: { access: on('dataset').map(({ role }) => ({ role, userByEmail: email(RETRY) })) },
      [SECRET]: { bindings: on('secret') },
    };
  });

  test('that are all granted, each on its own thing, are well', async () => {
    expect((await look()).map(([state]) => state)).toEqual(['ok', 'ok']);
  });

  test.each([
    ['on the secret', SECRET, 'roles/secretmanager.secretAccessor on the secret'],
    ['on the dataset', DATASET, 'bigquerySyncRowInserts on the dataset'],
    ['on the project', PROJECT, ' on the project'],
  ])('of which one is missing %s are an error that names it', async (_, path, role) => {
    answers[path] = {};
    expect(await look()).toContainEqual(['error', containing(role), script]);
  });

  test("may be Google's wider ones, on the dataset as WRITER or on the project", async () => {
    answers[DATASET] = { access: [{ role: 'WRITER', userByEmail: email(RETRY) }] };
    answers[SECRET] = {};
    answers[PROJECT] = { bindings: [binding('roles/editor', RETRY)] };
    expect((await look()).map(([state]) => state)).toEqual(['ok', 'ok']);
  });

  test('of an account that does not exist are an error, and so is a missing account of the tasks', async () => {
    answers = { [PROJECT]: {} };
    await expect(look()).resolves.toEqual([
      ['error', `${email(RETRY)} does not exist`, script],
      ['error', containing('bigquery-sync-tasks'), script],
    ]);
  });
});

test.each([
  [404, 'error', 'gcloud firestore databases create --location asia-northeast1'],
  [{ locationId: 'asia-northeast1', type: 'FIRESTORE_NATIVE' }, 'ok', undefined],
  [{ locationId: 'asia-northeast1', type: 'DATASTORE_MODE' }, 'error', 'another project'],
  [{ locationId: 'nam5', type: 'FIRESTORE_NATIVE' }, 'error', 'SYNC_REGION=us-central1'],
  [{ locationId: 'us-east1', type: 'FIRESTORE_NATIVE' }, 'warning', 'SYNC_REGION=us-east1'],
])('the database %j: %s', async (answer, state, remedy) => {
  answers = { '/v1/projects/my-project/databases/(default)': answer };
  await expect(found(databaseCheck(connection, apis.firestore))).resolves.toEqual([
    [state, expect.any(String), remedy === undefined ? undefined : containing(remedy)],
  ]);
});

test.each([
  [[undefined], 'unknown'],
  [[undefined, 300], 'ok'],
  [[-9_000, 11_000], 'ok'],
  [[11_000, 14_000], 'error'],
  [[-3_600_000], 'error'],
])('offsets of the clock of %j ms: %s', async (offsets, state) => {
  expect((await found(clockCheck(() => offsets)))[0]?.[0]).toBe(state);
});

test('an index that is being built is a warning, and one that needs repair an error', () => {
  const index = (state: string) => ({
    queryScope: 'COLLECTION',
    fields: [{ fieldPath: 'a', order: 'ASCENDING' as const }],
    state,
  });
  const wanted = { indexes: [{ collectionGroup: 'c', ...index('') }], fields: [] };
  const judge = (state: string) =>
    judgeIndexes(
      (is, what) => ({ area: '', state: is, what }),
      { indexes: new Map([['c', [index(state)]]]), fields: new Map() },
      wanted,
    ).map((finding) => finding.state);
  expect(['READY', 'CREATING', 'NEEDS_REPAIR'].map(judge)).toEqual([['ok'], ['warning'], ['error']]);
});
