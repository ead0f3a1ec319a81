// What a handler gets: the pipelines, the services, the key, the clock and the log. Built once per instance, on
// the first event that needs it; a failed build is tried again, so that a corrected secret is taken up.
import type { BigQuery } from '@google-cloud/bigquery';
import type { Firestore } from 'firebase-admin/firestore';
import {
  ERASURES_COLLECTION,
  FAILURES_COLLECTION,
  parseConfig,
  REPORTS_COLLECTION,
  salt,
  TOMBSTONES_COLLECTION,
  type Config,
} from './config.ts';
import type { Pipeline } from './pipelines/pipeline.ts';
import { createDefaultAuthorization, createMetadataAuthorization } from './services/access-token.ts';
import { createSyncedDocuments, type SyncedDocuments } from './services/synced-documents.ts';
import { createDeadLetters, type DeadLetters } from './services/dead-letters.ts';
import { createDocuments, type Documents } from './services/documents.ts';
import { createErasures, type Erasures } from './services/erasures.ts';
import { createFirestoreDocuments } from './services/firestore.ts';
import { createGoogleApi } from './services/google-api.ts';
import { createKeys } from './services/keys.ts';
import type { Log } from './services/log.ts';
import { createReports, type Reports } from './services/reports.ts';
import { createRetryQueue, type RetryQueue } from './services/retry-queue.ts';
import { createRowEraser, type RowEraser } from './services/row-eraser.ts';
import { createRowIndex, type RowIndex } from './services/row-index.ts';
import { createRowSink, type RowSink } from './services/row-sink.ts';
import { createTaskTokens, type TaskTokens } from './services/task-tokens.ts';
import { createTombstones, type Tombstones } from './services/tombstones.ts';
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
  readonly syncedDocuments: SyncedDocuments;
  readonly rowIndex: RowIndex;
  readonly rowEraser: RowEraser;
  readonly reports: Reports;
  readonly erasures: Erasures;
  readonly tombstones: Tombstones;
  readonly taskTokens: TaskTokens;
  readonly now: () => Date;
  readonly log: Log;
}

/** Below the functions' own timeout, so that a stalled call ends as a recorded failure. */
const CALL_TIMEOUT_MS = 20_000;

/**
 * Throws a ConfigError before anything is read or inserted with a bad set-up. Clients of the SDKs are loaded by what
 * needs them: queries and reports. Documents, rows and tasks go over REST.
 */
export function createContext(pipelines: ReadonlyMap<string, Pipeline>, log: Log): Context {
  const config = parseConfig(process.env);
  const { project, bigqueryProject, dataset, emulator, metadataHost } = config;
  const authorization =
    metadataHost === undefined
      ? createDefaultAuthorization()
      : createMetadataAuthorization(metadataHost, () => performance.now());
  const connectApi = (cloud: string, local: string | undefined, localToken?: string) =>
    createGoogleApi({
      origin: local ?? cloud,
      authorization: local === undefined ? authorization : async () => localToken,
      timeoutMs: CALL_TIMEOUT_MS,
    });
  const local = (host: string | undefined) => (host === undefined ? undefined : `http://${host}`);
  const firestoreApi = connectApi(
    'https://firestore.googleapis.com',
    local(emulator.firestoreHost),
    'Bearer owner',
  );
  const bigqueryApi = connectApi('https://bigquery.googleapis.com', emulator.bigquery);
  const tasksApi = connectApi('https://cloudtasks.googleapis.com', local(emulator.tasksHost));
  const firestore = createFirestoreDocuments(firestoreApi, { project, database: '(default)' });
  const tables = { project: bigqueryProject, dataset };
  const connectedFirestore = once(connectFirestore);
  const connectedBigQuery = once(() => connectBigQuery(config));
  return {
    pipelines,
    retry: config.retry,
    reconcile: config.reconcile,
    keyring: createKeys(
      () => salt.value(),
      { scope: { project: config.bigqueryProject, dataset: config.dataset }, mode: config.pseudonymMode },
      log,
    ),
    rowSink: createRowSink(bigqueryApi, tables),
    retryQueue: createRetryQueue(tasksApi, {
      project,
      location: config.region,
      queue: config.queue,
      url: config.retryUrl,
      serviceAccount: config.tasksServiceAccount,
    }),
    deadLetters: createDeadLetters(firestore, connectedFirestore, FAILURES_COLLECTION, log),
    documents: createDocuments(firestore),
    syncedDocuments: createSyncedDocuments(connectedFirestore),
    rowIndex: createRowIndex(connectedBigQuery, tables),
    rowEraser: createRowEraser(connectedBigQuery, tables),
    reports: createReports(connectedFirestore, REPORTS_COLLECTION, log),
    erasures: createErasures(firestore, connectedFirestore, ERASURES_COLLECTION, log),
    tombstones: createTombstones(firestore, TOMBSTONES_COLLECTION),
    taskTokens: createTaskTokens({
      audience: config.retryUrl,
      serviceAccount: config.tasksServiceAccount,
      certsUrl: emulator.certsUrl,
    }),
    now: () => new Date(),
    log,
  };
}

/** The app that firebase-functions made, if it did. */
async function connectFirestore(): Promise<Firestore> {
  const [{ getApps, initializeApp }, { getFirestore }] = await Promise.all([
    import('firebase-admin/app'),
    import('firebase-admin/firestore'),
  ]);
  return getFirestore(getApps()[0] ?? initializeApp());
}

/** BigQuery's own client, for queries. It does not try again by itself. */
export async function connectBigQuery({ bigqueryProject, emulator }: Config): Promise<BigQuery> {
  const [{ BigQuery: Client }, { PassThroughClient }] = await Promise.all([
    import('@google-cloud/bigquery'),
    import('google-auth-library'),
  ]);
  const client = new Client({
    projectId: bigqueryProject,
    retryOptions: { autoRetry: false },
    ...(emulator.bigquery === undefined ? {} : { authClient: new PassThroughClient() }),
  });
  client.timeout = CALL_TIMEOUT_MS;
  return client;
}

/** A failed attempt is not kept. */
function once<T>(connect: () => Promise<T>): () => Promise<T> {
  let connection: Promise<T> | undefined;
  return () =>
    (connection ??= connect().catch((error: unknown) => {
      connection = undefined;
      throw error;
    }));
}
