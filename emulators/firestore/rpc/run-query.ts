// RunQuery: the documents of a query as a stream.
import { parseParentName } from '../names.ts';
import type { ProtoConsistency, ProtoDocument, ProtoQuery, ProtoTimestamp } from '../protocol/messages.ts';
import { parseQuery } from '../query/parse-query.ts';
import { runCounted } from '../query/run-query.ts';
import type { Access } from '../rules/access.ts';
import type { Service } from '../service.ts';
import { invalidArgument } from '../../shared/status.ts';
import { toProtoDocument } from '../store/document.ts';
import { pickFields } from '../values/field-path.ts';
import type { ExplainMetrics, ExplainOptions } from './explain.ts';
import { explain } from './explain.ts';
import { readState } from './read-state.ts';

interface RunQueryRequest extends ProtoConsistency {
  readonly parent?: string;
  readonly structuredQuery?: ProtoQuery;
  readonly explainOptions?: ExplainOptions;
}

interface RunQueryResponse {
  readonly transaction?: Uint8Array;
  readonly document?: ProtoDocument;
  readonly readTime?: ProtoTimestamp;
  readonly explainMetrics?: ExplainMetrics;
}

export async function* runQuery(
  service: Service,
  request: RunQueryRequest,
  access: Access,
): AsyncGenerator<RunQueryResponse> {
  const { explainOptions } = request;
  if (!request.structuredQuery) throw invalidArgument('The request has no structured_query.');
  const parent = parseParentName(request.parent);
  const database = service.database(parent.database);
  const query = parseQuery(parent, request.structuredQuery);
  const { snapshot, readTime, begun, remember } = await readState(service, database, request);
  access.list(database, snapshot, query);
  if (explainOptions && !explainOptions.analyze) {
    yield { ...begun, explainMetrics: explain(query) };
    return;
  }
  remember(query);
  const startedAtMs = performance.now();
  const { documents, visited } = runCounted(database, snapshot, query);
  const { select } = query;
  const results = documents.length;
  const execution = { startedAtMs, results, visited, billed: { documents: results, indexEntries: 0 } };
  const metrics = explainOptions && explain(query, execution);
  // Also without documents one message tells the time, and the transaction if one was begun.
  if (documents.length === 0) yield { ...begun, readTime };
  for (const [i, document] of documents.entries()) {
    const fields = select ? pickFields(document.fields, select) : document.fields;
    yield { ...(i === 0 ? begun : {}), document: toProtoDocument(database.name, document, fields), readTime };
  }
  if (metrics) yield { readTime, explainMetrics: metrics };
}
