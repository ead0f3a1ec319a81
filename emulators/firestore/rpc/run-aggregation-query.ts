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
import { aggregate, parseAggregations } from '../query/aggregate.ts';
import { parseQuery } from '../query/parse-query.ts';
import { runQuery } from '../query/run-query.ts';
import type { Service } from '../service.ts';
import { invalidArgument, StatusError } from '../status.ts';
import { readState } from './read-state.ts';

interface RunAggregationQueryRequest extends ProtoConsistency {
  readonly parent?: string;
  readonly structuredAggregationQuery?: {
    readonly structuredQuery?: ProtoQuery;
    readonly aggregations?: readonly ProtoAggregation[];
  };
  readonly explainOptions?: unknown;
}

interface RunAggregationQueryResponse {
  readonly result: { readonly aggregateFields: ProtoFields };
  readonly transaction?: Uint8Array;
  readonly readTime: ProtoTimestamp;
}

export async function* runAggregationQuery(
  service: Service,
  request: RunAggregationQueryRequest,
): AsyncGenerator<RunAggregationQueryResponse> {
  if (request.explainOptions) throw new StatusError('UNIMPLEMENTED', 'Query explain is not supported.');
  const { structuredQuery, aggregations = [] } = request.structuredAggregationQuery ?? {};
  if (!structuredQuery) throw invalidArgument('The request has no structured_query.');
  const parent = parseParentName(request.parent);
  const database = service.database(parent.database);
  const query = parseQuery(parent, structuredQuery);
  const wanted = parseAggregations(aggregations);
  const { snapshot, readTime, begun, remember } = await readState(service, database, request);
  remember(query);
  const values = aggregate(wanted, runQuery(database, snapshot, query));
  yield { result: { aggregateFields: toProtoFields(values) }, ...begun, readTime };
}
