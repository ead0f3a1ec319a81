// Mistakes about the status that the app sees.
import { syncDocument } from '../../../functions/handlers/sync-document.ts';
import { contentHash } from '../../../functions/steps/content-hash.ts';
import { replaces } from '../../../functions/steps/sync-status.ts';
import { recordedVersion } from '../../../functions/steps/version.ts';
import { withStatusRules, type ZooEntry } from './variants.ts';

export const statusZoo: readonly ZooEntry[] = [
  {
    mistake: 'the last word about the status wins, whatever it is',
    within: 100,
    finds: /taken back|older version|nobody completed/,
    create: () => ({
      wrap: (context) => ({
        ...context,
        documents: {
          ...context.documents,
          async writeStatus(path, status) {
            const found = await context.documents.get(path);
            if (found) await context.documents.writeStatus(path, status, found.updateTime);
          },
        },
      }),
    }),
  },
  {
    mistake: 'a status is written on content that it does not speak of',
    within: 100,
    finds: /nobody completed/,
    create: () => withStatusRules({ speaksOf: () => true }),
  },
  {
    mistake: 'an event does not see that a retry delivered its version meanwhile',
    within: 40_000,
    isRare: true,
    finds: /status failed at rest/,
    create: () => ({
      wrap: (context, kind) => ({
        ...context,
        deadLetters: {
          ...context.deadLetters,
          async update(id, decide) {
            const after = await context.deadLetters.update(id, decide);
            return kind === 'event' && after?.status === 'resolved' ? undefined : after;
          },
        },
      }),
    }),
  },
  {
    mistake: 'a task that comes again does not restore the status',
    within: 1_000,
    finds: /status failed at rest/,
    create: () => ({
      wrap: (context, kind) => ({
        ...context,
        deadLetters: {
          ...context.deadLetters,
          async get(id) {
            const found = await context.deadLetters.get(id);
            return kind === 'task' && found?.status !== 'pending' ? undefined : found;
          },
        },
      }),
    }),
  },
  {
    mistake: 'the same attempt may take "abandoned" back',
    within: 40_000,
    isRare: true,
    finds: /status failed at rest/,
    create: () =>
      withStatusRules({
        replaces: (status, data) =>
          replaces(status, data) ||
          (data['bigquerySyncStatus'] === 'abandoned' &&
            data['bigquerySyncRetryCount'] === status.retryCount &&
            recordedVersion(data)?.updateTime === status.version.updateTime),
      }),
  },
  {
    mistake: 'the status is never written',
    within: 50,
    finds: /a status undefined at rest/,
    create: () => ({
      wrap: (context) => ({
        ...context,
        documents: { ...context.documents, writeStatus: async () => {} },
      }),
    }),
  },
  {
    mistake: 'the status says "synced" before the row is inserted',
    within: 50,
    finds: /although no row is visible/,
    create: () => ({
      handlers: {
        async syncDocument(context, pipeline, document) {
          if (document.data === undefined) return;
          const { path, data, updateTime } = document;
          const version = { updateTime, contentHash: contentHash(data) };
          const status = { state: 'synced', version, error: null, retryCount: 0 } as const;
          await context.documents.writeStatus(path, status, updateTime);
          await syncDocument(context, pipeline, document);
        },
      },
    }),
  },
];
