// All that comes out of a running suite: read over its services' own APIs, as whoever works there sees it.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CloudTasksClient } from '@google-cloud/tasks';
import { PassThroughClient } from 'google-auth-library';
import { DATASET } from '../../cli/provision.ts';
import { root, type Pipeline } from '../e2e/harness.ts';
import type { Planted } from './documents.ts';
import { cellsOf, textsIn, type Sinks } from './sinks.ts';

/** Where what is planted may be found, all of them in Firestore. */
const AT_HOME = new Set(['userId', 'sessionId', 'documentPath', 'documentVersion', 'verifiedUpTo']);

export function connectQueue({ suite }: Pipeline) {
  const client = new CloudTasksClient({
    fallback: true,
    apiEndpoint: '127.0.0.1',
    port: suite.tasks.port,
    protocol: 'http',
    projectId: suite.project,
    authClient: new PassThroughClient(),
  });
  return { client, queue: client.queuePath(suite.project, suite.region, 'bigquery-sync-queue') };
}

/** Of each waiting task its name, and whatever it will send. */
export async function tasksIn(pipeline: Pipeline): Promise<Sinks> {
  const { client, queue } = connectQueue(pipeline);
  const [tasks] = await client.listTasks({ parent: queue, responseView: 'FULL' });
  await client.close();
  return {
    'task names': tasks.map(({ name }) => String(name)),
    'task urls and headers': tasks.flatMap(({ httpRequest }) => textsIn({ ...httpRequest, body: '' })),
    'task bodies': tasks.map(({ httpRequest }) => Buffer.from(httpRequest?.body ?? '').toString()),
  };
}

/** What stands in BigQuery, Firestore and the logs. */
export async function storedIn(pipeline: Pipeline, planted: readonly Planted[]): Promise<Sinks> {
  const { firestore, bigquery, logs } = pipeline;
  const [tables] = await bigquery.dataset(DATASET).getTables();
  const rows = await Promise.all(
    tables.map(async ({ id }) =>
      (await pipeline.query(`SELECT * FROM ${DATASET}.${id}`)).flatMap((row) => cellsOf(row, planted)),
    ),
  );
  const [jobs] = await bigquery.getJobs({ allUsers: true });
  const kept = new Set(planted.map(({ sessionId }) => sessionId)); // a reconciliation asks for rows by their key
  const documents = await firestore.collectionGroup('sessions').get();
  const [failures, audits, reports] = await Promise.all([
    firestore.collection('bigquerySyncFailures').get(),
    firestore.collectionGroup('audit').get(),
    firestore.collection('bigquerySyncReports').get(),
  ]);
  const ours = documents.docs.map((doc) =>
    Object.fromEntries(Object.entries(doc.data()).filter(([name]) => name.startsWith('bigquerySync'))),
  );
  return {
    ...Object.fromEntries(tables.map(({ id }, i) => [`rows of ${id}`, rows[i] ?? []])),
    'names and descriptions of tables': tables.map(({ metadata }) => JSON.stringify(metadata)),
    'BigQuery jobs': jobs.flatMap(({ metadata }) => textsIn(metadata)).filter((text) => !kept.has(text)),
    failures: failures.docs.flatMap((doc) => [doc.id, ...textsIn(withoutHome(doc.data()))]),
    'audits of failures': audits.docs.flatMap((doc) => [doc.id, ...textsIn(doc.data())]),
    reports: reports.docs.flatMap((doc) => [doc.id, ...textsIn(withoutHome(doc.data()))]),
    statuses: ours.flatMap((fields) => textsIn({ ...fields, bigquerySyncVersion: null })),
    logs: [...logs],
    metrics: metricsOf(logs),
  };
}

/** As the queue would send it, to the function that retries. */
export function tokenOf({ suite }: Pipeline): string {
  const { project, region } = suite;
  return suite.issuer.mint({
    email: `bigquery-sync-tasks@${project}.iam.gserviceaccount.com`,
    audience: `https://${region}-${project}.cloudfunctions.net/internal_retryBigQuerySync`,
    issuedAtMs: Date.now(),
  });
}

export interface Metric {
  readonly filter: string;
  readonly valueExtractor?: string;
  readonly labelExtractors?: Readonly<Record<string, string>>;
}

/** The log-based metrics that are deployed. */
export const METRICS: readonly Metric[] = readdirSync(path.join(root, 'monitoring', 'metrics')).map(
  (file) => JSON.parse(readFileSync(path.join(root, 'monitoring', 'metrics', file), 'utf8')) as Metric,
);

/** Values and labels that these lines give the metrics, as Cloud Logging extracts them. */
export function metricsOf(lines: readonly string[], metrics: readonly Metric[] = METRICS): readonly string[] {
  return metrics.flatMap(({ filter, valueExtractor, labelExtractors = {} }) => {
    const [, message] = /jsonPayload\.message="([^"]+)"/.exec(filter) ?? [];
    if (message === undefined) throw new Error(`Cannot tell which lines the metric counts: ${filter}`);
    return lines
      .filter((line) => line.includes(` ${message}`))
      .map((line) => {
        const fields = JSON.parse(/\{.*\}$/.exec(line)?.[0] ?? '{}') as Record<string, unknown>;
        const extract = (extractor = '') => {
          const [, name] = /^EXTRACT\(jsonPayload\.(\w+)\)$/.exec(extractor) ?? [];
          return name === undefined ? '' : String(fields[name]);
        };
        const labels = Object.entries(labelExtractors).map(
          ([name, extractor]) => `${name}=${extract(extractor)}`,
        );
        return [message, extract(valueExtractor), ...labels].join(' ');
      });
  });
}

function withoutHome(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data)
      .filter(([name]) => !AT_HOME.has(name))
      .map(([name, value]) => [name, isFields(value) ? withoutHome(value) : value]),
  );
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
