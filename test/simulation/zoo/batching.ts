// Mistakes of sharing requests: whose result is whose, what is left behind, and what a write expects. An item that
// waits for a hanging request for ever is not among them: every request ends in time. The batcher's own tests see it.
import { createBatcher, Failed, type BatchOptions } from '../../../functions/services/batcher.ts';
import type { FirestoreDocuments } from '../../../functions/services/firestore.ts';
import type { GoogleApi } from '../../../functions/services/google-api.ts';
import type { Variant } from '../platform.ts';
import { FAILURES } from '../world/firestore.ts';
import type { ZooEntry } from './variants.ts';

/** Items sent in another way. */
const withSend = (
  send: <Item, Result>(
    items: readonly Item[],
    options: BatchOptions<Item, Result>,
  ) => ReturnType<BatchOptions<Item, Result>['send']>,
): Variant => ({
  batch: (options, timers) => createBatcher({ ...options, send: (items) => send(items, options) }, timers),
});

/** `sendSome` says how many of the items it sent; nobody is told what became of the others. */
const withForgotten = (
  sendSome: <Item, Result>(
    items: readonly Item[],
    options: BatchOptions<Item, Result>,
  ) => Promise<readonly (Result | Failed)[]>,
): Variant => ({
  batch(options, timers) {
    const forgotten = new Set<unknown>();
    const batched = createBatcher(
      {
        ...options,
        async send(items) {
          const results = await sendSome(items, options);
          for (const item of items.slice(results.length)) forgotten.add(item);
          return items.map((_, i) => (i < results.length ? results[i]! : results[0]!));
        },
      },
      timers,
    );
    return async (item) => {
      const result = await batched(item);
      return forgotten.has(item) ? new Promise(() => {}) : result;
    };
  },
});

/** Writes that expect nothing, where the path is such a one. */
const withBlindWrites = (isBlind: (path: string) => boolean): Variant => ({
  api: (api): GoogleApi => ({
    ...api,
    post(path, body) {
      if (!path.endsWith(':batchWrite')) return api.post(path, body);
      const { writes } = JSON.parse(body) as {
        readonly writes: readonly { readonly update: { readonly name: string }; currentDocument?: unknown }[];
      };
      for (const write of writes) {
        if (isBlind(write.update.name.split('/documents/')[1] ?? '')) delete write.currentDocument;
      }
      return api.post(path, JSON.stringify({ writes }));
    },
  }),
});

const isRecord = (path: string) => path.startsWith(`${FAILURES}/`);

export const batchingZoo: readonly ZooEntry[] = [
  {
    mistake: 'results of a request are shifted by one',
    within: 200,
    finds: /counts as (stored|done) and is not|another document|refused for good|is visible|status/,
    create: () =>
      withSend(async (items, options) => {
        const results = await options.send(items);
        return [...results.slice(1), ...results.slice(0, 1)];
      }),
  },
  {
    mistake: 'the last item of a full request is forgotten',
    within: 200,
    finds: /not at rest/,
    create: () =>
      withForgotten((items, options) =>
        options.send(items.length > 1 && items.length === options.maxItems ? items.slice(0, -1) : items),
      ),
  },
  {
    mistake: 'a failed request counts as stored but for its first row',
    within: 200,
    finds: /counts as stored and is not/,
    create: () => ({
      api: (api) => ({
        ...api,
        async post(path, body) {
          const answer = await api.post(path, body);
          if (!path.includes('insertAll') || answer.status < 500) return answer;
          const insertErrors = [{ index: 0, errors: [{ reason: 'backendError' }] }];
          return { ...answer, status: 200, body: { insertErrors } };
        },
      }),
    }),
  },
  {
    mistake: 'a refused request is sent again in halves, and one half is forgotten',
    within: 1_000,
    finds: /not at rest|counts as done and is not/,
    create: () =>
      withForgotten((items, options) =>
        options.send(items).catch((error: unknown) => {
          if (items.length === 1 || !options.isRefusal(error)) throw error;
          return options.send(items.slice(0, items.length >> 1));
        }),
      ),
  },
  {
    mistake: 'a refused request is refused to all that share it',
    within: 500,
    finds: /good row refused for good|threw although no call/,
    create: () => ({
      batch: (options, timers) => createBatcher({ ...options, isRefusal: () => false }, timers),
    }),
  },
  {
    mistake: 'two writes of one document in one request',
    within: 200,
    finds: /one document twice/,
    create: () => ({
      batch: (options, timers) => {
        let n = 0;
        return createBatcher({ ...options, keyOf: () => String(n++) }, timers);
      },
    }),
  },
  {
    mistake: 'the error of a request is told to the first caller alone',
    within: 200,
    finds: /not at rest|counts as done and is not/,
    create: () =>
      withForgotten((items, options) =>
        options.send(items).catch((error: unknown) => {
          if (items.length === 1 || options.isRefusal(error)) throw error;
          return [new Failed(error)];
        }),
      ),
  },
  {
    mistake: 'one write that fails for a moment fails all that share its request, for good',
    within: 500,
    finds: /threw although no call/,
    create: () =>
      withSend(async (items, options) => {
        const results = await options.send(items);
        const isWhole = !results.some((result) => result instanceof Failed);
        return isWhole ? results : items.map(() => new Failed(new Error('a neighbour failed')));
      }),
  },
  {
    mistake: 'an answer that is too short is taken as it is',
    within: 2_000,
    finds: /counts as done and is not/,
    create: () =>
      withSend(async (items, options) => {
        const results = await options.send(items);
        return items.map((_, i) => (i < results.length ? results[i]! : results[0]!));
      }),
  },
  {
    mistake: 'what failed for a moment is not tried again',
    within: 200,
    finds: /threw although no call/,
    create: () => ({
      batch: (options, timers) => createBatcher({ ...options, isTransient: () => false }, timers),
    }),
  },
  {
    mistake: 'a record is written over whatever it is by now',
    within: 500,
    finds: /fell|jumped|became|opened by|not counted|its beginning|attempts|older version/,
    create: () => withBlindWrites(isRecord),
  },
  {
    mistake: 'a status is written over whatever the document is by now',
    within: 200,
    finds: /taken back|older version|nobody completed|is gone|status/,
    create: () => withBlindWrites((path) => !isRecord(path)),
  },
  {
    mistake: 'after a conflict the same is written again, whatever the other wrote',
    within: 500,
    finds: /fell|jumped|became|opened by|not counted|its beginning|attempts|older version|taken back|nobody/,
    create: () => ({
      firestore: (firestore): FirestoreDocuments => ({
        ...firestore,
        async write(write) {
          const end = await firestore.write(write);
          if (end === 'written') return end;
          const now = await firestore.get(write.path);
          return firestore.write({ ...write, expected: now ?? 'missing' });
        },
      }),
    }),
  },
];
