// The bridge: a table of pairs of pseudonyms in a dataset of its own, because whoever reads it can link what a
// rotation parted. It is never streamed into, so that what stands in it can be deleted at any time.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { BigQuery, Dataset } from '@google-cloud/bigquery';
import * as z from 'zod';
import { SCHEMAS, type Table } from '../../tables.ts';
import type { Connection } from '../connect.ts';

const ERASER = 'bigquery-sync-erase';
export const BRIDGE_TABLE = 'pseudonym_bridge';
export const BRIDGE_DAYS = 90;
/** In one statement: the parameters of a statement are limited in number and size. */
export const PAIRS_AT_ONCE = 4_000;

const DAY_MS = 86_400_000;

/** Two pseudonyms of one person or thing. */
export interface Pair {
  readonly old_pseudonym: string;
  readonly new_pseudonym: string;
}

export interface PairCount extends VersionPair {
  readonly pairs: number;
}

export interface VersionPair {
  readonly from: number;
  readonly to: number;
}

export interface Bridge {
  /** The table, as SQL names it. */
  readonly sql: string;
  /** Makes dataset and table where they are missing, and takes the dataset from whoever merely reads the project. */
  ensure(days: number | undefined): Promise<void>;
  /** Old pseudonyms that have a pair. None when there is no table. */
  known(column: string, versions: VersionPair): Promise<ReadonlySet<string>>;
  /** Adds those that are not there yet. */
  add(column: string, versions: VersionPair, pairs: readonly Pair[]): Promise<void>;
  /** How many pairs there are of which versions. */
  count(): Promise<readonly PairCount[]>;
  /** Deletes all pairs of two versions; resolves to their number. */
  remove(versions: VersionPair): Promise<number>;
}

const number = z.coerce.number();
const counted = z.object({ old_version: number, new_version: number, pairs: number });

export function bridgeDataset(dataset: string): string {
  return `${dataset}_restricted`;
}

export function createBridge({ bigquery, config }: Pick<Connection, 'bigquery' | 'config'>): Bridge {
  const project = config.bigqueryProject;
  const main = bigquery.dataset(config.dataset);
  const dataset = bigquery.dataset(bridgeDataset(config.dataset));
  const table = dataset.table(BRIDGE_TABLE);
  const sql = `\`${project}.${bridgeDataset(config.dataset)}.${BRIDGE_TABLE}\``;
  const isThere = async () => (await dataset.exists())[0] && (await table.exists())[0];

  return {
    sql,

    async ensure(days) {
      await ensureDataset(main, dataset, `${ERASER}@${config.project}.iam.gserviceaccount.com`);
      await ensureTable(dataset, days);
    },

    async known(column, { from, to }) {
      if (!(await isThere())) return new Set();
      const query = `SELECT DISTINCT old_pseudonym FROM ${sql}
        WHERE column_name = @column AND old_version = @from AND new_version = @to`;
      const known = new Set<string>();
      for await (const row of bigquery.createQueryStream({ query, params: { column, from, to } })) {
        known.add(z.object({ old_pseudonym: z.string() }).parse(row).old_pseudonym);
      }
      return known;
    },

    async add(column, { from, to }, pairs) {
      const query = `MERGE ${sql} AS bridge
        USING (SELECT pair.old_pseudonym, pair.new_pseudonym FROM UNNEST(@pairs) AS pair) AS made
        ON bridge.column_name = @column AND bridge.old_version = @from AND bridge.new_version = @to
          AND bridge.old_pseudonym = made.old_pseudonym
        WHEN NOT MATCHED THEN
          INSERT (column_name, old_version, new_version, old_pseudonym, new_pseudonym, created_at)
          VALUES (@column, @from, @to, made.old_pseudonym, made.new_pseudonym, CURRENT_TIMESTAMP())`;
      await bigquery.query({ query, params: { column, from, to, pairs } });
    },

    async count() {
      if (!(await isThere())) return [];
      const query = `SELECT old_version, new_version, COUNT(*) AS pairs FROM ${sql}
        GROUP BY old_version, new_version ORDER BY old_version, new_version`;
      const [rows] = await bigquery.query({ query });
      return rows
        .map((row) => counted.parse(row))
        .map(({ old_version: from, new_version: to, pairs }) => ({ from, to, pairs }));
    },

    async remove({ from, to }) {
      if (!(await isThere())) return 0;
      const query = `DELETE FROM ${sql} WHERE old_version = @from AND new_version = @to`;
      return changeRows(bigquery, { query, params: { from, to } });
    },
  };
}

/** Project-wide readers and writers get every new dataset; this one is for owners, and for whom they name. */
const PROJECT_WIDE: readonly unknown[] = ['projectReaders', 'projectWriters'];

/** `eraser`: the account of the job that erases people, and their pairs. */
async function ensureDataset(main: Dataset, dataset: Dataset, eraser: string): Promise<void> {
  const [exists] = await dataset.exists();
  if (!exists) {
    const [{ location }] = await main.getMetadata();
    const description = 'Pairs of pseudonyms: for whoever links rows again, and nobody else.';
    await dataset.create({ location, description });
  }
  const [{ access }] = await dataset.getMetadata();
  const entries = z
    .array(z.looseObject({ specialGroup: z.string().optional(), userByEmail: z.string().optional() }))
    .parse(access ?? []);
  const own = entries.filter(({ specialGroup }) => !PROJECT_WIDE.includes(specialGroup));
  const mayErase = own.some(({ userByEmail }) => userByEmail === eraser);
  if (own.length === entries.length && mayErase) return;
  await dataset.setMetadata({
    access: mayErase ? own : [...own, { role: 'WRITER', userByEmail: eraser }],
  });
}

async function ensureTable(dataset: Dataset, days: number | undefined): Promise<void> {
  const table = dataset.table(BRIDGE_TABLE);
  const [exists] = await table.exists();
  if (!exists) {
    const file = path.join(SCHEMAS, 'restricted', `${BRIDGE_TABLE}.json`);
    const { timePartitioning, ...wanted } = JSON.parse(readFileSync(file, 'utf8')) as Table;
    const expirationMs = String((days ?? BRIDGE_DAYS) * DAY_MS);
    await dataset.createTable(BRIDGE_TABLE, {
      ...wanted,
      timePartitioning: { ...timePartitioning, expirationMs },
    });
  } else if (days !== undefined) {
    const [{ timePartitioning }] = await table.getMetadata();
    const expirationMs = String(days * DAY_MS);
    await table.setMetadata({ timePartitioning: { ...timePartitioning, expirationMs } });
  }
}

const statistics = z.object({ query: z.object({ numDmlAffectedRows: number.default(0) }) });

/** Runs one statement of DML; resolves to the number of rows that it changed. */
export async function changeRows(
  bigquery: BigQuery,
  statement: { readonly query: string; readonly params: Record<string, unknown> },
): Promise<number> {
  const [job] = await bigquery.createQueryJob(statement);
  await job.getQueryResults();
  const [metadata] = await job.getMetadata();
  return statistics.parse(metadata.statistics).query.numDmlAffectedRows;
}
