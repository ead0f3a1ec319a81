// The bug zoo: the code with one mistake each. A mistake that the simulator does not find within its number of
// seeds is a defect of the simulator.
import type { Context } from '../../../functions/context.ts';
import { retryFailure } from '../../../functions/handlers/retry-failure.ts';
import { syncCompleted } from '../../../functions/handlers/sync-completed.ts';
import type { DeadLetters } from '../../../functions/services/dead-letters.ts';
import type { RowSink } from '../../../functions/services/row-sink.ts';
import type { Failure } from '../../../functions/steps/failure.ts';
import { taskId } from '../../../functions/steps/ids.ts';
import type { InsertRow } from '../../../functions/steps/to-insert-row.ts';
import type { Variant } from '../platform.ts';

export interface ZooEntry {
  readonly mistake: string;
  /** Found within this many seeds. */
  readonly within: number;
  /** What the violation says. */
  readonly finds: RegExp;
  readonly create: () => Variant;
}

type Update = DeadLetters['update'];

/** Other rows than the right ones. */
function withRows(change: (row: InsertRow, context: Context) => InsertRow): Variant {
  return {
    wrap: (context) => {
      const insert: RowSink['insert'] = (table, rows) =>
        context.rowSink.insert(
          table,
          rows.map((row) => change(row, context)),
        );
      return { ...context, rowSink: { insert } };
    },
  };
}

/** Records changed in another way than decided. */
function withRecords(change: (update: Update, context: Context) => Update): Variant {
  return {
    wrap: (context) => {
      const { deadLetters } = context;
      const update: Update = (id, decide) => deadLetters.update(id, decide);
      return { ...context, deadLetters: { ...deadLetters, update: change(update, context) } };
    },
  };
}

const changed = (
  decide: (current: Failure | undefined) => Failure | undefined,
  change: (next: Failure, current: Failure | undefined) => Failure,
) => {
  return (current: Failure | undefined) => {
    const next = decide(current);
    return next === undefined || next === current ? next : change(next, current);
  };
};

const noSweep = { sweepFailures: async () => ({ reissued: 0, waiting: 0 }) };

export const zoo: readonly ZooEntry[] = [
  {
    mistake: 'a random insertId',
    within: 50,
    finds: /two insertIds/,
    create: () => {
      let n = 0;
      return withRows((row) => ({ ...row, insertId: `random ${n++}` }));
    },
  },
  {
    mistake: 'the version is the time of sending',
    within: 10,
    finds: /nobody completed/,
    create: () =>
      withRows((row, context) => ({
        ...row,
        json: { ...row.json, source_updated_at: context.now().toISOString().replace('Z', '000Z') },
      })),
  },
  {
    mistake: 'the id in the row is not pseudonymised',
    within: 10,
    finds: /user_id_hash/,
    create: () => withRows((row) => ({ ...row, json: { ...row.json, user_id_hash: 'canary-7f3a-花子-0' } })),
  },
  {
    mistake: '0 becomes NULL',
    within: 20,
    finds: /rep_count|overall_score/,
    create: () =>
      withRows((row) => ({
        ...row,
        json: Object.fromEntries(
          Object.entries(row.json).map(([name, cell]) => [name, cell === 0 ? null : cell]),
        ),
      })),
  },
  {
    mistake: 'an unknown field of the document becomes a column',
    within: 10,
    finds: /that the table has not/,
    create: () => withRows((row) => ({ ...row, json: { ...row.json, nickname: 'taro' } })),
  },
  {
    mistake: 'resolved before the row is inserted',
    within: 100,
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
    mistake: 'a failed enqueue is swallowed, and nothing sweeps',
    within: 100,
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
    mistake: 'an identifier in a log line',
    within: 10,
    finds: /identifier in a log/,
    create: () => ({
      handlers: {
        async syncCompleted(context, pipeline, document) {
          context.log('INFO', 'Event', { reason: `${document.path} was completed` });
          await syncCompleted(context, pipeline, document);
        },
      },
    }),
  },
  {
    mistake: 'a document value in the reason of a failure',
    within: 100,
    finds: /identifier in the reason/,
    create: () =>
      withRecords(
        (update) => (id, decide) =>
          update(
            id,
            changed(decide, (next) => ({
              ...next,
              failureReason: `${next.failureReason} in ${next.userId}`,
            })),
          ),
      ),
  },
  {
    mistake: 'the last word about the status wins, whatever it is',
    within: 1_000,
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
    within: 500,
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
    within: 1_000,
    finds: /before its attempts are spent/,
    create: () => ({ wrap: (context) => ({ ...context, retry: { ...context.retry, maxAttempts: 9 } }) }),
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
    mistake: 'an event is acknowledged although nothing durable exists',
    within: 200,
    finds: /neither visible nor abandoned/,
    create: () => ({
      handlers: {
        syncCompleted: (context, pipeline, document) =>
          syncCompleted(context, pipeline, document).catch(() => {}),
      },
    }),
  },
  {
    mistake: 'poison makes the trigger throw',
    within: 200,
    finds: /threw although no call/,
    create: () => ({
      handlers: {
        async syncCompleted(context, pipeline, document) {
          pipeline.schema.parse(document.data);
          await syncCompleted(context, pipeline, document);
        },
      },
    }),
  },
  {
    mistake: 'the sweep replaces tasks that still wait',
    within: 500,
    finds: /more tasks than/,
    create: () => ({
      wrap: (context) => ({ ...context, retryQueue: { ...context.retryQueue, has: async () => false } }),
    }),
  },
  {
    mistake: 'a record is written without a transaction',
    within: 2_000,
    finds: /fell|jumped|became|opened by|not counted|its beginning|attempts/,
    create: () =>
      withRecords((update, context) => async (id, decide) => {
        const next = decide(await context.deadLetters.get(id));
        return next && update(id, () => next);
      }),
  },
  {
    mistake: 'a retry takes the update time that it finds for the version',
    within: 100,
    finds: /nobody completed/,
    create: () => ({
      wrap: (context, kind) => ({
        ...context,
        documents: {
          ...context.documents,
          async get(path) {
            const found = await context.documents.get(path);
            return found && { ...found, data: { ...found.data, bigquerySyncVersion: null } };
          },
        },
        deadLetters: {
          ...context.deadLetters,
          async get(id) {
            const failure = await context.deadLetters.get(id);
            if (kind !== 'task' || !failure) return failure;
            return { ...failure, documentVersion: { ...failure.documentVersion, contentHash: '' } };
          },
        },
      }),
    }),
  },
  {
    mistake: 'transient errors are taken for permanent',
    within: 50,
    finds: /good document abandoned/,
    create: () => ({
      wrap: (context) => ({
        ...context,
        rowSink: {
          async insert(table, rows) {
            const verdicts = await context.rowSink.insert(table, rows);
            return verdicts.map((verdict) =>
              verdict.stored
                ? verdict
                : { ...verdict, error: { ...verdict.error, reasons: [{ reason: 'invalid' }] } },
            );
          },
        },
      }),
    }),
  },
  {
    mistake: 'a retry sends the version that failed under the key of today',
    within: 3_000,
    finds: /another key than its failure/,
    create: () => ({
      wrap: (context) => ({
        ...context,
        keyring: {
          get active() {
            return context.keyring.active;
          },
          get all() {
            return context.keyring.all;
          },
          get: () => context.keyring.active,
        },
      }),
    }),
  },
];
