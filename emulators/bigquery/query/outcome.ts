// What a statement did, for the statistics of its job and for its reply.
import type { TableRef } from '../catalog.ts';
import type { QueryResult } from '../jobs.ts';

export interface DmlCounts {
  readonly insertedRowCount?: number;
  readonly updatedRowCount?: number;
  readonly deletedRowCount?: number;
}

export interface Outcome {
  readonly statementType: string;
  readonly result?: QueryResult;
  readonly dml?: DmlCounts;
  readonly ddl?: {
    readonly operation: 'CREATE' | 'SKIP' | 'REPLACE' | 'ALTER' | 'DROP';
    readonly target: TableRef | { readonly projectId: string; readonly datasetId: string };
  };
  /** The table that DML or CREATE TABLE AS SELECT wrote: the destination of its job. */
  readonly written?: TableRef;
  /** Tables that were read, for `referencedTables`. */
  readonly referenced?: readonly TableRef[];
  readonly bytesProcessed?: number;
  readonly sessionId?: string;
  /** The transaction that a statement of a script was part of. */
  readonly transactionId?: string;
  /** Statistics of a load, copy or extract job. */
  readonly statistics?: Readonly<Record<string, unknown>>;
}

export function affectedRows({ dml }: Outcome): number | undefined {
  if (!dml) return undefined;
  return (dml.insertedRowCount ?? 0) + (dml.updatedRowCount ?? 0) + (dml.deletedRowCount ?? 0);
}
