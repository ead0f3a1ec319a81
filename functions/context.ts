// What a handler gets: the pipelines, the services, the key, the clock and the log. Built once per instance, on
// the first event that needs it; a failed build is tried again, so that a corrected secret is taken up.
import { BigQuery } from '@google-cloud/bigquery';
import { CloudTasksClient } from '@google-cloud/tasks';
import { getApps, initializeApp } from 'firebase-admin/app';
import { getFirestore } from 'firebase-admin/firestore';
import { PassThroughClient } from 'google-auth-library';
import { FAILURES_COLLECTION, parseConfig, REPORTS_COLLECTION, salt, type Config } from './config.ts';
import type { Pipeline } from './pipelines/pipeline.ts';
import { createCompletedDocuments, type CompletedDocuments } from './services/completed-documents.ts';
import { createDeadLetters, type DeadLetters } from './services/dead-letters.ts';
import { createDocuments, type Documents } from './services/documents.ts';
import { createKeys } from './services/keys.ts';
import { log, type Log } from './services/log.ts';
import { createReports, type Reports } from './services/reports.ts';
import { createRetryQueue, type RetryQueue } from './services/retry-queue.ts';
import { createRowIndex, type RowIndex } from './services/row-index.ts';
import { createRowSink, type RowSink } from './services/row-sink.ts';
import { createTaskTokens, type TaskTokens } from './services/task-tokens.ts';
import type { ReconcileLimits } from './steps/reconcile-report.ts';
import type { RetryPolicy } from './steps/backoff.ts';
import type { Keyring } from './steps/pseudonym-key.ts';

export interface Context {
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  readonly retry: RetryPolicy;
  readonly reconcile: ReconcileLimits;
  readonly keyring: Keyring;
  readonly rowSink: RowSink;
  readonly retryQueue: RetryQueue;
  readonly deadLetters: DeadLetters;
  readonly documents: Documents;
  readonly completedDocuments: CompletedDocuments;
  readonly rowIndex: RowIndex;
  readonly reports: Reports;
  readonly taskTokens: TaskTokens;
  readonly now: () => Date;
  readonly log: Log;
}

/** Below the functions' own timeout, so that a stalled insert ends as a recorded failure. */
const INSERT_TIMEOUT_MS = 20_000;

/** Throws a ConfigError before any client exists: nothing is read or inserted with a bad set-up. */
export function createContext(pipelines: ReadonlyMap<string, Pipeline>): Context {
  const config = parseConfig(process.env);
  const firestore = getFirestore(getApps()[0] ?? initializeApp()); // the app that firebase-functions made, if it did
  const bigquery = createBigQueryClient(config);
  return {
    pipelines,
    retry: config.retry,
    reconcile: config.reconcile,
    keyring: createKeys(
      () => salt.value(),
      { scope: { project: config.bigqueryProject, dataset: config.dataset }, mode: config.pseudonymMode },
      log,
    ),
    rowSink: createRowSink(bigquery, config.dataset),
    retryQueue: createRetryQueue(createTasksClient(config), {
      project: config.project,
      location: config.region,
      queue: config.queue,
      url: config.retryUrl,
      serviceAccount: config.tasksServiceAccount,
    }),
    deadLetters: createDeadLetters(firestore, FAILURES_COLLECTION, log),
    documents: createDocuments(firestore),
    completedDocuments: createCompletedDocuments(firestore),
    rowIndex: createRowIndex(bigquery, config.dataset),
    reports: createReports(firestore, REPORTS_COLLECTION, log),
    taskTokens: createTaskTokens({
      audience: config.retryUrl,
      serviceAccount: config.tasksServiceAccount,
      certsUrl: config.emulator.certsUrl,
    }),
    now: () => new Date(),
    log,
  };
}

export function createBigQueryClient({ bigqueryProject, emulator }: Config): BigQuery {
  const client = new BigQuery({
    projectId: bigqueryProject,
    retryOptions: { autoRetry: false },
    ...(emulator.bigquery ? { authClient: new PassThroughClient() } : {}),
  });
  client.timeout = INSERT_TIMEOUT_MS;
  return client;
}

/** REST, like BigQuery's client: no second gRPC stack beside Firestore's for the rare task. */
function createTasksClient({ project, emulator }: Config): CloudTasksClient {
  if (emulator.tasksHost === undefined) return new CloudTasksClient({ fallback: true, projectId: project });
  const { hostname, port } = new URL(`http://${emulator.tasksHost}`);
  return new CloudTasksClient({
    fallback: true,
    projectId: project,
    apiEndpoint: hostname,
    port: Number(port),
    protocol: 'http',
    authClient: new PassThroughClient(),
  });
}
