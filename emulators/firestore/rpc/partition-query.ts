// PartitionQuery: where to cut a collection group so that several readers can share it.
import { documentName, parseParentName } from '../names.ts';
import type { ProtoConsistency, ProtoCursor, ProtoQuery } from '../protocol/messages.ts';
import { parseQuery } from '../query/parse-query.ts';
import { runQuery } from '../query/run-query.ts';
import type { Access } from '../rules/access.ts';
import type { Service } from '../service.ts';
import { invalidArgument } from '../../shared/status.ts';
import { page, parsePageSize, parsePageToken } from './page.ts';
import { readState } from './read-state.ts';

interface PartitionQueryRequest extends Pick<ProtoConsistency, 'readTime'> {
  readonly parent?: string;
  readonly structuredQuery?: ProtoQuery;
  readonly partitionCount?: string;
  readonly pageToken?: string;
  readonly pageSize?: number;
}

interface PartitionQueryResponse {
  readonly partitions: readonly ProtoCursor[];
  readonly nextPageToken?: string;
}

/** The service makes no partitions smaller than this. */
const MIN_PARTITION = 128;
const MAX_PAGE_SIZE = 1000;

/** Cursors that cut the result of a query into parts of about the same size. */
export async function partitionQuery(
  service: Service,
  request: PartitionQueryRequest,
  access: Access,
): Promise<PartitionQueryResponse> {
  access.administer('PartitionQuery');
  const count = Number(request.partitionCount ?? 0);
  if (count <= 0) throw invalidArgument('partition_count must be greater than zero.');
  const parent = parseParentName(request.parent);
  const database = service.database(parent.database);
  const query = parseQuery(parent, request.structuredQuery ?? {});
  const isPlain = !query.where && !query.nearest && query.limit === undefined && query.orderBy.length === 1;
  if (!query.source.allDescendants || !isPlain) {
    throw invalidArgument('Only collection group queries ordered by __name__ ascending can be partitioned.');
  }
  const { snapshot } = await readState(service, database, request);
  const documents = runQuery(database, snapshot, query);
  const parts = Math.min(count + 1, Math.floor(documents.length / MIN_PARTITION));
  const cuts = Array.from({ length: Math.max(0, parts - 1) }, (_, i) => {
    const document = documents[Math.floor(((i + 1) * documents.length) / parts)]!;
    return documentName(database.name, document.path);
  });
  const last = parsePageToken(request.pageToken);
  const rest = last === undefined ? cuts : cuts.slice(cuts.indexOf(last) + 1);
  const { items, ...next } = page(rest, parsePageSize(request.pageSize, MAX_PAGE_SIZE), (name) => name);
  return { partitions: items.map((name) => ({ values: [{ referenceValue: name }], before: true })), ...next };
}
