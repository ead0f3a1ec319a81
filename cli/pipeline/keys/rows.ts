// The rows of BigQuery by the version of their key: counted, and moved from one version to another through a bridge.
import type { BigQuery } from '@google-cloud/bigquery';
import * as z from 'zod';
import { KEY_VERSION_COLUMN, SYNCED_COLUMN, VERSION_COLUMN } from '../../../functions/pipelines/pipeline.ts';
import type { Connection } from '../connect.ts';
import { changeRows, type Bridge, type VersionPair } from './bridge-table.ts';
import { tablesOf, type PseudonymisedColumn, type PseudonymisedTable } from './pseudonymised.ts';

export interface RowsOfVersion {
  readonly table: string;
  readonly version: number;
  readonly rows: number;
  /** Of the versions of documents in these rows. */
  readonly oldest: Date;
  readonly newest: Date;
}

/** Rows that may be moved, of one month of `source_updated_at`. */
export interface Month {
  /** Its first moment, RFC 3339. */
  readonly from: string;
  readonly rows: number;
}

/** BigQuery changes no row by DML that was streamed less than 30 minutes ago, rarely 90. */
export const STREAMED_MINUTES = 90;

export interface Rows {
  /** BigQuery's clock: the one that operators share. */
  now(): Promise<Date>;
  countByVersion(table: string): Promise<readonly RowsOfVersion[]>;
  /** All that stand in rows of that version. */
  pseudonyms(table: string, column: PseudonymisedColumn, version: number): Promise<ReadonlySet<string>>;
  /** Rows that were sent before the streaming window, oldest month first. */
  movable(table: string, version: number, streamedMinutes: number): Promise<readonly Month[]>;
  /** Moves those of a month whose pseudonyms all have a pair; resolves to their number. */
  move(table: PseudonymisedTable, versions: VersionPair, how: Move): Promise<number>;
  /** What a move of all months would process, in bytes of the table. */
  bytesToMove(table: PseudonymisedTable, versions: VersionPair, streamedMinutes: number): Promise<number>;
}

export interface Move {
  readonly bridge: Bridge;
  readonly month: Month;
  readonly streamedMinutes: number;
}

const number = z.coerce.number();
const time = z.string().transform((text) => new Date(text));
const counted = z.object({ version: number, rows_in: number, oldest: time, newest: time });
const held = z.object({ pseudonym: z.string() });
const month = z.object({ month: z.string(), rows_in: number });

export function createRows({ bigquery, config }: Pick<Connection, 'bigquery' | 'config'>): Rows {
  const sqlOf = (table: string) => `\`${config.bigqueryProject}.${config.dataset}.${table}\``;
  const query = async (sql: string, params: Record<string, unknown> = {}): Promise<unknown[]> =>
    (await bigquery.query({ query: sql, params }))[0];

  return {
    async now() {
      const [row] = await query(`SELECT FORMAT_TIMESTAMP('%FT%TZ', CURRENT_TIMESTAMP()) AS now`);
      return z.object({ now: time }).parse(row).now;
    },

    async countByVersion(table) {
      const rows = await query(`SELECT ${KEY_VERSION_COLUMN} AS version, COUNT(*) AS rows_in,
          FORMAT_TIMESTAMP('%FT%TZ', MIN(${VERSION_COLUMN})) AS oldest,
          FORMAT_TIMESTAMP('%FT%TZ', MAX(${VERSION_COLUMN})) AS newest
        FROM ${sqlOf(table)} GROUP BY version ORDER BY version`);
      return rows
        .map((row) => counted.parse(row))
        .map(({ rows_in, ...same }) => ({ table, ...same, rows: rows_in }));
    },

    async pseudonyms(table, { name, repeated }, version) {
      const from = repeated ? `${sqlOf(table)}, UNNEST(${name}) AS pseudonym` : sqlOf(table);
      const cell = repeated ? 'pseudonym' : name;
      const sql = `SELECT DISTINCT ${cell} AS pseudonym FROM ${from}
        WHERE ${KEY_VERSION_COLUMN} = @version AND ${cell} IS NOT NULL`;
      const found = new Set<string>();
      for await (const row of bigquery.createQueryStream({ query: sql, params: { version } })) {
        found.add(held.parse(row).pseudonym);
      }
      return found;
    },

    async movable(table, version, streamedMinutes) {
      const rows = await query(
        `SELECT FORMAT_TIMESTAMP('%Y-%m-01T00:00:00Z', ${VERSION_COLUMN}) AS month, COUNT(*) AS rows_in
        FROM ${sqlOf(table)} WHERE ${KEY_VERSION_COLUMN} = @version AND ${SENT_EARLY}
        GROUP BY month ORDER BY month`,
        { version, streamedMinutes },
      );
      return rows.map((row) => month.parse(row)).map(({ month: from, rows_in }) => ({ from, rows: rows_in }));
    },

    async move(table, versions, { bridge, month: { from }, streamedMinutes }) {
      const sources = table.columns.map(({ name }) => pairsOf(bridge, name));
      const statement = `${updateOf(sqlOf(table.name), table, sources)}
        AND moved.${VERSION_COLUMN} >= @monthFrom AND moved.${VERSION_COLUMN} < @monthTo`;
      const monthFrom = new Date(from);
      const monthTo = new Date(Date.UTC(monthFrom.getUTCFullYear(), monthFrom.getUTCMonth() + 1));
      const params = { ...versions, ...columnsOf(table), streamedMinutes, monthFrom, monthTo };
      try {
        return await changeRows(bigquery, { query: statement, params });
      } catch (error) {
        if (!(error instanceof Error && /streaming buffer/i.test(error.message))) throw error;
        throw new Error(
          `BigQuery still holds rows of ${from.slice(0, 7)} of table "${table.name}" in its streaming buffer, and changed none of that month. Run it again later, or with more --streamed-minutes.`,
          { cause: error },
        );
      }
    },

    async bytesToMove(table, versions, streamedMinutes) {
      const none = table.columns.map(
        () => `(SELECT '' AS old_pseudonym, CAST(NULL AS STRING) AS new_pseudonym)`,
      );
      const statement = updateOf(sqlOf(table.name), table, none);
      return dryRun(bigquery, statement, { ...versions, streamedMinutes });
    },
  };
}

/** Of the tables of all pipelines. */
export async function countRows(connection: Connection): Promise<readonly RowsOfVersion[]> {
  const rows = createRows(connection);
  const counts: RowsOfVersion[] = [];
  for (const { name } of tablesOf(connection.context.pipelines.values())) {
    counts.push(...(await rows.countByVersion(name)));
  }
  return counts;
}

/** A row's own time of sending is never after its arrival. */
const SENT_EARLY = `${SYNCED_COLUMN} < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @streamedMinutes MINUTE)`;

/**
 * All pseudonyms of a row change at once, and with them the version: a row whose pseudonyms have not all a pair stays
 * as it is. An empty cell is a pair of nothing and nothing.
 */
function updateOf(sql: string, { columns }: PseudonymisedTable, sources: readonly string[]): string {
  const sets = columns.map(({ name }, i) => `${name} = pair${i}.new_pseudonym`);
  const from = sources.map((source, i) => `${source} AS pair${i}`);
  const joined = columns.map(({ name }, i) => ` AND IFNULL(moved.${name}, '') = pair${i}.old_pseudonym`);
  return `UPDATE ${sql} AS moved
    SET ${[...sets, `${KEY_VERSION_COLUMN} = @to`].join(', ')}
    ${from.length > 0 ? `FROM ${from.join(', ')}` : ''}
    WHERE moved.${KEY_VERSION_COLUMN} = @from AND moved.${SENT_EARLY}${joined.join('')}`;
}

/** One per old pseudonym, though two runs at once may have made it twice. `name` is a column of our own schema. */
function pairsOf({ sql }: Bridge, name: string): string {
  return `(
      SELECT old_pseudonym, MAX(new_pseudonym) AS new_pseudonym FROM ${sql}
      WHERE column_name = @column_${name} AND old_version = @from AND new_version = @to
      GROUP BY old_pseudonym
      UNION ALL SELECT '', CAST(NULL AS STRING)
    )`;
}

function columnsOf({ columns }: PseudonymisedTable): Record<string, string> {
  return Object.fromEntries(columns.map(({ name }) => [`column_${name}`, name]));
}

async function dryRun(bigquery: BigQuery, query: string, params: Record<string, unknown>): Promise<number> {
  const [job] = await bigquery.createQueryJob({ query, params, dryRun: true });
  const { totalBytesProcessed } = z
    .object({ totalBytesProcessed: number })
    .parse(job.metadata?.statistics ?? {});
  return totalBytesProcessed;
}
