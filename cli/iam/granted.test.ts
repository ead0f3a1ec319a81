// Least privilege, held together: what each exported function calls on the emulators, in every way that it can end, is
// what its service account is granted, and nothing granted is left unused.
import { said } from '../../test/functions/captured-console.ts';
import http from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as framework from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import type { BigQuery } from '@google-cloud/bigquery';
import type { Firestore } from 'firebase-admin/firestore';
import bridgeTable from '../../bigquery-schemas/restricted/pseudonym_bridge.json' with { type: 'json' };
import { startBigQuery } from '../../emulators/bigquery/server.ts';
import { startFirestore } from '../../emulators/firestore/server.ts';
import { systemClock } from '../../emulators/shared/clock.ts';
import { Faults, type Fault, type Service } from '../../emulators/shared/faults.ts';
import { closeServer, listen } from '../../emulators/shared/http.ts';
import { createOidcIssuer } from '../../emulators/shared/oidc.ts';
import { startTasks, type TasksEmulator } from '../../emulators/tasks/server.ts';
import * as functions from '../../functions/index.ts';
import { failureId } from '../../functions/steps/ids.ts';
import { createBigQuery } from '../../test/contracts/bigquery.ts';
import { FAKE_SECRET } from '../../test/contracts/fakes/context.ts';
import { FULL_CAMPAIGN, FULL_CHANNEL } from '../../test/contracts/channel-documents.ts';
import { FULL_SESSION } from '../../test/contracts/session-documents.ts';
import { TABLES } from '../tables.ts';
import { NEEDS, PREDEFINED } from './permissions.ts';
import { ACCOUNTS, accountOf, CUSTOM_ROLES, isCustom, TASKS_ACCOUNT, type Grant } from './roles.ts';

const PROJECT = 'demo-local';
const REGION = 'asia-northeast1';
/** Nobody answers there: tasks stay in the queue, and the retry function is called by the test alone. */
const RETRY_URL = 'http://127.0.0.1:9/';

interface Endpoint {
  readonly platform: string;
  readonly secretEnvironmentVariables?: readonly unknown[] | null;
  readonly eventTrigger?: object | null;
  readonly scheduleTrigger?: object | null;
  readonly serviceAccountEmail: { toCEL(): string };
}

process.env['GCLOUD_PROJECT'] = PROJECT; // the account's function asks for it when it is described
const endpoints = new Map<string, Endpoint>(
  Object.entries(functions).flatMap(([name, value]) => {
    const endpoint: Endpoint | undefined = Reflect.get(value, '__endpoint');
    return endpoint ? [[name, endpoint]] : [];
  }),
);

/** Every call that an emulator is asked for, while a function runs. */
class Journal extends Faults {
  running: Set<string> | undefined;

  override take(service: Service, method: string, target?: string): Promise<Fault | undefined> {
    if (method !== 'dispatch') this.running?.add(`${service} ${method}`);
    return super.take(service, method, target);
  }
}

const journal = new Journal();
const issuer = createOidcIssuer();
const options = { port: 0, faults: journal, clock: systemClock, log: () => {} };
const running: (() => Promise<unknown>)[] = [];
let firestore: Firestore;
let bigquery: BigQuery;
let tasks: TasksEmulator;
let retryServer: string;

beforeAll(async () => {
  const bigqueryEmulator = await startBigQuery(options);
  const firestoreEmulator = await startFirestore(options);
  const queueYaml = path.join(__dirname, '..', '..', 'queue.yaml');
  tasks = await startTasks({ ...options, project: PROJECT, location: REGION, issuer, queueYaml });
  const certificates = http.createServer((_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(issuer.pemCerts())),
  );
  const certificatesPort = await listen(certificates, 0);
  framework.http('retry', functions.internal_retryBigQuerySync as unknown as framework.HttpFunction);
  const server = getTestServer('retry');
  retryServer = `http://127.0.0.1:${await listen(server, 0)}/`;
  firestoreEmulator.onChange((changes) => {
    if (changes.some(({ after }) => after === undefined)) journal.running?.add('firestore delete');
  });
  running.push(
    () => tasks.close(),
    () => closeServer(server),
    () => closeServer(certificates),
    () => bigqueryEmulator.close(),
    () => firestoreEmulator.close(),
  );
  bigquery = createBigQuery(bigqueryEmulator.port);
  const restricted = bigquery.dataset('analytics_production_restricted');
  await restricted.create();
  await restricted.createTable('pseudonym_bridge', { schema: bridgeTable.schema });
  const dataset = bigquery.dataset('analytics_production');
  await dataset.create();
  for (const [table, { schema, timePartitioning, clustering }] of TABLES) {
    await dataset.createTable(table, { schema, timePartitioning, clustering });
  }
  Object.assign(process.env, {
    BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${bigqueryEmulator.port}`,
    GCLOUD_PROJECT: PROJECT,
    FUNCTIONS_EMULATOR: 'true',
    FIRESTORE_EMULATOR_HOST: `127.0.0.1:${firestoreEmulator.port}`,
    CLOUD_TASKS_EMULATOR_HOST: `127.0.0.1:${tasks.port}`,
    OIDC_CERTS_URL: `http://127.0.0.1:${certificatesPort}`,
    RETRY_FUNCTION_URL: RETRY_URL,
    PSEUDONYMIZATION_SALT: FAKE_SECRET,
    SYNC_SETTLE_SECONDS: '0',
  });
  const { initializeApp } = await import('firebase-admin/app');
  const { getFirestore } = await import('firebase-admin/firestore');
  initializeApp();
  firestore = getFirestore();
});

afterAll(async () => {
  await firestore.terminate();
  for (const stop of running) await stop();
});

const pathOf = (sessionId: string, userId = 'u1') => `users/${userId}/sessions/${sessionId}`;
const recordOf = (sessionId: string) =>
  firestore.collection('bigquerySyncFailures').doc(failureId('sessions', pathOf(sessionId)));
const outage = (count = 1) => journal.add({ service: 'bigquery', method: 'insertAll', status: 503, count });

/** A completed session that is in Firestore, and the event of it. */
const completed = (sessionId: string, data: object = FULL_SESSION, userId?: string) =>
  written(pathOf(sessionId, userId), data);

/** A document that is in Firestore, and the event of its creation; or, when it is deleted at once, of that. */
async function written(document: string, data: object, isDeleted = false): Promise<object> {
  await firestore.doc(document).set({ ...data });
  const name = `projects/${PROJECT}/databases/(default)/documents/${document}`;
  const url = `http://${process.env['FIRESTORE_EMULATOR_HOST']}/v1/${encodeURI(name)}`;
  const value: unknown = await (await fetch(url, { headers: { authorization: 'Bearer owner' } })).json();
  if (isDeleted) await firestore.doc(document).delete();
  return {
    specversion: '1.0',
    id: document,
    type: 'google.cloud.firestore.document.v1.written',
    source: `//firestore.googleapis.com/projects/${PROJECT}/databases/(default)`,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    project: PROJECT,
    database: '(default)',
    namespace: '(default)',
    location: REGION,
    document,
    data: isDeleted ? { value: {}, oldValue: value } : { value, oldValue: {} },
  };
}

type Trigger = typeof functions.session_onComplete;

async function trigger(event: object, of: Trigger = functions.session_onComplete): Promise<void> {
  await of(event as Parameters<Trigger>[0]);
}

/** Every change of a document, and its deletion. */
async function changesIn(of: Trigger, collection: string, data: object, poison: object): Promise<Scenario> {
  const [good, again, bad, gone] = await Promise.all([
    written(`${collection}/t1`, data),
    written(`${collection}/t2`, data),
    written(`${collection}/t3`, { ...data, ...poison }),
    written(`${collection}/t4`, data, true),
  ]);
  return {
    prepare: async () => {},
    run: async () => {
      await trigger(good, of);
      outage();
      await trigger(again, of);
      await trigger(again, of); // closes the record that the first one left
      await trigger(bad, of);
      await trigger(gone, of);
    },
  };
}

async function failed(sessionId: string, userId?: string): Promise<void> {
  const event = await completed(sessionId, FULL_SESSION, userId);
  outage();
  await trigger(event);
}

async function retry(sessionId: string): Promise<void> {
  const { generation } = (await recordOf(sessionId).get()).data() as { generation: number };
  const email = `${TASKS_ACCOUNT}@${PROJECT}.iam.gserviceaccount.com`;
  const token = issuer.mint({ email, audience: RETRY_URL, issuedAtMs: Date.now() });
  const body = JSON.stringify({ v: 1, failureId: recordOf(sessionId).id, generation });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  expect((await fetch(retryServer, { method: 'POST', headers, body })).status).not.toBe(401);
}

interface Scenario {
  readonly prepare: () => Promise<void>;
  readonly run: () => Promise<void>;
}

/** Each in all ways that it can end. What one needs is made by others before. */
const scenarios: Readonly<Record<string, () => Promise<Scenario>>> = {
  session_onComplete: async () => {
    const [good, again, poison] = await Promise.all([
      completed('t1'),
      completed('t2'),
      completed('t3', { ...FULL_SESSION, duration: 'an hour' }),
    ]);
    return {
      prepare: async () => {},
      run: async () => {
        await trigger(good);
        outage();
        await trigger(again);
        await trigger(again); // closes the record that the first one left
        await trigger(poison);
      },
    };
  },
  influencer_onChange: () =>
    changesIn(functions.influencer_onChange, 'influencers', FULL_CHANNEL, { view_count: 'many' }),
  campaign_onChange: () =>
    changesIn(functions.campaign_onChange, 'campaigns', FULL_CAMPAIGN, { budget: 'much' }),
  internal_retryBigQuerySync: async () => ({
    prepare: async () => {
      await failed('r1');
      await failed('r2');
      await firestore.doc(pathOf('r2')).delete();
    },
    run: async () => {
      outage();
      await retry('r1');
      await retry('r1');
      await retry('r2');
      await retry('r1'); // nothing to do
    },
  }),
  internal_sweepSyncFailures: async () => ({
    prepare: async () => {
      const long = new Date(Date.now() - 3_600_000);
      for (const id of ['w1', 'w2', 'w3']) {
        await failed(id);
        if (id === 'w1') await tasks.clear();
        const status = id === 'w3' ? 'abandoned' : 'pending';
        await recordOf(id).update({ status, nextAttemptAt: long });
      }
    },
    run: async () => {
      await functions.internal_sweepSyncFailures.run({ scheduleTime: new Date().toISOString() });
    },
  }),
  internal_reconcileSync: async () => ({
    prepare: async () => {
      for (const id of ['c1', 'c2', 'c3']) await completed(id);
    },
    run: async () => {
      outage();
      await functions.internal_reconcileSync.run({ scheduleTime: new Date().toISOString() });
      await functions.internal_reconcileSync.run({ scheduleTime: new Date().toISOString() });
    },
  }),
  account_onDelete: async () => ({ prepare: async () => {}, run: () => deleteAccount('a1') }),
  internal_erasePersons: async () => ({
    prepare: async () => {
      // Their rows came just now, and BigQuery does not let go of them.
      const { docs } = await firestore.collection('bigqueryErasures').get();
      await Promise.all(docs.map(({ ref }) => ref.delete()));
      await failed('e1', 'u9');
      await deleteAccount('u9');
    },
    async run() {
      await eraseWhatIsDue(); // the tombstone, and the failures
      await eraseWhatIsDue(); // the rows
      await eraseWhatIsDue(); // whether anything is left
    },
  }),
};

async function deleteAccount(uid: string): Promise<void> {
  const context = { eventId: uid } as Parameters<typeof functions.account_onDelete.run>[1];
  const user = { uid } as Parameters<typeof functions.account_onDelete.run>[0];
  await functions.account_onDelete.run(user, context);
}

/** Every request is taken for due. */
async function eraseWhatIsDue(): Promise<void> {
  const { running: watched } = journal;
  journal.running = undefined;
  const { docs } = await firestore.collection('bigqueryErasures').get();
  await Promise.all(docs.map(({ ref }) => ref.update({ nextAt: new Date(0) })));
  journal.running = watched;
  await functions.internal_erasePersons.run({ scheduleTime: new Date().toISOString() });
}

interface Task {
  readonly httpRequest?: { readonly oidcToken?: object };
}

async function callsOf(name: string): Promise<ReadonlySet<string>> {
  const { prepare, run } = await scenarios[name]!();
  await prepare();
  const [before] = await bigquery.getJobs();
  const known = new Set(before.map(({ id }) => id));
  const calls = (journal.running = new Set<string>());
  await run();
  journal.running = undefined;

  const [jobs] = await bigquery.getJobs();
  for (const { id, metadata } of jobs) {
    if (!known.has(id)) calls.add(`bigquery ${metadata.statistics.query.statementType}`);
  }
  for (const how of ['query', 'jobs.insert']) calls.delete(`bigquery ${how}`); // seen as jobs, with what they do
  if (calls.has('tasks createTask')) {
    const parent = `projects/${PROJECT}/locations/${REGION}/queues/bigquery-sync-queue`;
    const url = `http://127.0.0.1:${tasks.port}/v2/${parent}/tasks?responseView=FULL`;
    const listed = (await (await fetch(url)).json()) as { tasks?: Task[] };
    if (listed.tasks?.some(({ httpRequest }) => httpRequest?.oidcToken)) calls.add('tasks oidcToken');
  }
  const { platform, secretEnvironmentVariables, eventTrigger, scheduleTrigger } = endpoints.get(name)!;
  if (secretEnvironmentVariables?.length) calls.add('secret of the options');
  if (eventTrigger && platform === 'gcfv2') calls.add('event of the options');
  if (scheduleTrigger) calls.add('schedule of the options');
  return calls;
}

function permissionsOf({ role }: Grant): readonly string[] {
  return isCustom(role) ? CUSTOM_ROLES[role].permissions : (PREDEFINED[role]?.permissions ?? []);
}

const sorted = (permissions: Iterable<string>) => [...new Set(permissions)].toSorted();

test('every function runs as an account of the list, and as the one of the list', () => {
  for (const [name, { serviceAccountEmail }] of endpoints) {
    const id = accountOf(name)?.id;
    expect([name, serviceAccountEmail.toCEL()]).toEqual([
      name,
      `${id}@{{ params.PROJECT_ID }}.iam.gserviceaccount.com`,
    ]);
  }
});

test('every function that is deployed is watched here', () => {
  expect(Object.keys(scenarios).toSorted()).toEqual([...endpoints.keys()].toSorted());
});

describe.each(Object.keys(scenarios))('%s', (name) => {
  test('is granted what it calls, and nothing else', async () => {
    const calls = await callsOf(name);
    const unknown = [...calls].filter((call) => NEEDS[call] === undefined);
    expect(unknown).toEqual([]);
    const used = [...calls].flatMap((call) => NEEDS[call]?.permissions ?? []);
    expect(sorted(accountOf(name)?.grants.flatMap(permissionsOf) ?? [])).toEqual(sorted(used));
  });
});

describe('the list', () => {
  test('has ids that Google takes, each once', () => {
    const ids = [...ACCOUNTS.map(({ id }) => id), TASKS_ACCOUNT];
    expect(ids.filter((id) => !/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('grants roles that are known, none twice, and uses every one of our own', () => {
    for (const { grants } of ACCOUNTS) {
      const roles = grants.map(({ role }) => role);
      expect(roles.filter((role) => !isCustom(role) && PREDEFINED[role] === undefined)).toEqual([]);
      expect(new Set(roles).size).toBe(roles.length);
    }
    const granted = new Set(ACCOUNTS.flatMap(({ grants }) => grants.map(({ role }) => role)));
    expect(Object.keys(CUSTOM_ROLES).filter((role) => !granted.has(role as never))).toEqual([]);
  });

  test('lets nobody but the reconciliation and the erasure read rows, nobody but the erasure delete documents', () => {
    const may = (permission: string) =>
      ACCOUNTS.filter(({ grants }) => grants.some((grant) => permissionsOf(grant).includes(permission))).map(
        ({ id }) => id,
      );
    expect(may('bigquery.tables.getData')).toEqual(['bigquery-sync-reconcile', 'bigquery-sync-erase']);
    expect(may('datastore.entities.delete')).toEqual(['bigquery-sync-erase']);
    expect(said.join('\n')).toContain('Row delivered'); // the functions did run
  });
});
