// The positive control of leak.test.ts: the functions with a leak in each place, in the same suite, and each is caught.
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Timestamp } from '@google-cloud/firestore';
import { until } from '../../emulators/shared/until.ts';
import { sessions } from '../../functions/pipelines/sessions.ts';
import { createPlanter, searchFor } from '../leaks/documents.ts';
import { buildLeaky } from '../leaks/leaky-build.ts';
import { findLeaks, type Sinks } from '../leaks/sinks.ts';
import { connectQueue, metricsOf, storedIn, tasksIn, tokenOf } from '../leaks/suite-sinks.ts';
import { operate, outage, startPipeline, type Pipeline } from './harness.ts';

let pipeline: Pipeline;
let folder: string;

beforeAll(async () => {
  folder = await buildLeaky();
  pipeline = await startPipeline({ functionsDir: folder, env: { SYNC_SETTLE_SECONDS: '0' } });
}, 60_000);
afterAll(async () => {
  await pipeline?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a leak into each place is caught there', async () => {
  const { suite, firestore, logs } = pipeline;
  const plant = createPlanter(sessions, {
    time: (seconds) => new Timestamp(seconds, 0),
    geo: () => null,
    reference: (path) => firestore.doc(path),
  });
  const shape = { user: 'plain', session: 'plain', spoiled: {}, unknown: [], textStyle: 'plain' } as const;
  const [failing, throwing, rejecting, printing, delivered] = Array.from({ length: 5 }, () => plant(shape));
  const all = [failing!, throwing!, rejecting!, printing!, delivered!];
  const search = searchFor(all);
  const { client, queue } = connectQueue(pipeline);
  await client.pauseQueue({ name: queue });
  const put = (document: typeof failing, repCount: number) =>
    firestore.doc(document!.path).set({ ...document!.data, repCount });
  const isLogged = (text: string) => until(() => logs.some((line) => line.includes(text)));

  suite.faults.add(outage('before', 1));
  await put(failing, 7);
  await suite.idle();
  const tasks = await tasksIn(pipeline);
  await put(printing, 3);
  await put(delivered, 7);
  await suite.idle();
  await put(throwing, 1);
  await isLogged(throwing!.path);
  await firestore.doc(throwing!.path).delete();
  await suite.runSchedule('internal_reconcileSync');

  const url = pipeline.urlOf('internal_retryBigQuerySync');
  const token = tokenOf(pipeline);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ userId: delivered!.userId }),
  });
  const operator = (await operate(pipeline, 'failures', 'list', '--status', 'any')).stdout;
  const sinks: Sinks = {
    ...tasks,
    ...(await storedIn(pipeline, all)),
    answers: [await response.text()],
    operator: [operator],
  };
  const labelled = {
    filter: 'jsonPayload.message="Row will be retried"',
    labelExtractors: { reason: 'EXTRACT(jsonPayload.reason)' },
  };
  const places = new Set(
    findLeaks(search, { ...sinks, metrics: metricsOf(logs, [labelled]) }).map(({ sink }) => sink),
  );
  expect([...places].toSorted()).toEqual(
    [
      'BigQuery jobs',
      'answers',
      'failures',
      'logs',
      'metrics',
      'operator',
      'reports',
      'rows of sessions',
      'rows of sessions_latest',
      'statuses',
      'task bodies',
      'task names',
      'task urls and headers',
    ].toSorted(),
  );
  const printed = (document: typeof failing) => logs.filter((line) => line.includes(document!.path));
  expect(printed(printing)).not.toEqual([]);

  // A rejection that nobody handles ends the process: the last thing to do.
  await put(rejecting, 2);
  await isLogged(rejecting!.path);
  expect(findLeaks(search, { logs: printed(rejecting) })).not.toEqual([]);
  await client.close();
}, 120_000);
