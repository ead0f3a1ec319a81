// BigQuery's streaming insert behind a port. Rows that come at the same time share a request; each gets its own
// verdict. Google's errors hold whole rows and bad values: only codes, reasons and column names leave this file.
import { isPlainObject } from '../pipelines/fields.ts';
import { ServiceError, type ErrorReason, type ServiceErrorDetails } from '../steps/service-error.ts';
import type { InsertRow } from '../steps/to-insert-row.ts';
import { createBatcher, type Batched } from './batcher.ts';
import { readReasons } from './bigquery-error.ts';
import { property } from './client-error.ts';
import { NoAnswer, type Answer, type GoogleApi } from './google-api.ts';
import { realTimers, type Timers } from './timers.ts';

export type InsertVerdict =
  { readonly stored: true } | { readonly stored: false; readonly error: ServiceErrorDetails };

export interface RowSink {
  /** A row of 10 MB at most. Never throws for what BigQuery answered: that is a verdict. It does not try again. */
  insert(table: string, row: InsertRow): Promise<InsertVerdict>;
}

export interface RowSinkConfig {
  readonly project: string;
  readonly dataset: string;
}

/** A request may have 10 MB; 500 rows are advised. */
const LIMITS = { maxItems: 500, maxBytes: 9_000_000, maxInFlight: 4, windowMs: 50, lingerMs: 2 };
const CALL = { service: 'bigquery', operation: 'insertAll' } as const;
const STORED: InsertVerdict = { stored: true };

export function createRowSink(
  api: GoogleApi,
  { project, dataset }: RowSinkConfig,
  timers: Timers = realTimers,
  batch: typeof createBatcher = createBatcher,
): RowSink {
  const tables = new Map<string, Batched<string, InsertVerdict>>();

  function createTable(table: string): Batched<string, InsertVerdict> {
    const path = `/bigquery/v2/projects/${project}/datasets/${dataset}/tables/${table}/insertAll?prettyPrint=false`;
    return batch<string, InsertVerdict>(
      {
        ...LIMITS,
        bytesOf: (row) => Buffer.byteLength(row),
        toResult: (error) =>
          error instanceof ServiceError ? { stored: false, error: error.details } : undefined,
        isRefusal: (error) => error instanceof ServiceError && REFUSED.has(error.details.httpStatus ?? 0),
        async send(rows) {
          const answer = await api
            .post(path, `{"skipInvalidRows":true,"rows":[${rows.join(',')}]}`)
            .catch((error: unknown) => {
              const code = error instanceof NoAnswer ? error.networkCode : undefined;
              throw new ServiceError({ ...CALL, ...(code === undefined ? {} : { networkCode: code }) });
            });
          return toVerdicts(answer, rows);
        },
      },
      timers,
    );
  }

  return {
    insert(name, row) {
      const table = tables.get(name) ?? createTable(name);
      tables.set(name, table);
      return table(JSON.stringify(row));
    },
  };
}

/** The request is too large, or malformed by one of its rows. */
const REFUSED = new Set([400, 413]);

function toVerdicts(
  { status, body, retryAfterSeconds }: Answer,
  rows: readonly string[],
): readonly InsertVerdict[] {
  if (status < 200 || status >= 300) {
    const reasons = readReasons(property(property(body, 'error'), 'errors'));
    throw new ServiceError({
      ...CALL,
      httpStatus: status,
      ...(reasons.length > 0 ? { reasons } : {}),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
  }
  const insertErrors = property(body, 'insertErrors');
  if (insertErrors === undefined && isPlainObject(body)) return rows.map(() => STORED);
  const byRow = readRowErrors(insertErrors, rows);
  return rows.map((_, index) => {
    const reasons = byRow.get(index);
    return reasons ? { stored: false, error: { ...CALL, reasons } } : STORED;
  });
}

/** Reasons by row index. Throws when nobody can tell whose an error is: then no row counts as stored. */
function readRowErrors(insertErrors: unknown, rows: readonly string[]): Map<number, ErrorReason[]> {
  const byRow = new Map<number, ErrorReason[]>();
  if (!Array.isArray(insertErrors)) throw new ServiceError(CALL);
  for (const entry of insertErrors) {
    const index = property(entry, 'index');
    const errors = property(entry, 'errors');
    const row = typeof index === 'number' ? rows[index] : undefined;
    if (typeof index !== 'number' || row === undefined || !Array.isArray(errors))
      throw new ServiceError(CALL);
    byRow.set(index, [...(byRow.get(index) ?? []), ...readReasons(errors, columnsOf(row))]);
  }
  return byRow;
}

function columnsOf(row: string): ReadonlySet<string> {
  return new Set(Object.keys(Object(property(JSON.parse(row), 'json'))));
}
