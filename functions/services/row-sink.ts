// BigQuery's streaming insert behind a port. One request per call; every row gets its own verdict, in order.
// Google's errors hold whole rows and bad values: only codes, reasons and column names leave this file.
import type { BigQuery } from '@google-cloud/bigquery';
import type { ErrorReason, ServiceErrorDetails } from '../steps/service-error.ts';
import type { InsertRow } from '../steps/to-insert-row.ts';
import { readReasons, readRequestError } from './bigquery-error.ts';
import { property } from './client-error.ts';

export type InsertVerdict =
  { readonly stored: true } | { readonly stored: false; readonly error: ServiceErrorDetails };

export interface RowSink {
  /** At most 50,000 rows and 10 MB a call. Never throws for what BigQuery answered: that is a verdict. */
  insert(table: string, rows: readonly InsertRow[]): Promise<readonly InsertVerdict[]>;
}

const CALL = { service: 'bigquery', operation: 'insertAll' } as const;

/** `bigquery` must be built without retries of its own: one layer retries, and that is the queue. */
export function createRowSink(bigquery: BigQuery, dataset: string): RowSink {
  return {
    async insert(table, rows) {
      try {
        await bigquery
          .dataset(dataset)
          .table(table)
          .insert([...rows], { raw: true, skipInvalidRows: true, partialRetries: 0 });
        return rows.map(() => ({ stored: true }));
      } catch (error) {
        return toVerdicts(error, rows.length);
      }
    },
  };
}

function toVerdicts(error: unknown, rowCount: number): InsertVerdict[] {
  const rowErrors = readRowErrors(error, rowCount);
  if (rowErrors) {
    return Array.from({ length: rowCount }, (_, index) => {
      const reasons = rowErrors.get(index);
      return reasons ? { stored: false, error: { ...CALL, reasons } } : { stored: true };
    });
  }
  const details = readRequestError(CALL, error);
  return Array.from({ length: rowCount }, () => ({ stored: false, error: details }));
}

/** Reasons by row index when BigQuery took the request and refused rows of it; undefined otherwise. */
function readRowErrors(error: unknown, rowCount: number): Map<number, ErrorReason[]> | undefined {
  const insertErrors = property(property(error, 'response'), 'insertErrors');
  if (!Array.isArray(insertErrors)) return undefined;
  const byRow = new Map<number, ErrorReason[]>();
  for (const entry of insertErrors) {
    const index = Number(property(entry, 'index'));
    if (!Number.isInteger(index) || index < 0 || index >= rowCount) return undefined; // whose error it is, nobody knows: none counts as stored
    byRow.set(index, [...(byRow.get(index) ?? []), ...readReasons(property(entry, 'errors'))]);
  }
  return byRow;
}
