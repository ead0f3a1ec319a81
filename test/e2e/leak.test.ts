// Identifiers are planted in Firestore, everything that can go wrong goes wrong, and every place outside Firestore is
// searched for them, in every form that a careless line of code would give them.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CloudTasksClient } from '@google-cloud/tasks';
import { PassThroughClient } from 'google-auth-library';
import { until } from '../../emulators/shared/until.ts';
import { createIdentifierSearch } from '../../cli/chaos/identifiers.ts';
import { completedSession, operate, outage, startPipeline, TABLE, type Pipeline } from './harness.ts';

const CANARIES = ['Canary7f3a9cUserIdQx', 'taro.yamada+canary@example.com', '利用者カナリア太郎'];

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline();
}, 60_000);
afterAll(() => pipeline.close());

const search = createIdentifierSearch(CANARIES);

test('the search finds what it looks for', () => {
  for (const canary of CANARIES) {
    const encoded = Buffer.from(`users/${canary}/sessions/1`).toString('base64');
    const hashed = createHash('sha256').update(canary).digest('hex');
    for (const text of [`x ${canary} y`, canary.toUpperCase(), encodeURIComponent(canary), encoded, hashed]) {
      expect({ text, found: search.find(text) !== undefined }).toEqual({ text, found: true });
    }
  }
  expect(search.find('an innocent line')).toBeUndefined();
});

test('no planted identifier is found outside Firestore', async () => {
  const { suite, firestore } = pipeline;
  const { tasks, project, region } = suite;
  const client = new CloudTasksClient({
    fallback: true,
    apiEndpoint: '127.0.0.1',
    port: tasks.port,
    protocol: 'http',
    projectId: project,
    authClient: new PassThroughClient(),
  });
  const queue = client.queuePath(project, region, 'bigquery-sync-queue');
  await client.pauseQueue({ name: queue });

  // Every road: delivered, refused, stored and then failed, poison, deleted meanwhile, Firestore failing.
  suite.faults.add(outage('before', 6));
  suite.faults.add(outage('after', 3));
  suite.faults.add({
    service: 'firestore',
    method: 'Commit',
    phase: 'after',
    status: 503,
    reason: 'UNAVAILABLE',
    count: 4,
    probability: 0.2,
  });
  for (const canary of CANARIES) {
    const sessions = firestore.collection(`users/${canary}/sessions`);
    await Promise.all([
      ...['a', 'b', 'c', 'd', 'e'].map((id) =>
        sessions.doc(id).set(completedSession({ owner: canary, [canary]: 1 })),
      ),
      sessions.doc('poison').set(
        completedSession({
          duration: canary,
          startTime: canary,
          formFeedback: { warnings: { [canary]: canary } },
        }),
      ),
      sessions.doc('deleted').set(completedSession({ exerciseType: 'plank' })),
    ]);
  }
  await suite.idle();
  const [waiting] = await client.listTasks({ parent: queue, responseView: 'FULL' });
  expect(waiting.length).toBeGreaterThan(0);
  const bodies = waiting.map((task) =>
    Buffer.from(String(task.httpRequest?.body ?? ''), 'base64').toString(),
  );

  for (const canary of CANARIES) await firestore.doc(`users/${canary}/sessions/deleted`).delete();
  const answers: string[] = [];
  for (const canary of CANARIES) {
    const response = await fetch(pipeline.urlOf('internal_retryBigQuerySync'), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${Buffer.from(canary).toString('base64url')}.e30.x`,
      },
      body: JSON.stringify({ userId: canary, failureId: canary }),
    });
    answers.push(await response.text(), JSON.stringify([...response.headers]));
  }
  suite.faults.clear();
  await client.resumeQueue({ name: queue });
  await pipeline.settled();
  await suite.runSchedule('internal_reconcileSync');
  const told: string[] = [];
  for (const verb of [['status'], ['failures', 'list'], ['failures', 'replay', '--all', '--dry-run']]) {
    told.push((await operate(pipeline, ...verb)).stdout);
  }
  await until(() => suite.tasks.pendingCount() === 0);
  await client.close();

  const failures = await pipeline.failures();
  const documents = await firestore.collectionGroup('sessions').get();
  const sinks = {
    rows: JSON.stringify(await pipeline.query(`SELECT * FROM ${TABLE}`)),
    tasks: JSON.stringify(waiting),
    bodies: bodies.join('\n'),
    reasons: failures.map((failure) => String(failure['failureReason'])).join('\n'),
    statuses: documents.docs
      .map((doc) => JSON.stringify([doc.get('bigquerySyncError'), doc.get('bigquerySyncVersion')]))
      .join('\n'),
    operator: told.join('\n'),
    logs: pipeline.logs.join('\n'),
    answers: answers.join('\n'),
  };
  for (const [sink, text] of Object.entries(sinks)) {
    expect({ sink, empty: text.length === 0 }).toEqual({ sink, empty: false });
    expect({ sink, leak: search.find(text) }).toEqual({ sink, leak: undefined });
  }
  expect(failures.filter((failure) => failure['status'] === 'pending')).toEqual([]);
  const outcomes = documents.docs.map((doc) => `${doc.id} ${doc.get('bigquerySyncStatus')}`);
  expect(new Set(outcomes)).toEqual(
    new Set(['a synced', 'b synced', 'c synced', 'd synced', 'e synced', 'poison abandoned']),
  );
  expect(await pipeline.query(`SELECT DISTINCT user_id_hash FROM ${TABLE}`)).toHaveLength(CANARIES.length);
}, 120_000);
