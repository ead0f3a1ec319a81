// RunAggregationQuery: always a single answer with all aggregates.
import { parseParentName } from '../names.ts';
import type {
  ProtoAggregation,
  ProtoConsistency,
  ProtoFields,
  ProtoQuery,
  ProtoTimestamp,
} from '../protocol/messages.ts';
import { toProtoFields } from '../protocol/values.ts';
import { aggregate, aggregatedFields, parseAggregations } from '../query/aggregate.ts';
import { parseQuery } from '../query/parse-query.ts';
import { runCounted } from '../query/run-query.ts';
import type { Access } from '../rules/access.ts';
import type { Service } from '../service.ts';
import { invalidArgument } from '../../shared/status.ts';
import type { ExplainMetrics, ExplainOptions } from './explain.ts';
import { explain } from './explain.ts';
import { readState } from './read-state.ts';

interface RunAggregationQueryRequest extends ProtoConsistency {
  readonly parent?: string;
  readonly structuredAggregationQuery?: {
    readonly structuredQuery?: ProtoQuery;
    readonly aggregations?: readonly ProtoAggregation[];
  };
  readonly explainOptions?: ExplainOptions;
}

interface RunAggregationQueryResponse {
  readonly result?: { readonly aggregateFields: ProtoFields };
  readonly transaction?: Uint8Array;
  readonly readTime?: ProtoTimestamp;
  readonly explainMetrics?: ExplainMetrics;
}

/** The service bills one read for so many index entries that an aggregation goes through. */
const ENTRIES_PER_READ = 1000;

export async function* runAggregationQuery(
  service: Service,
  request: RunAggregationQueryRequest,
  access: Access,
): AsyncGenerator<RunAggregationQueryResponse> {
  const { explainOptions } = request;
  const { structuredQuery, aggregations = [] } = request.structuredAggregationQuery ?? {};
  if (!structuredQuery) throw invalidArgument('The request has no structured_query.');
  const parent = parseParentName(request.parent);
  const database = service.database(parent.database);
  const wanted = parseAggregations(aggregations);
  const query = parseQuery(parent, structuredQuery, aggregatedFields(wanted));
  const { snapshot, readTime, begun, remember } = await readState(service, database, request);
  access.list(database, snapshot, query);
  if (explainOptions && !explainOptions.analyze) {
    yield { ...begun, explainMetrics: explain(query) };
    return;
  }
  remember(query);
  const startedAtMs = performance.now();
  const { documents, visited } = runCounted(database, snapshot, query);
  const result = { aggregateFields: toProtoFields(aggregate(wanted, documents)) };
  const billed = { documents: 0, indexEntries: Math.ceil(documents.length / ENTRIES_PER_READ) };
  const metrics = explainOptions && explain(query, { startedAtMs, results: 1, visited, billed });
  yield { result, ...begun, readTime, ...(metrics ? { explainMetrics: metrics } : {}) };
}
