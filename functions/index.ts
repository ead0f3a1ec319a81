// Table of contents of the deployed code: each function, its options, one arrow to its handler. The only module
// with side effects on load, and it loads no client: those come with the first event that needs them.
import { params, salt } from './config.ts';
import type { Context } from './context.ts';
import type { syncCompleted as SyncCompleted } from './handlers/sync-completed.ts';
import { onRequest, onSchedule } from './lazy-functions.ts';
import { onCompleted } from './on-completed.ts';
import type { Pipeline } from './pipelines/pipeline.ts';
import { log } from './services/log.ts'; // loaded before the first request, see there
import { sessions } from './pipelines/sessions.ts';
import type { CompletedDocument } from './steps/document-event.ts';
import { withoutData } from './steps/unexpected-error.ts';

const options = { region: params.region, maxInstances: params.maxInstances, memory: '512MiB' } as const;

/** By name; filled below. The operator's commands read it too. */
export const pipelines = new Map<string, Pipeline>();
let context: Context | undefined;
let syncCompleted: typeof SyncCompleted | undefined;

async function getContext(): Promise<Context> {
  const { createContext } = await import('./context.ts');
  return (context ??= createContext(pipelines, log));
}

/** The first event of an instance loads what all need; the others wait for nothing. */
async function syncFirst(pipeline: Pipeline, document: CompletedDocument): Promise<unknown> {
  const handler = await import('./handlers/sync-completed.ts');
  syncCompleted = handler.syncCompleted;
  return syncCompleted(await getContext(), pipeline, document);
}

function onComplete(pipeline: Pipeline) {
  pipelines.set(pipeline.name, pipeline);
  return onCompleted(
    pipeline,
    { ...options, concurrency: params.concurrency, retry: true, secrets: [salt] },
    (document) =>
      context && syncCompleted ? syncCompleted(context, pipeline, document) : syncFirst(pipeline, document),
  );
}

export const session_onComplete = onComplete(sessions);

export const internal_retryBigQuerySync = onRequest(
  { ...options, invoker: 'private', secrets: [salt] },
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
  { ...options, schedule: 'every 5 minutes', maxInstances: 1, timeoutSeconds: 300 },
  () =>
    withoutData(async () => {
      const { sweepFailures } = await import('./handlers/sweep-failures.ts');
      await sweepFailures(await getContext());
    }),
);

export const internal_reconcileSync = onSchedule(
  { ...options, schedule: 'every 60 minutes', maxInstances: 1, timeoutSeconds: 540, secrets: [salt] },
  () =>
    withoutData(async () => {
      const { reconcileAll } = await import('./handlers/reconcile/reconcile.ts');
      await reconcileAll(await getContext());
    }),
);
