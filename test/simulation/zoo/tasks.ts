// Mistakes about events and tasks: who is answered what, and who owns a failure.
import { syncDocument } from '../../../functions/handlers/sync-document.ts';
import { retryFailure } from '../../../functions/handlers/retry-failure.ts';
import type { DeadLetters } from '../../../functions/services/dead-letters.ts';
import type { ClaimCheck } from '../../../functions/services/retry-queue.ts';
import type { Failure } from '../../../functions/steps/failure.ts';
import { taskId } from '../../../functions/steps/ids.ts';
import type { ZooEntry } from './variants.ts';

const noSweep = { sweepFailures: async () => ({ reissued: 0, waiting: 0 }) };

export const tasksZoo: readonly ZooEntry[] = [
  {
    mistake: 'a failed enqueue is swallowed, and nothing sweeps',
    within: 50,
    finds: /pending at rest/,
    create: () => ({ handlers: noSweep }),
  },
  {
    mistake: 'a task acts on a record of any generation',
    within: 1_000,
    finds: /does not own/,
    create: () => ({
      handlers: {
        async retryFailure(context, request) {
          const { generation } = request.body as { readonly generation: number };
          const { deadLetters } = context;
          const asOwn = (record: Failure | undefined) => record && { ...record, generation };
          const careless: DeadLetters = {
            ...deadLetters,
            get: async (id) => asOwn(await deadLetters.get(id)),
            update: (id, decide) =>
              deadLetters.update(id, (current) => {
                const own = asOwn(current);
                const next = decide(own);
                return !current || !next || next === own
                  ? current
                  : { ...next, generation: current.generation };
              }),
          };
          return retryFailure({ ...context, deadLetters: careless }, request);
        },
      },
    }),
  },
  {
    mistake: 'a retry has nothing to do with a deleted document',
    within: 1_000,
    finds: /pending at rest|not at rest/,
    create: () => ({
      handlers: {
        async retryFailure(context, request) {
          const { failureId } = request.body as { readonly failureId: string };
          const failure = await context.deadLetters.get(failureId);
          const found = failure && (await context.documents.get(failure.documentPath));
          return found ? retryFailure(context, request) : { status: 200, message: 'Nothing to do' };
        },
      },
    }),
  },
  {
    mistake: 'task names without the generation',
    within: 1_000,
    finds: /pending at rest|more tasks|does not own/,
    create: () => ({ nameOf: ({ failureId }) => taskId(failureId, 1) }),
  },
  {
    mistake: 'the sweep replaces tasks that still wait',
    within: 50,
    finds: /more tasks than/,
    create: () => ({
      wrap: (context) => ({ ...context, retryQueue: { ...context.retryQueue, has: async () => false } }),
    }),
  },
  {
    mistake: 'an event is acknowledged although nothing durable exists',
    within: 50,
    finds: /neither visible nor abandoned|a status undefined at rest/,
    create: () => ({
      handlers: {
        syncDocument: (context, pipeline, document) =>
          syncDocument(context, pipeline, document).catch(() => {}),
      },
    }),
  },
  {
    mistake: 'poison makes the trigger throw',
    within: 500,
    finds: /threw although no call/,
    create: () => ({
      handlers: {
        async syncDocument(context, pipeline, document) {
          if (!pipeline.read(document.data).ok) throw new Error('poison');
          await syncDocument(context, pipeline, document);
        },
      },
    }),
  },
  {
    mistake: 'tasks with random names',
    within: 500,
    finds: /two tasks|more tasks/,
    create: () => {
      let n = 0;
      return { nameOf: () => `random ${n++}` };
    },
  },
  {
    mistake: 'a task that fails makes its successor',
    within: 50,
    finds: /made by a task/,
    create: () => ({
      handlers: {
        async retryFailure(context, request) {
          const reply = await retryFailure(context, request);
          const { failureId, generation } = request.body as ClaimCheck;
          if (reply.status !== 200) {
            await context.retryQueue.enqueue({ failureId, generation: generation + 1 });
          }
          return reply;
        },
      },
    }),
  },
  {
    mistake: 'the tasks of the queue are refused',
    within: 50,
    finds: /answered with 403/,
    create: () => ({
      wrap: (context) => ({ ...context, taskTokens: { identify: async () => 'forbidden' } }),
    }),
  },
];
