// What BigQuery already has, behind a port: counted by time, and looked up by key. Reads only; the newest version of
// each key counts, whatever the raw table holds beside it.
import type { BigQuery } from '@google-cloud/bigquery';
import * as z from 'zod';
import { DELETED_COLUMN, tellsOfDeletions, type Pipeline } from '../pipelines/pipeline.ts';
import type { TimeRange } from '../steps/segments.ts';
import { readRequestError } from './bigquery-error.ts';
import { ServiceError } from '../steps/service-error.ts';
import type { RowSinkConfig } from './row-sink.ts';

/** The cells of a pipeline's key columns, in their order. */
export type RowKey = readonly string[];

export interface IndexedRow {
  readonly key: RowKey;
  /** `source_updated_at` of the newest version, RFC 3339 UTC with microseconds. */
  readonly version: string;
  /** Its time, in ms since the epoch, rounded down; null where the row has none, and of a deletion. */
  readonly timeMs: number | null;
}

export interface RowIndex {
  /** How many keys, but those of deleted documents, have a time in each day or minute (UTC) of the range, by its beginning in ms. Empty ones are left out. */
  count(pipeline: Pipeline, unit: 'day' | 'minute', range: TimeRange): Promise<ReadonlyMap<number, number>>;
  /** The keys that `count` counts there, whatever their number. Not in any order. */
  within(pipeline: Pipeline, range: TimeRange): Promise<readonly IndexedRow[]>;
  /** Those of the keys that have a row. */
  find(pipeline: Pipeline, keys: readonly RowKey[]): Promise<readonly IndexedRow[]>;
}

const bucket = z.object({ bucket: z.coerce.number(), keys: z.coerce.number() });

export function createRowIndex(
  connect: () => Promise<BigQuery>,
  { project, dataset }: RowSinkConfig,
): RowIndex {
  async function query(sql: string, params: Record<string, unknown>): Promise<unknown[]> {
    try {
      const [rows] = await (await connect()).query({ query: sql, params });
      return rows;
    } catch (error) {
      throw new ServiceError(readRequestError({ service: 'bigquery', operation: 'query' }, error));
    }
  }
  const tableOf = ({ table }: Pipeline) => `\`${project}.${dataset}.${table}\``;

  return {
    async count(pipeline, unit, { from, to }) {
      const { key, time } = pipeline;
      const rows = await query(
        `SELECT UNIX_MILLIS(TIMESTAMP_TRUNC(moment, ${unit === 'day' ? 'DAY' : 'MINUTE'})) AS bucket, COUNT(*) AS \`keys\`
        FROM (
          SELECT MAX_BY(${time.column}, source_updated_at) AS moment FROM ${tableOf(pipeline)}
          WHERE source_updated_at >= @scanFrom
          GROUP BY ${key.join(', ')}
          ${tellsOfDeletions(pipeline) ? `HAVING NOT ${IS_DELETED}` : ''}
        )
        WHERE moment >= @from AND @to > moment
        GROUP BY bucket`,
        momentsOf({ from, to }),
      );
      return new Map(rows.map((row) => bucket.parse(row)).map((row) => [row.bucket, row.keys]));
    },

    async within(pipeline, range) {
      const columns = pipeline.key.join(', ');
      const rows = await query(
        `SELECT ${columns}, version, UNIX_MILLIS(moment) AS time_ms
        FROM (
          SELECT ${columns}, ${VERSION} AS version, MAX_BY(${pipeline.time.column}, source_updated_at) AS moment
          FROM ${tableOf(pipeline)}
          WHERE source_updated_at >= @scanFrom
          GROUP BY ${columns}
          ${tellsOfDeletions(pipeline) ? `HAVING NOT ${IS_DELETED}` : ''}
        )
        WHERE moment >= @from AND @to > moment`,
        momentsOf(range),
      );
      return readRows(pipeline, rows);
    },

    async find(pipeline, keys) {
      if (keys.length === 0) return [];
      const columns = pipeline.key;
      const time = `UNIX_MILLIS(MAX_BY(${pipeline.time.column}, source_updated_at))`;
      const wanted = new Set(keys.map((key) => JSON.stringify(key)));
      const rows = await query(
        `SELECT ${columns.join(', ')},
          ${VERSION} AS version,
          ${tellsOfDeletions(pipeline) ? `IF(${IS_DELETED}, NULL, ${time})` : time} AS time_ms
        FROM ${tableOf(pipeline)}
        WHERE ${columns.map((column, i) => `${column} IN UNNEST(@cells${i})`).join(' AND ')}
        GROUP BY ${columns.join(', ')}`,
        Object.fromEntries(
          columns.map((_, i) => [`cells${i}`, [...new Set(keys.map((key) => key[i] ?? ''))]]),
        ),
      );
      return readRows(pipeline, rows).filter(({ key }) => wanted.has(JSON.stringify(key)));
    },
  };
}

function momentsOf({ from, to }: TimeRange): Record<string, Date> {
  return {
    from: new Date(from ?? MIN_MS),
    to: new Date(to ?? MAX_MS),
    scanFrom: new Date(from === null ? MIN_MS : from - CLOCKS_AHEAD_MS),
  };
}

function readRows({ key: columns }: Pipeline, rows: readonly unknown[]): readonly IndexedRow[] {
  const indexed = z.object({
    version: z.string(),
    time_ms: z.coerce.number().nullable(),
    ...Object.fromEntries(columns.map((column) => [column, z.string()])),
  });
  return rows
    .map((row) => indexed.parse(row))
    .map(({ version, time_ms: timeMs, ...cells }) => ({
      key: columns.map((column) => z.string().parse(Reflect.get(cells, column))),
      version,
      timeMs,
    }));
}

/** Of the rows of a key. */
const VERSION = `FORMAT_TIMESTAMP('%FT%H:%M:%E6SZ', MAX(source_updated_at))`;
const IS_DELETED = `MAX_BY(${DELETED_COLUMN} IS NOT NULL, source_updated_at)`;

/**
 * A document is not older than the time that it names, but for an app whose clock is ahead: partitions before are not
 * scanned. The row of one that is further ahead is taken for missing by a count, and found when it is looked up.
 */
export const CLOCKS_AHEAD_MS = 3 * 86_400_000;

/** The first and the last moment of a TIMESTAMP. */
const MIN_MS = Date.parse('0001-01-01T00:00:00Z');
const MAX_MS = Date.parse('9999-12-31T23:59:59.999Z');
