// The alerts stand on metrics, the metrics on log lines, and the log lines on the code: one chain, held together here.
// The lines are those that the handlers write when they are run into every ending.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { erasePersons } from '../../functions/handlers/erase-persons.ts';
import { reconcileAll } from '../../functions/handlers/reconcile/reconcile.ts';
import { retryFailure } from '../../functions/handlers/retry-failure.ts';
import { sweepFailures } from '../../functions/handlers/sweep-failures.ts';
import { syncDocument } from '../../functions/handlers/sync-document.ts';
import { QUEUE_BACKOFF } from '../../functions/config.ts';
import * as functions from '../../functions/index.ts';
import { sessions } from '../../functions/pipelines/sessions.ts';
import { createDeadLetters } from '../../functions/services/dead-letters.ts';
import { createErasures } from '../../functions/services/erasures.ts';
import type { Log } from '../../functions/services/log.ts';
import { createReports } from '../../functions/services/reports.ts';
import { backoffMs } from '../../functions/steps/backoff.ts';
import { failureId } from '../../functions/steps/ids.ts';
import { createFakeContext } from '../contracts/fakes/context.ts';
import { startFirestoreWithClient } from '../contracts/firestore.ts';
import { FULL_SESSION } from '../contracts/session-documents.ts';
import { fieldOf, parseLogFilter, type LogEntry } from './log-filter.ts';

const root = path.join(__dirname, '..', '..');
const read = (folder: string): [string, unknown][] =>
  readdirSync(path.join(root, 'monitoring', folder)).map((file) => [
    path.parse(file).name,
    JSON.parse(readFileSync(path.join(root, 'monitoring', folder, file), 'utf8')),
  ]);

const extractor = z.string().regex(/^EXTRACT\(jsonPayload\.\w+\)$/);
const metricSchema = z.strictObject({
  name: z.string().regex(/^bigquery_sync_\w+$/),
  description: z.string().min(1),
  filter: z.string().startsWith('resource.type="cloud_run_revision" AND '),
  valueExtractor: extractor.optional(),
  metricDescriptor: z.strictObject({
    metricKind: z.literal('DELTA'),
    valueType: z.enum(['INT64', 'DISTRIBUTION']),
    unit: z.enum(['1', 's']),
    labels: z
      .array(z.strictObject({ key: z.string(), valueType: z.literal('STRING'), description: z.string() }))
      .optional(),
  }),
  labelExtractors: z.record(z.string(), extractor).optional(),
});

const conditionSchema = z.union([
  z.object({ conditionThreshold: z.object({ filter: z.string() }) }),
  z.object({ conditionAbsent: z.object({ filter: z.string() }) }),
  z.object({ conditionPrometheusQueryLanguage: z.object({ query: z.string() }) }),
]);

const alertSchema = z.object({
  displayName: z.string().startsWith('BigQuery sync: '),
  severity: z.enum(['CRITICAL', 'ERROR', 'WARNING']),
  documentation: z.object({ mimeType: z.literal('text/markdown'), content: z.string() }),
  userLabels: z.strictObject({ 'made-by': z.literal('firestore-bigquery-pipeline'), alert: z.string() }),
  conditions: z.array(conditionSchema).min(1),
});

const dashboardSchema = z.object({
  mosaicLayout: z.object({
    columns: z.int(),
    tiles: z.array(
      z.object({ xPos: z.int(), yPos: z.int(), width: z.int(), height: z.int(), widget: z.looseObject({}) }),
    ),
  }),
});

const metrics = new Map(read('metrics').map(([name, raw]) => [name, metricSchema.parse(raw)]));
const alerts = read('alerts').map(([name, raw]) => [name, alertSchema.parse(raw)] as const);

/** Metrics of the platform that alerts and dashboards use. */
const PLATFORM = [
  'cloudtasks.googleapis.com/queue/depth',
  'run.googleapis.com/request_count',
  'run.googleapis.com/container/instance_count',
];

/** Every metric that a text names, as a filter or in PromQL, where `/` and `.` become `:` and `_`. */
function metricsIn(text: string): readonly string[] {
  const filters = [...text.matchAll(/metric\.type=\\?"([^"\\]+)/g)].map(([, type]) => type!);
  const queries = [...text.matchAll(/\b(\w+_googleapis_com):(\w+)/g)].map(([, service, name]) => {
    const host = service!.replaceAll('_', '.');
    return host === 'logging.googleapis.com'
      ? `${host}/${name!.replace('user_', 'user/')}`
      : `${host}/${name}`;
  });
  return [...filters, ...queries];
}

const known = new Set([
  ...[...metrics.values()].map(({ name }) => `logging.googleapis.com/user/${name}`),
  ...PLATFORM,
]);

const UNAVAILABLE = { httpStatus: 503, reasons: [{ reason: 'backendError' }] };
const RESOURCE_EXHAUSTED = 8;
let lines: readonly LogEntry[];

beforeAll(async () => {
  lines = (await everyLine()).map((jsonPayload) => ({
    resource: { type: 'cloud_run_revision' },
    jsonPayload,
  }));
});

/** Runs the handlers into every ending, and keeps what they say. */
async function everyLine(): Promise<readonly object[]> {
  const fakes = createFakeContext();
  const { context, documents, rowSink, retryQueue, taskTokens, logs } = fakes;
  const complete = async (name: string, data: object = FULL_SESSION) => {
    const at = `users/花子/sessions/${name}`;
    const updateTime = documents.put(at, { ...data });
    await syncDocument(context, sessions, { path: at, data: { ...data }, updateTime });
    return failureId('sessions', at);
  };
  await complete('s1', { ...FULL_SESSION, unheardOf: 1 });
  await complete('s2', { ...FULL_SESSION, duration: 'an hour' });
  rowSink.failNext('before', UNAVAILABLE);
  retryQueue.failNext('before', RESOURCE_EXHAUSTED);
  const late = await complete('s3');
  for (let i = 0; i < 10; i++) {
    rowSink.failNext('before', UNAVAILABLE);
    fakes.advance(600_000);
    await retryFailure(context, {
      method: 'POST',
      authorization: taskTokens.authorization(),
      body: { v: 1, failureId: late, generation: 1 },
    });
  }
  rowSink.failNext('before', UNAVAILABLE);
  const lost = await complete('s4');
  retryQueue.finish({ failureId: lost, generation: 1 });
  fakes.advance(120_000);
  await sweepFailures(context);
  documents.put('users/花子/sessions/s5', { ...FULL_SESSION });
  fakes.advance(3_600_000);
  await reconcileAll(context);
  await reconcileAll(context);
  await erasePersons(context);
  return [...logs, ...(await linesOfMalformedRecords())];
}

async function linesOfMalformedRecords(): Promise<readonly object[]> {
  const { firestore, stored, connect, close } = await startFirestoreWithClient();
  const written: object[] = [];
  const log: Log = (severity, message, fields) => void written.push({ severity, message, ...fields });
  try {
    const id = failureId('sessions', 'users/花子/sessions/s1');
    await firestore.collection('failures').doc(id).set({ status: 'pending' });
    await createDeadLetters(stored, connect, 'failures', log).get(id);
    await firestore.collection('reports').doc('sessions').set({ report: 7 });
    await createReports(connect, 'reports', log).last('sessions');
    await firestore.collection('erasures').doc('e1').set({ status: 7 });
    await createErasures(stored, connect, 'erasures', log).get('e1');
  } finally {
    await close();
  }
  return written;
}

describe.each([...metrics])('the metric of %s', (_, metric) => {
  const matching = () => lines.filter(parseLogFilter(metric.filter));

  test('counts a line that the code writes', () => {
    expect(matching().length).toBeGreaterThan(0);
  });

  test('names no message that no line has', () => {
    for (const [, message] of metric.filter.matchAll(/jsonPayload\.message="([^"]+)"/g))
      expect(matching().map((line) => fieldOf(line, 'jsonPayload.message'))).toContain(message);
  });

  test('does not count every line', () => {
    expect(matching().length).toBeLessThan(lines.length);
  });

  test('takes its value, if it has one, from a number of each such line', () => {
    expect(metric.valueExtractor === undefined).toBe(metric.metricDescriptor.valueType === 'INT64');
    if (metric.valueExtractor === undefined) return;
    const field = metric.valueExtractor.slice('EXTRACT('.length, -1);
    const values = matching().map((line) => fieldOf(line, field));
    expect(values.filter((value) => typeof value !== 'number')).toEqual([]);
  });

  test('has labels of few values alone: names of pipelines', () => {
    const labels = metric.metricDescriptor.labels?.map(({ key }) => key) ?? [];
    expect(Object.keys(metric.labelExtractors ?? {})).toEqual(labels);
    for (const label of Object.values(metric.labelExtractors ?? {})) {
      const field = label.slice('EXTRACT('.length, -1);
      for (const line of matching()) expect([...functions.pipelines.keys()]).toContain(fieldOf(line, field));
    }
  });
});

test('a document that is late is counted once, when its retries have taken a little over a minute', () => {
  const isLate = parseLogFilter(metrics.get('late')!.filter);
  const late = lines.filter(isLate).map((line) => Number(fieldOf(line, 'jsonPayload.attempt')));
  expect(late).toHaveLength(1);
  const retries = Array.from({ length: late[0] ?? 0 }, (_, i) => i + 1);
  const seconds =
    retries.reduce((sum, retry) => sum + backoffMs(retry, { maxAttempts: 10, ...QUEUE_BACKOFF }), 0) / 1000;
  expect(seconds).toBeGreaterThan(60);
  expect(seconds).toBeLessThan(70);
});

describe.each(alerts)('the alert of %s', (name, alert) => {
  const page = path.join(root, 'docs', 'runbook', `${name}.md`);

  test('stands on metrics that there are', () => {
    for (const condition of alert.conditions) {
      const named = metricsIn(JSON.stringify(condition));
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter((metric) => !known.has(metric))).toEqual([]);
    }
  });

  test('has queries whose parentheses close', () => {
    const queries = alert.conditions.map((condition) => JSON.stringify(condition));
    for (const query of queries) {
      const count = (bracket: string) => query.split(bracket).length;
      expect([count('('), count('[')]).toEqual([count(')'), count(']')]);
    }
  });

  test('says what to run, and leads to its page', () => {
    expect(alert.userLabels.alert).toBe(name);
    expect(alert.documentation.content).toContain('npm run pipeline -- ');
    expect(alert.documentation.content).toContain(`docs/runbook/${name}.md`);
  });

  test('has a page that says what it means, how bad it is, where to look and what to do', () => {
    const text = readFileSync(page, 'utf8');
    for (const heading of ['## What it means', '## How bad', '## Look here', '## Do this'])
      expect(text).toContain(heading);
    expect(text).toContain(alert.displayName.replace('BigQuery sync: ', ''));
  });
});

/** Messages that stand in a call of the log, whether a test gets there or not. */
function messagesInCode(): readonly string[] {
  return readdirSync(path.join(root, 'functions'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(path.join(root, 'functions', file), 'utf8'))
    .flatMap((code) => [...code.matchAll(/\blog\(\s*'(?:INFO|WARNING|ERROR)',\s*'([^']+)'/g)])
    .map(([, message]) => message!);
}

test('every line that the code writes is explained, with its fields', () => {
  const text = readFileSync(path.join(root, 'docs', 'runbook', 'README.md'), 'utf8');
  const rows = [...text.matchAll(/^\| (.+?) \| ((?:INFO|WARNING|ERROR)[^|]*) \| (.+?) \|$/gm)].map(
    ([, messages, severities, fields]) => ({
      isOf: (message: string) =>
        messages!
          .split(' / ')
          .some((one) => message === one || (one[0] === '…' && message.endsWith(one.slice(2)))),
      severities: severities!.split(' / '),
      fields: fields!.split(/, | or /),
    }),
  );
  expect(messagesInCode().filter((message) => !rows.some(({ isOf }) => isOf(message)))).toEqual([]);
  for (const { jsonPayload } of lines) {
    const { message, severity, ...fields } = jsonPayload as { message: string; severity: string };
    const row = rows.find(({ isOf }) => isOf(message));
    expect([message, row?.severities]).toEqual([message, expect.arrayContaining([severity])]);
    expect(Object.keys(fields).filter((field) => !row?.fields.includes(field))).toEqual([]);
  }
});

test('a function that fails is told, but for the retry, whose errors ask the queue to come again', () => {
  const [, failing] = read('alerts').find(([name]) => name === 'failing')!;
  const queries = alertSchema
    .parse(failing)
    .conditions.map((one) => Object.values(one)[0] as { query: string });
  const services = [...queries[0]!.query.matchAll(/service_name=~"([^"]+)"/g)].map(([, names]) => names);
  expect(new Set(services).size).toBe(1);
  // Cloud Run names a service after its function, in lower case and with hyphens. The first generation has none.
  const names = Object.keys(functions).filter((name) => /^internal_|_onComplete$/.test(name));
  const watched = names.filter((name) =>
    new RegExp(`^(${services[0]})$`).test(name.toLowerCase().replaceAll('_', '-')),
  );
  expect(watched).toEqual(names.filter((name) => name !== 'internal_retryBigQuerySync'));
  expect(watched.length).toBeGreaterThan(3);
});

test('every page of the runbook is of an alert, and the list of pages names them all', () => {
  const folder = path.join(root, 'docs', 'runbook');
  const pages = readdirSync(folder).filter((file) => file !== 'README.md');
  expect(pages.toSorted()).toEqual(alerts.map(([name]) => `${name}.md`).toSorted());
  const list = readFileSync(path.join(folder, 'README.md'), 'utf8');
  expect(pages.filter((page) => !list.includes(`(${page})`))).toEqual([]);
});

describe.each(read('dashboards'))('the dashboard %s', (_, raw) => {
  const { columns, tiles } = dashboardSchema.parse(raw).mosaicLayout;

  test('shows metrics that there are', () => {
    expect(metricsIn(JSON.stringify(raw)).filter((metric) => !known.has(metric))).toEqual([]);
  });

  test('shows every metric of ours', () => {
    const shown = new Set(metricsIn(JSON.stringify(raw)));
    const ours = [...known].filter((metric) => metric.includes('/user/'));
    expect(ours.filter((metric) => !shown.has(metric))).toEqual([]);
  });

  test('has tiles side by side, within its columns', () => {
    const cells = new Set<string>();
    for (const { xPos, yPos, width, height } of tiles) {
      expect(xPos + width).toBeLessThanOrEqual(columns);
      for (let x = xPos; x < xPos + width; x++) {
        for (let y = yPos; y < yPos + height; y++) {
          expect(cells.has(`${x},${y}`)).toBe(false);
          cells.add(`${x},${y}`);
        }
      }
    }
  });
});
