// BigQuery's streaming insert in virtual time: each row has its own verdict, insertIds are remembered for a while.
import type { Answer, GoogleApi } from '../../../functions/services/google-api.ts';
import type { RowEraser } from '../../../functions/services/row-eraser.ts';
import type { RowIndex } from '../../../functions/services/row-index.ts';
import type { ServiceErrorDetails } from '../../../functions/steps/service-error.ts';
import type { InsertRow } from '../../../functions/steps/to-insert-row.ts';
import sessionsTable from '../../../bigquery-schemas/sessions.json' with { type: 'json' };
import { fits, type Column, type TableSchema } from '../../contracts/table-schema.ts';
import { FakeRowEraser } from '../../contracts/fakes/row-eraser.ts';
import { FakeRowIndex } from '../../contracts/fakes/row-index.ts';
import { ADDED_COLUMN } from '../editions.ts';
import { REFUSED_REQUEST_TEXT, REFUSED_TEXT } from '../oracle.ts';
import type { Call, Send } from './call.ts';
import { ok, toAnswer, toWireReason } from './wire.ts';

type Trouble = Omit<ServiceErrorDetails, 'service' | 'operation'>;

const CALL = { service: 'bigquery', operation: 'insertAll' } as const;
const MALFORMED: Trouble = { httpStatus: 400, reasons: [{ reason: 'invalid' }] };
const TOO_LARGE: Trouble = { httpStatus: 413, reasons: [{ reason: 'tooLarge' }] };
const TABLES = new Map<string, TableSchema>([['sessions', sessionsTable as TableSchema]]);

/** The body of a request. */
export interface InsertAll {
  readonly rows: readonly InsertRow[];
  readonly skipInvalidRows?: boolean;
}

const STREAMED_MS = 90 * 60_000;

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
  readonly #arrivedAt = new Map<InsertRow, number>();
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

  /** As `tabledata.insertAll` answers. Without `skipInvalidRows` one bad row would stop all others. */
  insertAll(table: string, { rows, skipInvalidRows = false }: InsertAll): Answer {
    const refuse = (trouble: Trouble) => toAnswer({ ...CALL, ...trouble });
    if (this.#faults.bigqueryIsDown()) return refuse({ httpStatus: 503 });
    const columns = TABLES.get(table)?.schema.fields;
    if (!columns) return refuse({ httpStatus: 404, reasons: [{ reason: 'notFound' }] });
    const culprit = rows.find(isRefusedWithItsRequest);
    if (culprit) return refuse(Number(culprit.json['rep_count']) % 2 === 0 ? MALFORMED : TOO_LARGE);
    const troubles = rows.map(
      (row) => refusal(columns, row) ?? this.#addedColumnTrouble(row) ?? this.#faults.rowTrouble(),
    );
    const isStopped = !skipInvalidRows && troubles.some(Boolean);
    const insertErrors = rows.flatMap((row, index) => {
      const trouble = troubles[index] ?? (isStopped ? { reasons: [{ reason: 'stopped' }] } : undefined);
      if (!trouble) this.#store(row);
      return trouble ? [{ index, errors: (trouble.reasons ?? []).map(toWireReason) }] : [];
    });
    const kind = 'bigquery#tableDataInsertAllResponse';
    return ok(insertErrors.length > 0 ? { kind, insertErrors } : { kind });
  }

  /** Whether a row of that insertId was ever stored. */
  hasStored(insertId: string): boolean {
    return this.#seen.has(insertId);
  }

  /** Whether the row is in the streaming buffer still, as long as that may be. */
  isStreamed(row: InsertRow): boolean {
    return this.#now() - (this.#arrivedAt.get(row) ?? 0) < STREAMED_MS;
  }

  /** After rows were deleted. */
  recount(): void {
    this.#newest.clear();
    for (const row of this.rows) this.#note(row);
  }

  #note({ json }: InsertRow): void {
    const session = String(json['session_id']);
    const updateTime = String(json['source_updated_at']);
    if (!this.shows(session, updateTime)) this.#newest.set(session, updateTime);
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
    this.#arrivedAt.set(row, now);
    this.#note(row);
  }
}

function refusal(columns: readonly Column[], { json }: InsertRow): Trouble | undefined {
  const misfit =
    json['exercise_type'] === REFUSED_TEXT
      ? 'exercise_type'
      : columns.find((column) => !fits(column, json[column.name]))?.name;
  return misfit === undefined ? undefined : { reasons: [{ reason: 'invalid', location: misfit }] };
}

export function isRefusedWithItsRequest({ json }: InsertRow): boolean {
  return json['exercise_type'] === REFUSED_REQUEST_TEXT;
}

/** Answers that say nothing about any row, whether rows were stored or not. */
const UNREADABLE: readonly unknown[] = [
  undefined,
  { insertErrors: 'none' },
  { insertErrors: [{ index: 99, errors: [] }] },
  { insertErrors: [{ errors: [{ reason: 'stopped' }] }] },
  null,
  [],
  'stored',
];

export function createVirtualBigQueryApi(store: VirtualBigQuery, send: Send): GoogleApi {
  return {
    post(path, body) {
      const table = /\/tables\/([^/]+)\/insertAll/.exec(path)?.[1] ?? '';
      const request = JSON.parse(body) as InsertAll;
      return send({
        ...CALL,
        items: request.rows,
        perform: () => store.insertAll(table, request),
        performSome: (rows) => void store.insertAll(table, { ...request, rows }),
        unreadable: () => UNREADABLE,
        failed: () => {},
      });
    },
    get: () => Promise.reject(new Error('Cannot answer: nobody reads rows over REST')),
    delete: () => Promise.reject(new Error('Cannot answer: nobody deletes rows over REST')),
  };
}

export function createVirtualRowIndex(store: VirtualBigQuery, call: Call): RowIndex {
  const index = new FakeRowIndex(() => store.rows);
  // What BigQuery has when the query runs, not when its answer arrives.
  const query = <T>(work: () => Promise<T>) => call('bigquery', 'query', work).then((answer) => answer);
  return {
    count: (pipeline, unit, range) => query(() => index.count(pipeline, unit, range)),
    within: (pipeline, range) => query(() => index.within(pipeline, range)),
    find: (pipeline, keys) => query(() => index.find(pipeline, keys)),
  };
}

export function createVirtualRowEraser(store: VirtualBigQuery, call: Call): RowEraser {
  const eraser = new FakeRowEraser(
    () => store.rows,
    (row) => store.isStreamed(row),
  );
  const query = <T>(work: () => Promise<T>) => call('bigquery', 'query', work).then((answer) => answer);
  return {
    count: (pipeline, column, persons) => query(() => eraser.count(pipeline, column, persons)),
    remove: (pipeline, column, persons) =>
      query(async () => {
        const end = await eraser.remove(pipeline, column, persons);
        store.recount();
        return end;
      }),
    unlink: () => query(() => eraser.unlink()),
    timeTravelMs: () => query(() => eraser.timeTravelMs()),
  };
}
