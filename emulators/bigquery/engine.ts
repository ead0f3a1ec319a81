// The only file that talks to DuckDB. One connection, one operation at a time: order is what makes
// buffered rows visible to the query that follows them.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { DuckDBConnection, DuckDBInstance, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { nameStructFields } from './rows/name-struct-fields.ts';
import { SCALAR_FUNCTIONS } from './sql/functions/index.ts';
import type { ScalarFunction } from './sql/functions/index.ts';
import { MACRO_STATEMENTS } from './sql/macros/index.ts';

export interface Column {
  readonly name: string;
  readonly type: DuckDBType;
}

export interface ResultSet {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly DuckDBValue[])[];
  /** Rows that an INSERT, UPDATE or DELETE changed. */
  readonly changed: number;
}

/** What a holder of the connection may do; see `Engine.exclusive`. */
export interface Session {
  run(sql: string): Promise<ResultSet>;
  /** Column names and types of a query, without running it. */
  describe(sql: string): Promise<readonly Column[]>;
  append(schema: string, table: string, rows: readonly (readonly DuckDBValue[])[]): Promise<void>;
  /** Takes everything back when `work` throws; inside another transaction, that one decides. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  readonly inTransaction: boolean;
}

const SETTINGS = [
  `SET TimeZone = 'UTC'`,
  // BigQuery sorts NULL as the smallest value.
  `SET default_null_order = 'NULLS_FIRST_ON_ASC_LAST_ON_DESC'`,
  `SET preserve_identifier_case = true`,
  `SET autoinstall_known_extensions = false`,
  `SET autoload_known_extensions = false`,
];

const CHUNK_ROWS = 2048;

export class Engine {
  readonly #path: string;
  #opened: Promise<{ instance: DuckDBInstance; connection: DuckDBConnection; session: Session }> | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  readonly #holder = new AsyncLocalStorage<Session>();

  /** `path` is a DuckDB file or `:memory:`. Nothing is opened before the first use. */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Runs `work` when everything asked for before has finished; nothing else touches the data meanwhile.
   * Asked for from inside such a work it runs at once: a script with a transaction holds the engine.
   */
  exclusive<T>(work: (session: Session, nested: boolean) => Promise<T>): Promise<T> {
    const held = this.#holder.getStore();
    if (held) return work(held, true);
    const turn = this.#tail.then(async () => {
      const { session } = await this.#open();
      return this.#holder.run(session, () => work(session, false));
    });
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    await this.#tail;
    const opened = await this.#opened;
    opened?.connection.closeSync();
    opened?.instance.closeSync();
    this.#opened = undefined;
  }

  #open() {
    this.#opened ??= this.#start();
    return this.#opened;
  }

  async #start() {
    // Loaded late because the native library takes a quarter of a second, and listening should not wait.
    const duckdb = await import('@duckdb/node-api');
    const instance = await duckdb.DuckDBInstance.create(this.#path, { threads: '2' });
    const connection = await instance.connect();
    for (const scalar of SCALAR_FUNCTIONS) connection.registerScalarFunction(scalarFunction(duckdb, scalar));
    await connection.run([...SETTINGS, ...MACRO_STATEMENTS].join(';\n'));

    let inTransaction = false;
    const session: Session = {
      async run(sql) {
        const reader = await connection.runAndReadAll(sql);
        const control = /^(BEGIN TRANSACTION|COMMIT|ROLLBACK)$/.exec(sql);
        if (control) inTransaction = control[1] === 'BEGIN TRANSACTION';
        const types = reader.columnTypes();
        const columns = reader.columnNames().map((name, i) => ({ name, type: types[i]! }));
        const named = nameStructFields(sql, columns);
        if (named !== undefined) return session.run(named);
        return { columns, rows: reader.getRows(), changed: reader.rowsChanged };
      },
      async describe(sql) {
        const statement = await connection.prepare(sql);
        try {
          return Array.from({ length: statement.columnCount }, (_, i) => ({
            name: statement.columnName(i),
            type: statement.columnType(i),
          }));
        } finally {
          statement.destroySync();
        }
      },
      async append(schema, table, rows) {
        const appender = await connection.createAppender(table, schema);
        try {
          const types = Array.from({ length: appender.columnCount }, (_, i) => appender.columnType(i));
          for (let at = 0; at < rows.length; at += CHUNK_ROWS) {
            const part = rows.slice(at, at + CHUNK_ROWS);
            const chunk = duckdb.DuckDBDataChunk.create(types, part.length);
            chunk.setRows(part);
            appender.appendDataChunk(chunk);
          }
          appender.flushSync();
        } finally {
          appender.closeSync();
        }
      },
      async transaction(work) {
        if (inTransaction) return work();
        await session.run('BEGIN TRANSACTION');
        try {
          const result = await work();
          await session.run('COMMIT');
          return result;
        } catch (error) {
          await session.run('ROLLBACK');
          throw error;
        }
      },
      get inTransaction() {
        return inTransaction;
      },
    };
    return { instance, connection, session };
  }
}

type DuckDB = typeof import('@duckdb/node-api');

/** Our function as DuckDB calls it: vector by vector. */
function scalarFunction(duckdb: DuckDB, { name, parameters, returns, run }: ScalarFunction) {
  const types = {
    VARCHAR: duckdb.VARCHAR,
    BIGINT: duckdb.BIGINT,
    DOUBLE: duckdb.DOUBLE,
    BLOB: duckdb.BLOB,
    BOOLEAN: duckdb.BOOLEAN,
    'VARCHAR[]': duckdb.LIST(duckdb.VARCHAR),
  };
  const plain = (value: DuckDBValue): unknown => {
    if (value instanceof duckdb.DuckDBListValue) return value.items;
    if (value instanceof duckdb.DuckDBBlobValue) return value.bytes;
    return value;
  };
  return duckdb.DuckDBScalarFunction.create({
    name,
    parameterTypes: parameters.map((type) => types[type]),
    returnType: types[returns],
    mainFunction(_, chunk, output) {
      const inputs = parameters.map((__, i) => chunk.getColumnVector(i));
      for (let row = 0; row < chunk.rowCount; row++) {
        const args = inputs.map((input) => plain(input.getItem(row)));
        const result = args.includes(null) ? null : run(...(args as never[]));
        output.setItem(row, result instanceof Uint8Array ? duckdb.blobValue(result) : result);
      }
      output.flush();
    },
  });
}
