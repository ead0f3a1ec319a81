// Table of contents of the deployed code: each function, its options, one arrow to its handler. The only module
// with side effects on load, and it loads no client: those come with the first event that needs them.
import { expr, projectID } from 'firebase-functions/params';
import { params, salt } from './config.ts';
import type { Context } from './context.ts';
import type { syncDocument as SyncDocument } from './handlers/sync-document.ts';
import { onAccountDeleted, onRequest, onSchedule } from './lazy-functions.ts';
import { onWritten } from './on-written.ts';
import type { Pipeline } from './pipelines/pipeline.ts';
import { log } from './services/log.ts'; // loaded before the first request, see there
import { campaigns } from './pipelines/campaigns.ts';
import { influencers } from './pipelines/influencers.ts';
import { sessions } from './pipelines/sessions.ts';
import type { WrittenDocument } from './steps/document-event.ts';
import { erasureName } from './steps/ids.ts';
import { withoutData } from './steps/unexpected-error.ts';

const options = { region: params.region, maxInstances: params.maxInstances, memory: '512MiB' } as const;

/** What each may do: docs/iam.md. In full, for firebase-tools hands a short form to Cloud Scheduler as it is. */
const account = (id: string) => expr`${id}@${projectID}.iam.gserviceaccount.com`;

/** By name; filled below. The operator's commands read it too. */
export const pipelines = new Map<string, Pipeline>();
let context: Context | undefined;
let syncDocument: typeof SyncDocument | undefined;

async function getContext(): Promise<Context> {
  const { createContext } = await import('./context.ts');
  return (context ??= createContext(pipelines, log));
}

/** The first event of an instance loads what all need; the others wait for nothing. */
async function syncFirst(pipeline: Pipeline, document: WrittenDocument): Promise<unknown> {
  const handler = await import('./handlers/sync-document.ts');
  syncDocument = handler.syncDocument;
  return syncDocument(await getContext(), pipeline, document);
}

function onWrite(pipeline: Pipeline) {
  pipelines.set(pipeline.name, pipeline);
  return onWritten(
    pipeline,
    {
      ...options,
      serviceAccount: account('bigquery-sync-trigger'),
      concurrency: params.concurrency,
      retry: true,
      secrets: [salt],
    },
    (document) =>
      context && syncDocument ? syncDocument(context, pipeline, document) : syncFirst(pipeline, document),
  );
}

export const session_onComplete = onWrite(sessions);
export const influencer_onChange = onWrite(influencers);
export const campaign_onChange = onWrite(campaigns);

export const internal_retryBigQuerySync = onRequest(
  // The tasks' account by name: with 'private' each deploy would take its right to call away.
  {
    ...options,
    serviceAccount: account('bigquery-sync-retry'),
    invoker: 'bigquery-sync-tasks@',
    secrets: [salt],
  },
  (request, response) =>
    withoutData(async () => {
      const { retryFailure } = await import('./handlers/retry-failure.ts');
      const { method, headers, body } = request;
      const reply = await retryFailure(await getContext(), {
        method,
        authorization: headers.authorization,
        body,
      });
      if (reply.retryAfterSeconds !== undefined) response.set('Retry-After', String(reply.retryAfterSeconds));
      response.status(reply.status).send(reply.message);
    }),
);

export const internal_sweepSyncFailures = onSchedule(
  {
    ...options,
    serviceAccount: account('bigquery-sync-sweep'),
    schedule: 'every 5 minutes',
    maxInstances: 1,
    timeoutSeconds: 300,
  },
  () =>
    withoutData(async () => {
      const { sweepFailures } = await import('./handlers/sweep-failures.ts');
      await sweepFailures(await getContext());
    }),
);

export const internal_reconcileSync = onSchedule(
  {
    ...options,
    serviceAccount: account('bigquery-sync-reconcile'),
    schedule: 'every 60 minutes',
    maxInstances: 1,
    timeoutSeconds: 540,
    secrets: [salt],
  },
  () =>
    withoutData(async () => {
      const { reconcileAll } = await import('./handlers/reconcile/reconcile.ts');
      await reconcileAll(await getContext());
    }),
);

export const internal_erasePersons = onSchedule(
  {
    ...options,
    serviceAccount: account('bigquery-sync-erase'),
    schedule: 'every 15 minutes',
    maxInstances: 1,
    timeoutSeconds: 540,
    secrets: [salt],
  },
  () =>
    withoutData(async () => {
      const { erasePersons } = await import('./handlers/erase-persons.ts');
      await erasePersons(await getContext());
    }),
);

/** Deployed when SYNC_ERASE_DELETED_ACCOUNTS says so. The path parameter `userId` is the account's uid. */
export const account_onDelete = onAccountDeleted(
  params.region,
  {
    serviceAccount: account('bigquery-sync-account-delete'),
    memory: '256MB',
    failurePolicy: true,
    omit: params.eraseDeletedAccounts.thenElse(false, true),
  },
  (uid, eventId) =>
    withoutData(async () => {
      const { requestErasure } = await import('./handlers/request-erasure.ts');
      await requestErasure(await getContext(), { name: erasureName(eventId), subject: 'userId', id: uid });
    }),
);
