// The tables' rows: names in DuckDB, DDL that keeps it in step with the catalog, and the buffer of
// streamed rows that is emptied into DuckDB before anything reads.
import type { Catalog, Table, TableRef } from './catalog.ts';
import { datasetName, RESULTS_DATASET } from './catalog.ts';
import type { Engine, Session } from './engine.ts';
import type { Cell } from './rows/cell.ts';
import { storedValue } from './rows/stored-value.ts';
import { columnDefinition, quoteIdentifier, quoteString } from './schema.ts';
import type { Field } from './schema.ts';
import { expiredRows } from './sql/partitions.ts';

/** One DuckDB schema per dataset. */
export const schemaName = (projectId: string, datasetId: string) =>
  caseProof(datasetName(projectId, datasetId));
export const storageName = (ref: TableRef) =>
  `${quoteIdentifier(schemaName(ref.projectId, ref.datasetId))}.${quoteIdentifier(caseProof(ref.tableId))}`;

/** DuckDB does not tell `T` from `t`: a name with capitals gets a suffix that says where they stand. */
function caseProof(name: string): string {
  if (name === name.toLowerCase()) return name;
  const bits = Array.from(name, (c) => (c === c.toLowerCase() ? '0' : '1')).join('');
  return `${name}~${BigInt(`0b1${bits}`).toString(36)}`;
}

interface Pending {
  readonly table: Table;
  /** The schema by which the rows were read; columns may have been added since. */
  readonly fields: readonly Field[];
  readonly rows: (readonly Cell[])[];
}

/** Beyond this many rows the buffer is emptied without waiting for a reader. */
const FLUSH_ROWS = 20_000;

export class Storage {
  readonly #engine: Engine;
  readonly #catalog: Catalog;
  readonly #durable: boolean;
  readonly #now: () => number;
  readonly #onStored: (table: Table, from: bigint, to: bigint) => void;
  #pending: Pending[] = [];
  #pendingRows = 0;
  #idleFlush: NodeJS.Timeout | undefined;

  /** `onStored` is told of the range of rows that streamed ones got. */
  constructor(
    engine: Engine,
    catalog: Catalog,
    durable: boolean,
    now: () => number,
    onStored: (table: Table, from: bigint, to: bigint) => void,
  ) {
    this.#onStored = onStored;
    this.#now = now;
    this.#engine = engine;
    this.#catalog = catalog;
    this.#durable = durable;
  }

  /** Runs `work` alone, with every row that was streamed before it in place. */
  use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#engine.exclusive(async (session, nested) => {
      // Rows streamed during a transaction of somebody else's must not be lost with it.
      if (!nested) {
        await this.#flush(session);
        await this.#dropExpired(session);
      }
      return work(session);
    });
  }

  /** Like `use`, for work that changes the catalog; a durable catalog is saved with it. */
  change<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.use(async (session) => {
      const result = await work(session);
      if (this.#durable) await this.#saveCatalog(session);
      return result;
    });
  }

  async open(): Promise<void> {
    if (!this.#durable) return;
    await this.#engine.exclusive(async (session) => {
      await session.run('CREATE TABLE IF NOT EXISTS main.bq_catalog (json VARCHAR)');
      const { rows } = await session.run('SELECT json FROM main.bq_catalog');
      if (rows[0]) this.#catalog.load(String(rows[0][0]));
    });
  }

  async #saveCatalog(session: Session): Promise<void> {
    await session.run('DELETE FROM main.bq_catalog');
    await session.run(`INSERT INTO main.bq_catalog VALUES (${quoteString(this.#catalog.dump())})`);
  }

  /** Takes rows that were already validated; they are visible to whatever is asked for next. */
  stream(table: Table, rows: readonly (readonly Cell[])[]): void {
    const last = this.#pending.findLast((pending) => pending.table === table);
    if (last && last.fields === table.fields) for (const row of rows) last.rows.push(row);
    else this.#pending.push({ table, fields: table.fields, rows: [...rows] });
    this.#pendingRows += rows.length;
    if (this.#pendingRows >= FLUSH_ROWS) void this.use(async () => undefined);
    else if (this.#durable && !this.#idleFlush) {
      this.#idleFlush = setTimeout(() => {
        this.#idleFlush = undefined;
        void this.use(async () => undefined);
      }, 200).unref();
    }
  }

  async #flush(session: Session): Promise<void> {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    this.#pendingRows = 0;
    for (const { table, fields, rows } of pending) {
      if (this.#catalog.findTable(table.ref) !== table) continue;
      const name = storageName(table.ref);
      const { rows: last } = await session.run(`SELECT COALESCE(max(rowid) + 1, 0) FROM ${name}`);
      await this.append(session, table, fields, rows);
      const { rows: next } = await session.run(`SELECT COALESCE(max(rowid) + 1, 0) FROM ${name}`);
      this.#onStored(table, BigInt(String(last[0]![0])), BigInt(String(next[0]![0])));
    }
  }

  /** Rows of partitions whose time is over. */
  async #dropExpired(session: Session): Promise<void> {
    for (const { tables } of this.#catalog.all())
      for (const table of tables.values()) {
        const condition = expiredRows(table, this.#now());
        if (condition) await session.run(`DELETE FROM ${storageName(table.ref)} WHERE ${condition}`);
      }
  }

  /** Stores cells that were read by `fields`, whatever columns the table has by now. */
  async append(
    session: Session,
    table: Table,
    fields: readonly Field[],
    rows: readonly (readonly Cell[])[],
  ): Promise<void> {
    const positions = table.fields.map((field) =>
      fields === table.fields ? table.fields.indexOf(field) : fields.findIndex((f) => f.name === field.name),
    );
    const values = rows.map((row) =>
      table.fields.map((field, i) => {
        const position = positions[i]!;
        return position < 0 ? null : storedValue(row[position] ?? null, field);
      }),
    );
    await session.append(
      schemaName(table.ref.projectId, table.ref.datasetId),
      caseProof(table.ref.tableId),
      values,
    );
  }

  async createSchema(session: Session, projectId: string, datasetId: string): Promise<void> {
    await session.run(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schemaName(projectId, datasetId))}`);
  }

  async dropSchema(session: Session, projectId: string, datasetId: string): Promise<void> {
    await session.run(`DROP SCHEMA IF EXISTS ${quoteIdentifier(schemaName(projectId, datasetId))} CASCADE`);
  }

  /** Replaces whatever was there; `rows` is a query that may read the table it replaces. */
  async createTable(session: Session, ref: TableRef, fields: readonly Field[], rows?: string): Promise<void> {
    if (ref.datasetId === RESULTS_DATASET) await this.createSchema(session, ref.projectId, ref.datasetId);
    if (rows !== undefined) await session.run(`CREATE OR REPLACE TEMP TABLE bq_new_rows AS ${rows}`);
    // DuckDB has no table without columns; BigQuery allows it until the first schema is given.
    const columns = fields.length > 0 ? fields.map(columnDefinition) : ['"_bq_no_columns" BOOLEAN'];
    await session.run(`CREATE OR REPLACE TABLE ${storageName(ref)} (${columns.join(', ')})`);
    if (rows === undefined) return;
    await session.run(`INSERT INTO ${storageName(ref)} SELECT * FROM bq_new_rows`);
    await session.run('DROP TABLE bq_new_rows');
  }

  async dropTable(session: Session, ref: TableRef): Promise<void> {
    await session.run(`DROP TABLE IF EXISTS ${storageName(ref)}`);
  }

  async countRows(table: Table): Promise<number> {
    if (table.kind !== 'TABLE') return 0;
    const { rows } = await this.use((session) =>
      session.run(`SELECT count(*) FROM ${storageName(table.ref)}`),
    );
    return Number(rows[0]![0]);
  }

  async clear(): Promise<void> {
    await this.#engine.exclusive(async (session) => {
      this.#pending = [];
      this.#pendingRows = 0;
      for (const { projectId, datasetId } of this.#catalog.all())
        await this.dropSchema(session, projectId, datasetId);
      this.#catalog.clear();
      if (this.#durable) await this.#saveCatalog(session);
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#idleFlush);
    if (this.#pending.length > 0) await this.use(async () => undefined);
    await this.#engine.close();
  }
}
