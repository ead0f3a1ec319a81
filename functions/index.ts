// Table of contents of the deployed code: each function, its options, one arrow to its handler. The only module
// with side effects on load, and it loads no client: those come with the first event that needs them.
import { onDocumentWritten } from 'firebase-functions/v2/firestore';
import { onRequest } from 'firebase-functions/v2/https';
import { onSchedule } from 'firebase-functions/v2/scheduler';
import { params, salt } from './config.ts';
import type { Context } from './context.ts';
import type { Pipeline } from './pipelines/pipeline.ts';
import { sessions } from './pipelines/sessions.ts';
import { toRfc3339 } from './pipelines/fields.ts';
import { isCompleted } from './steps/source.ts';
import { withoutData } from './steps/unexpected-error.ts';

// 80 events at once, some near 1 MiB, took 380 MB at most: the default of 256 MiB would be killed.
const options = { region: params.region, maxInstances: params.maxInstances, memory: '512MiB' } as const;

/** By name; filled below. The operator's commands read it too. */
export const pipelines = new Map<string, Pipeline>();
let context: Context | undefined;

async function getContext(): Promise<Context> {
  const { createContext } = await import('./context.ts');
  return (context ??= createContext(pipelines));
}

function onComplete(pipeline: Pipeline) {
  pipelines.set(pipeline.name, pipeline);
  return onDocumentWritten(
    { ...options, document: pipeline.document, retry: true, secrets: [salt] },
    (event) => {
      const { before, after } = event.data ?? {};
      if (!after?.exists || !isCompleted(pipeline, (name) => after.get(name))) return undefined;
      if (before?.exists && isCompleted(pipeline, (name) => before.get(name))) return undefined;
      const { updateTime } = after;
      const data = after.data();
      if (!data || !updateTime) return undefined;
      // Not event.document: ids that are not ASCII arrive garbled there (firebase-functions #1459).
      const completed = { path: after.ref.path, data, updateTime: toRfc3339(updateTime) };
      return withoutData(async () => {
        const { syncCompleted } = await import('./handlers/sync-completed.ts');
        await syncCompleted(await getContext(), pipeline, completed);
      });
    },
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
