// BigQuery's streaming insert in virtual time: each row has its own verdict, insertIds are remembered for a while.
import type { RowIndex } from '../../../functions/services/row-index.ts';
import type { InsertVerdict, RowSink } from '../../../functions/services/row-sink.ts';
import { createBatcher } from '../../../functions/services/batcher.ts';
import { ServiceError, type ServiceErrorDetails } from '../../../functions/steps/service-error.ts';
import type { InsertRow } from '../../../functions/steps/to-insert-row.ts';
import sessionsTable from '../../../bigquery-schemas/sessions.json' with { type: 'json' };
import { fits, type Column, type TableSchema } from '../../contracts/table-schema.ts';
import { FakeRowIndex } from '../../contracts/fakes/row-index.ts';
import { ADDED_COLUMN } from '../editions.ts';
import { REFUSED_TEXT } from '../oracle.ts';
import type { Call } from './call.ts';

type Trouble = Omit<ServiceErrorDetails, 'service' | 'operation'>;

const CALL = { service: 'bigquery', operation: 'insertAll' } as const;
const TABLES = new Map<string, TableSchema>([['sessions', sessionsTable as TableSchema]]);

export interface BigQueryFaults {
  /** How long an insertId is remembered, in ms. */
  readonly insertIdMs: number;
  bigqueryIsDown(): boolean;
  rowTrouble(): Trouble | undefined;
  /** Why the column that a deployment adds is refused, while it is. */
  addedColumnTrouble(column: string): Trouble | undefined;
}

export const NO_BIGQUERY_FAULTS: BigQueryFaults = {
  insertIdMs: 0,
  bigqueryIsDown: () => false,
  rowTrouble: () => undefined,
  addedColumnTrouble: () => undefined,
};

export class VirtualBigQuery {
  readonly #now: () => number;
  readonly #faults: BigQueryFaults;
  readonly #seen = new Map<string, number>();
  /** The raw table, in the order of arrival. */
  readonly rows: InsertRow[] = [];
  /** Newest `source_updated_at` by session. */
  readonly #newest = new Map<string, string>();

  constructor(now: () => number, faults: BigQueryFaults = NO_BIGQUERY_FAULTS) {
    this.#now = now;
    this.#faults = faults;
  }

  /** Whether a row of the session is there that is as new as this, or newer. */
  shows(sessionId: string, updateTime: string): boolean {
    return this.newest(sessionId) >= updateTime;
  }

  /** Version of the newest row of the session; '' when it has none. */
  newest(sessionId: string): string {
    return this.#newest.get(sessionId) ?? '';
  }

  insert(table: string, rows: readonly InsertRow[]): readonly InsertVerdict[] {
    if (this.#faults.bigqueryIsDown()) throw new ServiceError({ ...CALL, httpStatus: 503 });
    const columns = TABLES.get(table)?.schema.fields;
    if (!columns) {
      throw new ServiceError({ ...CALL, httpStatus: 404, reasons: [{ reason: 'notFound' }] });
    }
    return rows.map((row): InsertVerdict => {
      const trouble = refusal(columns, row) ?? this.#addedColumnTrouble(row) ?? this.#faults.rowTrouble();
      if (trouble) return { stored: false, error: { ...CALL, ...trouble } };
      this.#store(row);
      return { stored: true };
    });
  }

  #addedColumnTrouble({ json }: InsertRow): Trouble | undefined {
    const { name } = ADDED_COLUMN;
    if (!(name in json)) return undefined;
    if (!fits(ADDED_COLUMN, json[name])) return { reasons: [{ reason: 'invalid', location: name }] };
    return this.#faults.addedColumnTrouble(name);
  }

  #store(row: InsertRow): void {
    const now = this.#now();
    const seenAt = this.#seen.get(row.insertId);
    this.#seen.set(row.insertId, now);
    if (seenAt !== undefined && now - seenAt < this.#faults.insertIdMs) return;
    this.rows.push(row);
    const session = String(row.json['session_id']);
    const updateTime = String(row.json['source_updated_at']);
    if (!this.shows(session, updateTime)) this.#newest.set(session, updateTime);
  }
}

function refusal(columns: readonly Column[], { json }: InsertRow): Trouble | undefined {
  const misfit =
    json['exercise_type'] === REFUSED_TEXT
      ? 'exercise_type'
      : columns.find((column) => !fits(column, json[column.name]))?.name;
  return misfit === undefined ? undefined : { reasons: [{ reason: 'invalid', location: misfit }] };
}

export function createVirtualRowSink(store: VirtualBigQuery, call: Call): RowSink {
  const batcher = createBatcher<{ readonly table: string; readonly row: InsertRow }, InsertVerdict>(
    {
      send: (entries) =>
        call('bigquery', 'insertAll', () =>
          store.insert(
            entries[0]?.table ?? '',
            entries.map(({ row }) => row),
          ),
        ),
      maxItems: 500,
      maxBytes: Infinity,
      bytesOf: () => 0,
      isRefusal: () => false,
      maxInFlight: 1,
      windowMs: 0,
    },
    { soon: queueMicrotask, after: () => () => {} },
  );
  return {
    async insert(table, row) {
      try {
        return await batcher({ table, row });
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        return { stored: false, error: error.details };
      }
    },
  };
}

export function createVirtualRowIndex(store: VirtualBigQuery, call: Call): RowIndex {
  const index = new FakeRowIndex(() => store.rows);
  // What BigQuery has when the query runs, not when its answer arrives.
  const query = <T>(work: () => Promise<T>) => call('bigquery', 'query', work).then((answer) => answer);
  return {
    count: (pipeline, unit, range) => query(() => index.count(pipeline, unit, range)),
    find: (pipeline, keys) => query(() => index.find(pipeline, keys)),
  };
}
