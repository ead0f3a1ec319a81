// BigQuery's streaming insert in memory: rows are checked against the table's schema one by one. The harshest
// that the real one may be: it never recognises an insertId again.
import type { InsertVerdict, RowSink } from '../../../functions/services/row-sink.ts';
import { createBatcher, type Batched } from '../../../functions/services/batcher.ts';
import { realTimers } from '../../../functions/services/timers.ts';
import type { ServiceErrorDetails } from '../../../functions/steps/service-error.ts';
import type { InsertRow } from '../../../functions/steps/to-insert-row.ts';
import { fits, readTableSchema, type Column } from '../table-schema.ts';
import { FaultList, type Phase } from './fault-list.ts';

const CALL = { service: 'bigquery', operation: 'insertAll' } as const;

export class FakeRowSink implements RowSink {
  readonly #tables: ReadonlyMap<string, { readonly columns: readonly Column[]; readonly rows: InsertRow[] }>;
  readonly #faults = new FaultList<Omit<ServiceErrorDetails, 'service' | 'operation'>>();
  readonly #journal: string[];
  readonly #batchers = new Map<string, Batched<InsertRow, InsertVerdict>>();

  constructor(tables: readonly string[], journal: string[] = []) {
    this.#tables = new Map(
      tables.map((table) => [table, { columns: readTableSchema(table).schema.fields, rows: [] }]),
    );
    this.#journal = journal;
  }

  /** The next request is refused, or (`after`) stored although it is answered with the error. */
  failNext(phase: Phase, error: Omit<ServiceErrorDetails, 'service' | 'operation'>): void {
    this.#faults.add(phase, error);
  }

  /** The raw table, in the order of arrival. */
  rows(table: string): InsertRow[] {
    return this.#tables.get(table)?.rows ?? [];
  }

  /** Rows of one turn share a request, as those of the real one do. */
  insert(table: string, row: InsertRow): Promise<InsertVerdict> {
    const batcher =
      this.#batchers.get(table) ??
      createBatcher<InsertRow, InsertVerdict>(
        {
          send: async (rows) => this.#send(table, rows),
          maxItems: 500,
          maxBytes: Infinity,
          bytesOf: () => 0,
          isRefusal: () => false,
          maxInFlight: 1,
          windowMs: 0,
        },
        realTimers,
      );
    this.#batchers.set(table, batcher);
    return batcher(row);
  }

  #send(table: string, rows: readonly InsertRow[]): readonly InsertVerdict[] {
    this.#journal.push('insert');
    const refuse = (error: Omit<ServiceErrorDetails, 'service' | 'operation'>) =>
      rows.map(() => ({ stored: false as const, error: { ...CALL, ...error } }));

    const refused = this.#faults.take('before');
    if (refused) return refuse(refused);
    const found = this.#tables.get(table);
    if (!found) return refuse({ httpStatus: 404, reasons: [{ reason: 'notFound' }] });

    const verdicts = rows.map((row): InsertVerdict => {
      const misfit = found.columns.find((column) => !fits(column, row.json[column.name]));
      if (misfit) {
        const reasons = [{ reason: 'invalid', location: misfit.name }];
        return { stored: false, error: { ...CALL, reasons } };
      }
      found.rows.push(row);
      return { stored: true };
    });
    const lost = this.#faults.take('after');
    return lost ? refuse(lost) : verdicts;
  }
}
