// Mistakes about failure records: how they move, and who may read them.
import { reason } from '../../../functions/pipelines/reason.ts';
import type { DeadLetters } from '../../../functions/services/dead-letters.ts';
import type { RowSink } from '../../../functions/services/row-sink.ts';
import type { Failure } from '../../../functions/steps/failure.ts';
import { isNewer } from '../../../functions/steps/version.ts';
import { EDITED } from '../editions.ts';
import { changed, withRecords, type ZooEntry } from './variants.ts';

export const recordsZoo: readonly ZooEntry[] = [
  {
    mistake: 'resolved before the row is inserted',
    within: 50,
    finds: /no row of it is visible/,
    create: () => ({
      wrap: (context, kind) => {
        let last: string | undefined;
        const { deadLetters, rowSink } = context;
        const get: DeadLetters['get'] = (id) => deadLetters.get((last = id));
        const insert: RowSink['insert'] = async (table, rows) => {
          const at = context.now();
          const close = (current: Failure | undefined) =>
            current && { ...current, status: 'resolved' as const, resolvedAt: at, nextAttemptAt: null };
          if (kind === 'task' && last !== undefined) await deadLetters.update(last, close);
          return rowSink.insert(table, rows);
        };
        return { ...context, deadLetters: { ...deadLetters, get }, rowSink: { insert } };
      },
    }),
  },
  {
    mistake: 'attempts are not counted',
    within: 50,
    finds: /not counted/,
    create: () =>
      withRecords(
        (update) => (id, decide) =>
          update(
            id,
            changed(decide, (next, current) => ({ ...next, retryCount: current?.retryCount ?? 0 })),
          ),
      ),
  },
  {
    mistake: 'a new task begins the attempts anew',
    within: 50,
    finds: /attempts changed/,
    create: () =>
      withRecords(
        (update) => (id, decide) =>
          update(
            id,
            changed(decide, (next, current) =>
              next.generation === current?.generation ? next : { ...next, retryCount: 0 },
            ),
          ),
      ),
  },
  {
    mistake: 'one attempt too few before a failure is abandoned',
    within: 50,
    finds: /before its attempts are spent/,
    create: () => ({
      wrap: (context) => ({
        ...context,
        retry: { ...context.retry, maxAttempts: context.retry.maxAttempts - 1 },
      }),
    }),
  },
  {
    mistake: 'a record is written without a transaction',
    within: 500,
    finds: /fell|jumped|became|opened by|not counted|its beginning|attempts|older version/,
    create: () =>
      withRecords((update, context) => async (id, decide) => {
        const next = decide(await context.deadLetters.get(id));
        return next && update(id, () => next);
      }),
  },
  {
    mistake: 'a slow attempt takes a failure back to an older version',
    within: 1_500,
    finds: /back to an older version/,
    create: () => ({
      wrap: (context) => {
        const { deadLetters } = context;
        let seen: Failure | undefined;
        const careless: DeadLetters = {
          ...deadLetters,
          get: async (id) => (seen = await deadLetters.get(id)),
          update: (id, decide) =>
            deadLetters.update(id, (current) => {
              const known = seen?.documentVersion;
              const wasTaken = current && known && isNewer(current.documentVersion, known);
              return decide(wasTaken ? { ...current, documentVersion: known } : current);
            }),
        };
        return { ...context, deadLetters: careless };
      },
    }),
  },
  {
    mistake: 'twice as many attempts as the budget allows',
    within: 50,
    finds: /more attempts than the budget/,
    create: () => ({
      wrap: (context) => ({
        ...context,
        retry: { ...context.retry, maxAttempts: context.retry.maxAttempts * 2 },
      }),
    }),
  },
  {
    mistake: 'a failure abandoned without a reason',
    within: 50,
    finds: /without a reason/,
    create: () =>
      withRecords(
        (update) => (id, decide) =>
          update(
            id,
            changed(decide, (next) =>
              next.status === 'abandoned' ? { ...next, failureReason: reason`` } : next,
            ),
          ),
      ),
  },
  {
    mistake: 'a delivered row leaves its failure open',
    within: 50,
    finds: /pending at rest|not at rest|more tasks/,
    create: () =>
      withRecords(
        (update) => (id, decide) =>
          update(id, (current) => {
            const next = decide(current);
            return next?.status === 'resolved' ? current : next;
          }),
      ),
  },
  {
    mistake: 'a deployment renames a pipeline that has open failures',
    within: 100,
    finds: /good document abandoned|threw although no call/,
    create: () => ({
      wrap: (context, _, edition) =>
        EDITED.includes(edition) ? { ...context, pipelines: new Map() } : context,
    }),
  },
  {
    mistake: 'a malformed failure record makes whoever reads it throw',
    within: 500,
    finds: /threw although no call/,
    create: () => ({
      log(message) {
        if (message.includes('malformed')) throw new Error('Cannot read the record: it is malformed');
      },
    }),
  },
];
