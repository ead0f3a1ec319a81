// Mistakes about rows: what is sent, under which name, how often, and what its answer means.
import type { Row } from '../../../functions/pipelines/pipeline.ts';
import { syncDocument } from '../../../functions/handlers/sync-document.ts';
import type { RowSink } from '../../../functions/services/row-sink.ts';
import { withRows, withVerdicts, type ZooEntry } from './variants.ts';

export const rowsZoo: readonly ZooEntry[] = [
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
    within: 50,
    finds: /nobody completed/,
    create: () =>
      withRows((row, context) => ({
        ...row,
        json: { ...row.json, source_updated_at: context.now().toISOString().replace('Z', '000Z') },
      })),
  },
  {
    mistake: '0 becomes NULL',
    within: 50,
    finds: /rep_count|overall_score/,
    create: () =>
      withRows((row) => ({
        ...row,
        json: Object.fromEntries(
          Object.entries(row.json).map(([name, cell]) => [name, cell === 0 ? null : cell]),
        ) as Row,
      })),
  },
  {
    mistake: 'an unknown field of the document becomes a column',
    within: 50,
    finds: /that the table has not/,
    create: () => withRows((row) => ({ ...row, json: { ...row.json, nickname: 'taro' } })),
  },
  {
    mistake: 'transient errors are taken for permanent',
    within: 50,
    finds: /good document abandoned/,
    create: () => withVerdicts((error) => ({ ...error, reasons: [{ reason: 'invalid' }] })),
  },
  {
    mistake: 'a retry sends the version that failed under the key of today',
    within: 2_000,
    finds: /another key than its failure|under two keys/,
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
          at: (updateTime) => context.keyring.at(updateTime),
          get: () => context.keyring.active,
        },
      }),
    }),
  },
  {
    mistake: 'a retry takes the update time that it finds for the version',
    within: 50,
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
    mistake: 'a late event overwrites: its old data under the time of now',
    within: 50,
    finds: /not what the app wrote|nobody completed/,
    create: () => ({
      handlers: {
        async syncDocument(context, pipeline, document) {
          if (document.data === undefined) return;
          const now = await context.documents.get(document.path);
          const updateTime = now?.updateTime ?? document.updateTime;
          await syncDocument(context, pipeline, { ...document, updateTime });
        },
      },
    }),
  },
  {
    mistake: 'a row for a table that is not of its pipeline',
    within: 50,
    finds: /a row for the table/,
    create: () => ({
      wrap: (context) => ({
        ...context,
        rowSink: { insert: (table, rows) => context.rowSink.insert(`${table}_v2`, rows) },
      }),
    }),
  },
  {
    mistake: 'the columns of the row are part of its insertId, and a deployment adds one',
    within: 500,
    finds: /two insertIds/,
    create: () =>
      withRows((row) => ({ ...row, insertId: `${row.insertId} ${Object.keys(row.json).length}` })),
  },
  {
    mistake: 'a second layer retries',
    within: 50,
    finds: /sent twice by one invocation/,
    create: () => ({
      wrap: (context) => {
        const insert: RowSink['insert'] = async (table, row) => {
          const verdict = await context.rowSink.insert(table, row);
          return verdict.stored ? verdict : context.rowSink.insert(table, row);
        };
        return { ...context, rowSink: { insert } };
      },
    }),
  },
  {
    mistake: 'a refused row counts as stored, because its request was taken',
    within: 50,
    finds: /no row (of it )?is visible|neither visible/,
    create: () =>
      withVerdicts((error) =>
        error.httpStatus === undefined && error.networkCode === undefined ? 'stored' : error,
      ),
  },
  {
    mistake: 'a column that is not known yet is taken for a bad row',
    within: 100,
    finds: /good document abandoned/,
    create: () =>
      withVerdicts((error) => ({
        ...error,
        reasons: (error.reasons ?? []).map(({ reason }) => ({ reason })),
      })),
  },
  {
    mistake: 'an insertId without the version',
    within: 100,
    finds: /one insertId for two versions/,
    create: () => withRows((row) => ({ ...row, insertId: String(row.json['session_id']) })),
  },
  {
    mistake: 'an event that comes again is sent under the key of today',
    within: 5_000,
    finds: /under two keys|another key/,
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
          at: () => context.keyring.active,
          get: (version) => context.keyring.get(version),
        },
      }),
    }),
  },
  {
    mistake: 'each row under another key',
    within: 50,
    finds: /under two keys|another key/,
    create: () => {
      let n = 0;
      return {
        wrap: (context) => {
          const next = () => context.keyring.get(1 + (n++ % 2));
          return {
            ...context,
            keyring: {
              get active() {
                return next();
              },
              get all() {
                return context.keyring.all;
              },
              at: next,
              get: next,
            },
          };
        },
      };
    },
  },
];
