// Mistakes that let an identifier out of Firestore.
import { createHash } from 'node:crypto';
import { vouched } from '../../../functions/pipelines/reason.ts';
import { retryFailure } from '../../../functions/handlers/retry-failure.ts';
import { syncDocument } from '../../../functions/handlers/sync-document.ts';
import { createPseudonymKey, type PseudonymKey } from '../../../functions/steps/pseudonym-key.ts';
import { ServiceError } from '../../../functions/steps/service-error.ts';
import { CANARY } from '../oracle.ts';
import { changed, withRecords, withRows, type ZooEntry } from './variants.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

export const privacyZoo: readonly ZooEntry[] = [
  {
    mistake: 'the id in the row is not pseudonymised',
    within: 50,
    finds: /user_id_hash/,
    create: () => withRows((row) => ({ ...row, json: { ...row.json, user_id_hash: 'canary-7f3a-花子-0' } })),
  },
  {
    mistake: 'an identifier in a log line',
    within: 50,
    finds: /identifier in a log/,
    create: () => ({
      handlers: {
        async syncDocument(context, pipeline, document) {
          context.log('INFO', 'Event', { reason: vouched(`${document.path} was completed`) });
          await syncDocument(context, pipeline, document);
        },
      },
    }),
  },
  ...(
    [
      ['the hash of an identifier in a log line', /as sha256/, (id) => sha256(id).slice(0, 16)],
      ['the hash of a path in a log line', /the path of a document, as sha256/, (_, path) => sha256(path)],
      ['an identifier in base64 in a log line', /as base64/, (id) => Buffer.from(id).toString('base64')],
      ['eight characters of an identifier in a log line', /as raw/, (id) => [...id].slice(2, 10).join('')],
    ] as const satisfies readonly (readonly [string, RegExp, (id: string, path: string) => string])[]
  ).map(([mistake, finds, write]): ZooEntry => ({
    mistake,
    within: 50,
    finds,
    create: () => ({
      handlers: {
        async syncDocument(context, pipeline, document) {
          const [, userId = ''] = document.path.split('/');
          context.log('INFO', 'Event', { reason: vouched(write(userId, document.path)) });
          await syncDocument(context, pipeline, document);
        },
      },
    }),
  })),
  {
    mistake: 'a document value in the reason of a failure',
    within: 50,
    finds: /identifier in the reason/,
    create: () =>
      withRecords(
        (update) => (id, decide) =>
          update(
            id,
            changed(decide, (next) => ({
              ...next,
              failureReason: vouched(`${next.failureReason} in ${next.userId}`),
            })),
          ),
      ),
  },
  {
    mistake: 'an identifier in a field of a failure that is not its own',
    within: 50,
    finds: /identifier in another field of a failure/,
    create: () =>
      withRecords(
        (update) => (id, decide) =>
          update(
            id,
            changed(decide, (next) => ({ ...next, tableName: `${next.tableName} of ${next.userId}` })),
          ),
      ),
  },
  {
    mistake: 'a missing key is replaced by a default',
    within: 50,
    finds: /user_id_hash/,
    create: () => ({
      wrap: (context) => {
        const fallback = createPseudonymKey(1, Buffer.from('a default'), { project: '', dataset: '' });
        const orDefault = (read: () => PseudonymKey) => {
          try {
            return read();
          } catch {
            return fallback;
          }
        };
        return {
          ...context,
          keyring: {
            get active() {
              return orDefault(() => context.keyring.active);
            },
            get all() {
              return [orDefault(() => context.keyring.active)];
            },
            at: (updateTime) => orDefault(() => context.keyring.at(updateTime)),
            get: (version) => orDefault(() => context.keyring.get(version)),
          },
        };
      },
    }),
  },
  {
    mistake: 'an identifier in the name of a task',
    within: 50,
    finds: /identifier in the name of a task/,
    create: () => ({ nameOf: ({ failureId }) => `${CANARY} ${failureId}` }),
  },
  {
    mistake: 'the path of a document in an error',
    within: 50,
    finds: /identifier in a thrown error/,
    create: () => ({
      wrap: (context) => ({
        ...context,
        documents: {
          ...context.documents,
          writeStatus: (path, status, seenUpdateTime) =>
            context.documents.writeStatus(path, status, seenUpdateTime).catch((error: unknown) => {
              if (!(error instanceof ServiceError)) throw error;
              throw new ServiceError({ ...error.details, operation: `write ${path}` });
            }),
        },
      }),
    }),
  },
  {
    mistake: 'the path of a document in the cause of an error',
    within: 50,
    finds: /identifier in a thrown error/,
    create: () => ({
      wrap: (context) => ({
        ...context,
        documents: {
          ...context.documents,
          writeStatus: (path, status, seenUpdateTime) =>
            context.documents.writeStatus(path, status, seenUpdateTime).catch((error: unknown) => {
              throw error instanceof ServiceError ? Object.assign(error, { cause: { path } }) : error;
            }),
        },
      }),
    }),
  },
  {
    mistake: 'the path of a document in an answer',
    within: 50,
    finds: /identifier in an answer/,
    create: () => ({
      handlers: {
        async retryFailure(context, request) {
          const { failureId } = request.body as { readonly failureId: string };
          const failure = await context.deadLetters.get(failureId);
          const reply = await retryFailure(context, request);
          return { ...reply, message: `${reply.message}: ${failure?.documentPath}` };
        },
      },
    }),
  },
];
