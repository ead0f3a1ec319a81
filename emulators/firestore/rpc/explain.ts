// What RunQuery and RunAggregationQuery answer when they are asked to explain themselves.
import type { ProtoStruct } from '../../shared/proto/struct.ts';
import { toProtoStruct } from '../../shared/proto/struct.ts';
import type { ProtoTimestamp } from '../protocol/messages.ts';
import { plan } from '../query/plan.ts';
import type { Query } from '../query/query.ts';

export interface ExplainOptions {
  /** Whether the query is to be run as well; if not, only its plan is told. */
  readonly analyze?: boolean;
}

export interface ExplainMetrics {
  readonly planSummary: { readonly indexesUsed: readonly ProtoStruct[] };
  readonly executionStats?: {
    readonly resultsReturned: string;
    readonly executionDuration: ProtoTimestamp;
    readonly readOperations: string;
    readonly debugStats: ProtoStruct;
  };
}

/** What there is to tell of a query that was run. */
export interface Execution {
  readonly startedAtMs: number;
  /** Documents, or the one result of an aggregation. */
  readonly results: number;
  readonly visited: number;
  /** What the service bills: documents that were returned, or thousands of index entries that were counted. */
  readonly billed: { readonly documents: number; readonly indexEntries: number };
}

export function explain(query: Query, execution?: Execution): ExplainMetrics {
  const planSummary = { indexesUsed: plan(query).map((index) => toProtoStruct({ ...index })) };
  if (!execution) return { planSummary };
  const { startedAtMs, results, visited, billed } = execution;
  const tookNanos = Math.ceil((performance.now() - startedAtMs) * 1_000_000);
  const isFree = billed.documents + billed.indexEntries === 0;
  return {
    planSummary,
    executionStats: {
      resultsReturned: String(results),
      executionDuration: { seconds: Math.floor(tookNanos / 1e9), nanos: tookNanos % 1e9 },
      readOperations: String(isFree ? 1 : billed.documents + billed.indexEntries),
      debugStats: toProtoStruct({
        index_entries_scanned: String(visited),
        documents_scanned: String(billed.documents),
        billing_details: {
          documents_billable: String(billed.documents),
          index_entries_billable: String(billed.indexEntries),
          small_ops: '0',
          min_query_cost: isFree ? '1' : '0',
        },
      }),
    },
  };
}
