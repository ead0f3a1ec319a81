// Documents full of canaries take every road through the built functions, everything that can go wrong goes wrong, and
// every place outside Firestore is searched for them, in every form that a careless line of code would give them.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { GeoPoint, Timestamp } from '@google-cloud/firestore';
import { until } from '../../emulators/shared/until.ts';
import { sessions } from '../../functions/pipelines/sessions.ts';
import { enableTriggers } from '../../cli/chaos/hub.ts';
import { createCanary, STYLES } from '../leaks/canaries.ts';
import { createPlanter, fullShape, poisonShapes, searchFor, type Planted } from '../leaks/documents.ts';
import type { LeakSearch } from '../leaks/search.ts';
import { findLeaks, type Sinks } from '../leaks/sinks.ts';
import { connectQueue, METRICS, metricsOf, storedIn, tasksIn, tokenOf } from '../leaks/suite-sinks.ts';
import { operate, outage, startPipeline, type Pipeline } from './harness.ts';

let pipeline: Pipeline;
let search: LeakSearch;
const planted: Planted[] = [];
const sinks: Record<string, readonly string[]> = {};

const requests = STYLES.map((style, n) => createCanary(style, 900 + n, `a request with ${style}`));

beforeAll(async () => {
  // As in the cloud, where the functions framework tells less than on a laptop.
  pipeline = await startPipeline({ env: { SYNC_SETTLE_SECONDS: '0', NODE_ENV: 'production' } });
}, 60_000);
afterAll(() => pipeline.close());

function plantAll(): Record<
  'good' | 'poison' | 'deleted' | 'reopened' | 'eventless' | 'refused',
  readonly Planted[]
> {
  const plant = createPlanter(sessions, {
    time: (seconds) => new Timestamp(seconds, 0),
    geo: (latitude, longitude) => new GeoPoint(latitude, longitude),
    reference: (path) => pipeline.firestore.doc(path),
  });
  const light = (style: (typeof STYLES)[number]) => ({
    ...fullShape(style),
    unknown: fullShape(style).unknown.slice(0, 1),
  });
  const groups = {
    good: STYLES.map((style) => plant(fullShape(style))),
    poison: poisonShapes(sessions, 'plain').map((shape) => plant(shape)),
    deleted: [plant(light('email')), plant(light('lines'))],
    reopened: [plant(light('japanese'))],
    eventless: [plant(light('quoted')), plant(light('frame'))],
    refused: [plant(light('percent')), plant(light('plain'))],
  };
  planted.push(...Object.values(groups).flat());
  return groups;
}

/** Its failure, which has no task, is overdue. */
async function loseTime({ path }: Planted): Promise<void> {
  const failures = pipeline.firestore.collection('bigquerySyncFailures');
  const { docs } = await failures.where('documentPath', '==', path).get();
  await docs[0]!.ref.update({ nextAttemptAt: Timestamp.fromMillis(Date.now() - 120_000) });
}

const put = ({ path, data }: Planted) => pipeline.firestore.doc(path).set({ ...data });

test('documents take every road', async () => {
  const { suite, firestore } = pipeline;
  const { good, poison, deleted, reopened, eventless, refused } = plantAll();
  search = searchFor(planted, requests);
  const { client, queue } = connectQueue(pipeline);
  await client.pauseQueue({ name: queue });

  suite.faults.add({ ...outage('before', 1), status: 400, reason: 'invalid', message: refused[0]!.path });
  await put(refused[0]!);
  await suite.idle();
  suite.faults.add(outage('before', 100));
  for (const document of [...deleted, ...reopened]) await put(document);
  await suite.idle();
  suite.faults.clear();
  suite.faults.add(outage('before', 6));
  suite.faults.add(outage('after', 3));
  const failing = {
    service: 'firestore',
    phase: 'after',
    status: 503,
    reason: 'UNAVAILABLE',
    count: 4,
  } as const;
  for (const method of ['Commit', 'BatchWrite', 'BatchGetDocuments']) {
    suite.faults.add({ ...failing, method, probability: 0.3, message: good[0]!.path });
  }
  for (const document of [...good, ...poison]) await put(document);
  await enableTriggers(suite, false);
  for (const document of eventless) await put(document);
  await enableTriggers(suite, true);
  await suite.idle();
  Object.assign(sinks, await tasksIn(pipeline));
  expect(sinks['task bodies']!.length).toBeGreaterThan(0);

  for (const { path } of deleted) await firestore.doc(path).delete();
  for (const { path } of reopened) await firestore.doc(path).update({ status: 'active' });
  suite.faults.clear();
  // Tasks that fail at first, and a failure whose task is not made.
  suite.faults.add(outage('before', 2));
  suite.faults.add({ service: 'tasks', method: 'createTask', status: 503, count: 1 });
  await put(refused[1]!);
  await suite.idle();
  await client.resumeQueue({ name: queue });
  await loseTime(refused[1]!);
  await suite.runSchedule('internal_sweepSyncFailures');
  await pipeline.settled();
  await suite.runSchedule('internal_reconcileSync');
  await pipeline.settled();
  await until(() => suite.tasks.pendingCount() === 0);
  await client.close();

  const latest = await pipeline.query('SELECT session_id FROM analytics_production.sessions_latest');
  const shown = new Set(latest.map((row) => row['session_id']));
  for (const { sessionId } of [...good, ...eventless, refused[1]!]) expect(shown).toContain(sessionId);
  const failures = await pipeline.failures();
  const reasons = new Set(failures.map((failure) => String(failure['failureReason']).split(':')[0]));
  expect([...reasons]).toEqual(
    expect.arrayContaining(['document invalid', 'source deleted', 'bigquery insertAll']),
  );
}, 180_000);

test('the retry function answers whoever calls it with whatever', async () => {
  const url = pipeline.urlOf('internal_retryBigQuerySync');
  const token = tokenOf(pipeline);
  const answers: string[] = [];
  const statuses = new Set<number>();
  const ask = async (where: string, init: RequestInit) => {
    const response = await fetch(where, init);
    statuses.add(response.status);
    answers.push(await response.text(), JSON.stringify([...response.headers]));
  };
  for (const { text } of [...requests, { text: planted[0]!.path }]) {
    const base64 = Buffer.from(text).toString('base64url');
    const json = { 'content-type': 'application/json', 'x-document': encodeURIComponent(text) };
    const post = (body: string, headers: Record<string, string>) => ({
      method: 'POST',
      body,
      headers: { ...json, ...headers },
    });
    const body = JSON.stringify({ v: 1, failureId: text, generation: 1, [text]: text });
    await ask(url, post(body, {}));
    await ask(url, post(body, { authorization: `Bearer ${base64}.${base64}.${base64}` }));
    await ask(url, post(body, { authorization: `Bearer ${token}` }));
    await ask(url, post(JSON.stringify([text]), { authorization: `Bearer ${token}` }));
    await ask(url, post(text, { authorization: `Bearer ${token}`, 'content-type': 'text/plain' }));
    await ask(`${url}?d=${encodeURIComponent(text)}`, { headers: { authorization: base64 } });
    await ask(`${url}/${encodeURIComponent(text)}`, { method: 'DELETE' });
  }
  sinks['answers'] = answers;
  expect(statuses).toEqual(new Set([400, 401]));
}, 60_000);

const VERBS: readonly (readonly string[])[] = [
  ['status', '--json'],
  ['failures', 'list', '--status', 'any', '--json'],
  ['failures', 'replay', '--all', '--dry-run'],
  ['failures', 'replay', '--all', '--rate', '500'],
  ['failures', 'abandon', '--all', '--status', 'any'],
  ['reconcile', '--verify-all'],
  ['privacy', 'report'],
];

test("the operator's tool tells of failures, and not of whom", async () => {
  const told: string[] = [];
  for (const verb of VERBS) {
    const { code, stdout, stderr } = await operate(pipeline, ...verb);
    expect({ verb, isMistake: code === 2, isSilent: stdout === '' }).toEqual({
      verb,
      isMistake: false,
      isSilent: false,
    });
    told.push(stdout, stderr);
  }
  const { docs } = await pipeline.firestore.collection('bigquerySyncFailures').limit(1).get();
  const [failure] = docs;
  const { stdout } = await operate(pipeline, 'failures', 'show', failure!.id);
  const mistake = await operate(pipeline, 'failures', 'show', planted[0]!.path);
  expect([stdout, mistake.stderr]).toEqual([
    expect.stringContaining(failure!.id),
    expect.stringContaining('6 to 64 hex digits'),
  ]);
  told.push(stdout, mistake.stdout, mistake.stderr);
  // Told on purpose: the way to the document, for whoever asks for it.
  const asked = await operate(pipeline, 'failures', 'show', failure!.id, '--path', '--json');
  expect(JSON.parse(asked.stdout)).toMatchObject({ documentPath: failure!.get('documentPath') });
  sinks['operator'] = told;
  await pipeline.settled();
}, 120_000);

test('nothing that was planted is found outside Firestore', async () => {
  Object.assign(sinks, await storedIn(pipeline, planted));
  expect(emptyOf(sinks)).toEqual([]);
  expect(sinks['logs']!.length).toBeGreaterThan(50);
  expect(findLeaks(search, sinks)).toEqual([]);
}, 60_000);

test('the metrics count lines, and have no label but the name of the pipeline', () => {
  expect(METRICS.length).toBeGreaterThan(0);
  const labels = METRICS.flatMap(({ labelExtractors = {} }) => Object.values(labelExtractors));
  expect(labels.filter((label) => label !== 'EXTRACT(jsonPayload.pipeline)')).toEqual([]);
  expect(metricsOf(pipeline.logs).length).toBeGreaterThan(0);
});

test('a known limit: a body that is no JSON is logged by the functions framework, which reads it before our code', async () => {
  const [{ text } = { text: '' }] = requests;
  const body = `{"path": "${text}`;
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(pipeline.urlOf('internal_retryBigQuerySync'), {
    method: 'POST',
    headers,
    body,
  });
  expect(response.status).toBe(400);
  expect(search.find(await response.text())).toBeUndefined();
  await until(() => pipeline.logs.some((line) => search.find(line) !== undefined));
});

/** The published view shows large groups alone, and this suite has none, nor documents of other collections. */
const EMPTY = /^rows of (sessions_published|influencers\w*|campaigns\w*)$/;
function emptyOf(all: Sinks): readonly string[] {
  return Object.keys(all).filter((name) => all[name]!.join('') === '' && !EMPTY.test(name));
}
