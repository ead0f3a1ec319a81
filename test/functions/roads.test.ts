// The exported functions on our emulators, in this process: the trigger with the event as the platform sends it,
// the retry over HTTP with the queue's token, the sweep.
import { said } from './captured-console.ts';
import http from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import * as framework from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import type { DocumentReference, Firestore } from 'firebase-admin/firestore';
import { startBigQuery } from '../../emulators/bigquery/server.ts';
import type { Emulator } from '../../emulators/shared/emulator.ts';
import { startFirestore } from '../../emulators/firestore/server.ts';
import { systemClock } from '../../emulators/shared/clock.ts';
import { Faults } from '../../emulators/shared/faults.ts';
import { closeServer, listen } from '../../emulators/shared/http.ts';
import { createOidcIssuer } from '../../emulators/shared/oidc.ts';
import { startTasks } from '../../emulators/tasks/server.ts';
import {
  internal_retryBigQuerySync,
  internal_sweepSyncFailures,
  session_onComplete,
} from '../../functions/index.ts';
import { failureId } from '../../functions/steps/ids.ts';
import { createBigQuery } from '../contracts/bigquery.ts';
import { expectedUserHash } from '../../cli/expected-pseudonym.ts';
import { FAKE_SECRET } from '../contracts/fakes/context.ts';
import { FULL_SESSION } from '../contracts/session-documents.ts';
import { readTableSchema } from '../contracts/table-schema.ts';

const PROJECT = 'demo-local';
const REGION = 'asia-northeast1';
const USER = '花子@example.com';
const account = `bigquery-sync-tasks@${PROJECT}.iam.gserviceaccount.com`;
const faults = new Faults();
const issuer = createOidcIssuer();
const options = { port: 0, faults, clock: systemClock, log: () => {} };
const running: (() => Promise<unknown>)[] = [];

let firestoreEmulator: Emulator;
let retryUrl: string;
let firestore: Firestore;
let table: { getRows(): Promise<unknown[]> };

beforeAll(async () => {
  const bigqueryEmulator = await startBigQuery(options);
  firestoreEmulator = await startFirestore(options);
  const queueYaml = path.join(__dirname, '..', '..', 'queue.yaml');
  const tasks = await startTasks({ ...options, project: PROJECT, location: REGION, issuer, queueYaml });
  const certificates = http.createServer((_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(issuer.pemCerts())),
  );
  const certificatesPort = await listen(certificates, 0);
  framework.http('retry', internal_retryBigQuerySync as unknown as framework.HttpFunction);
  const retry = getTestServer('retry');
  retryUrl = `http://127.0.0.1:${await listen(retry, 0)}/`;
  running.push(
    () => tasks.close(),
    () => closeServer(retry),
    () => closeServer(certificates),
    () => bigqueryEmulator.close(),
    () => firestoreEmulator.close(),
  );

  const dataset = createBigQuery(bigqueryEmulator.port).dataset('analytics_production');
  await dataset.create();
  const { schema, timePartitioning, clustering } = readTableSchema('sessions');
  [table] = await dataset.createTable('sessions', { schema, timePartitioning, clustering });

  Object.assign(process.env, {
    GCLOUD_PROJECT: PROJECT,
    FUNCTIONS_EMULATOR: 'true',
    FIRESTORE_EMULATOR_HOST: `127.0.0.1:${firestoreEmulator.port}`,
    BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${bigqueryEmulator.port}`,
    CLOUD_TASKS_EMULATOR_HOST: `127.0.0.1:${tasks.port}`,
    OIDC_CERTS_URL: `http://127.0.0.1:${certificatesPort}`,
    RETRY_FUNCTION_URL: retryUrl,
    PSEUDONYMIZATION_SALT: FAKE_SECRET,
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

beforeEach(() => faults.clear());

/** Writes the session, and sends the event of that write to the trigger. */
async function complete(sessionId: string): Promise<void> {
  const document = `users/${USER}/sessions/${sessionId}`;
  await firestore.doc(document).set({ ...FULL_SESSION });
  const name = `projects/${PROJECT}/databases/(default)/documents/${document}`;
  const url = `http://127.0.0.1:${firestoreEmulator.port}/v1/${encodeURI(name)}`;
  const value: unknown = await (await fetch(url, { headers: { authorization: 'Bearer owner' } })).json();
  const event = {
    specversion: '1.0',
    id: sessionId,
    type: 'google.cloud.firestore.document.v1.written',
    source: `//firestore.googleapis.com/projects/${PROJECT}/databases/(default)`,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    project: PROJECT,
    database: '(default)',
    namespace: '(default)',
    location: REGION,
    // Node reads the bytes of a header as Latin-1: ids beyond that arrive garbled.
    document: Buffer.from(document, 'utf8').toString('latin1'),
    data: { value, oldValue: {} },
  };
  await session_onComplete(event as unknown as Parameters<typeof session_onComplete>[0]);
}

async function rowsOf(sessionId: string): Promise<readonly Record<string, unknown>[]> {
  const [rows] = (await table.getRows()) as [Record<string, unknown>[]];
  return rows.filter((row) => row['session_id'] === sessionId);
}

const sessionOf = (sessionId: string) => firestore.doc(`users/${USER}/sessions/${sessionId}`);
const statusOf = async (sessionId: string) =>
  (await sessionOf(sessionId).get()).get('bigquerySyncStatus') as unknown;
const recordOf = (sessionId: string) =>
  firestore
    .collection('bigquerySyncFailures')
    .doc(failureId('sessions', `users/${USER}/sessions/${sessionId}`));

const pseudonym = expectedUserHash(FAKE_SECRET, USER);

/** Resolves when the field of the document has the value. */
function becomes(reference: DocumentReference, field: string, value: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = reference.onSnapshot((snapshot) => {
      if (snapshot.get(field) !== value) return;
      stop();
      resolve();
    }, reject);
  });
}

test('a completed session is a row under the pseudonym of the id that Firestore holds, whatever the header made of it', async () => {
  await complete('s1');
  await expect(rowsOf('s1')).resolves.toMatchObject([
    { user_id_hash: pseudonym, exercise_type: 'スクワット' },
  ]);
  await expect(statusOf('s1')).resolves.toBe('synced');
});

test('a session that meets an outage is brought in by its task', async () => {
  faults.add({ service: 'bigquery', method: 'insertAll', status: 503, count: 1 });
  await complete('s2');
  await becomes(sessionOf('s2'), 'bigquerySyncStatus', 'synced');
  await expect(rowsOf('s2')).resolves.toMatchObject([{ user_id_hash: pseudonym }]);
  expect((await recordOf('s2').get()).data()).toMatchObject({
    status: 'resolved',
    retryCount: 1,
    userId: USER,
  });
});

test('a failure that lost its task gets one from the sweep, and is brought in', async () => {
  faults.add({ service: 'bigquery', method: 'insertAll', status: 503, count: 1 });
  faults.add({ service: 'tasks', method: 'createTask', status: 503, count: 1 });
  await complete('s3');
  await expect(statusOf('s3')).resolves.toBe('failed');
  await recordOf('s3').update({ nextAttemptAt: new Date(Date.now() - 120_000) });
  await internal_sweepSyncFailures.run({ scheduleTime: new Date().toISOString() });
  await becomes(sessionOf('s3'), 'bigquerySyncStatus', 'synced');
  expect((await recordOf('s3').get()).data()).toMatchObject({ status: 'resolved', generation: 2 });
});

async function post(body: unknown, token?: string): Promise<Response> {
  return fetch(retryUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
}
const tokenOf = (email: string, audience = retryUrl) =>
  issuer.mint({ email, audience, issuedAtMs: Date.now() });
const task = { v: 1, failureId: 'a1'.repeat(32), generation: 1 };

test.each([
  ['without a token', 401, task, () => undefined],
  ['with garbage for a token', 401, task, () => 'garbage'],
  ['with the token of another audience', 401, task, () => tokenOf(account, 'https://other.invalid')],
  [
    'with the token of another account',
    403,
    task,
    () => tokenOf(`somebody@${PROJECT}.iam.gserviceaccount.com`),
  ],
  [
    'with no task body',
    400,
    { userId: USER, sessionId: 's1', tableName: 'sessions' },
    () => tokenOf(account),
  ],
  ['for a failure that nobody knows', 200, task, () => tokenOf(account)],
])('a call of the retry function %s is answered with %i', async (_, status, body, token) => {
  const response = await post(body, token());
  expect(response.status).toBe(status);
  await expect(response.text()).resolves.not.toContain(USER);
});

test('a record that is none is named in the log, without a word of what it holds', async () => {
  await firestore
    .collection('bigquerySyncFailures')
    .doc(task.failureId)
    .set({ status: 'pending', userId: [USER] });
  const response = await post(task, tokenOf(account));
  expect(response.status).toBe(200);
  expect(said.join('\n')).toContain('Failure record is malformed and counts as none');
});

test('of all that the functions said, no word is of the user or the document', () => {
  expect(said.join('\n')).toContain('Row delivered');
  for (const secret of [USER, Buffer.from(USER).toString('latin1'), 'スクワット', FAKE_SECRET]) {
    expect(said.join('\n')).not.toContain(secret);
  }
});
