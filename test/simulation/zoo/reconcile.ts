// Mistakes about what heals by itself: the reconcile, and failures that were given up for a time.
import { reconcile } from '../../../functions/handlers/reconcile/reconcile.ts';
import { isGivenUpForATime } from '../record-moves.ts';
import { changed, withRecords, type ZooEntry } from './variants.ts';

export const reconcileZoo: readonly ZooEntry[] = [
  {
    mistake: 'nothing reconciles',
    within: 200,
    finds: /never find all/,
    create: () => ({
      handlers: {
        reconcile: async (context, pipeline) => ({
          ...(await reconcile(context, pipeline, { ...context.reconcile, dryRun: true })),
        }),
      },
    }),
  },
  {
    mistake: 'the reconcile counts and does not verify',
    within: 2_000,
    finds: /neither visible nor abandoned|never find all|status/,
    create: () => ({
      wrap: (context) => ({ ...context, reconcile: { ...context.reconcile, verifyReads: 0 } }),
    }),
  },
  {
    mistake: 'the reconcile counts raw rows, and not keys',
    within: 50,
    finds: /did not count all rows/,
    create: () => ({
      wrap: (context) => ({
        ...context,
        rowIndex: {
          ...context.rowIndex,
          async count(...question) {
            const counts = await context.rowIndex.count(...question);
            return new Map([...counts].map(([at, keys]) => [at, keys + 1]));
          },
        },
      }),
    }),
  },
  {
    mistake: 'the reconcile takes the update time that it finds for the version',
    within: 50,
    finds: /nobody completed|two insertIds/,
    create: () => ({
      wrap: (context) => ({
        ...context,
        syncedDocuments: {
          ...context.syncedDocuments,
          async after(...question) {
            const found = await context.syncedDocuments.after(...question);
            return found.map((document) => ({
              ...document,
              data: { ...document.data, bigquerySyncVersion: null },
            }));
          },
        },
      }),
    }),
  },
  {
    mistake: 'the reconcile takes a document for present when its key has any row',
    within: 1_000,
    finds: /neither visible nor abandoned|status/,
    create: () => ({
      wrap: (context) => ({
        ...context,
        rowIndex: {
          ...context.rowIndex,
          async find(...question) {
            const rows = await context.rowIndex.find(...question);
            return rows.map((row) => ({ ...row, version: '9999-12-31T23:59:59.999999Z' }));
          },
        },
      }),
    }),
  },
  {
    mistake: 'what was given up for a time is given up for good',
    within: 50,
    finds: /given up for good/,
    create: () =>
      withRecords(
        (update) => (id, decide) =>
          update(
            id,
            changed(decide, (next) => (isGivenUpForATime(next) ? { ...next, nextAttemptAt: null } : next)),
          ),
      ),
  },
  {
    mistake: 'the sweep opens nothing again',
    within: 50,
    finds: /pending at rest|not at rest/,
    create: () => ({
      wrap: (context) => ({
        ...context,
        deadLetters: {
          ...context.deadLetters,
          overdue: async (status, ...rest) =>
            status === 'abandoned' ? [] : context.deadLetters.overdue(status, ...rest),
        },
      }),
    }),
  },
  {
    mistake: 'what is opened again goes on with the attempts that it had',
    within: 50,
    finds: /opens with attempts|more attempts than/,
    create: () =>
      withRecords(
        (update) => (id, decide) =>
          update(
            id,
            changed(decide, (next, current) =>
              current?.status === 'abandoned' && next.status === 'pending'
                ? { ...next, retryCount: current.retryCount }
                : next,
            ),
          ),
      ),
  },
];
