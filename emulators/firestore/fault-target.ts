// What the `match` of a fault looks into: every path that a request names, whatever its method and transport.
import { joinPath } from './names.ts';
import type { ProtoTarget } from './listen/messages.ts';
import type { ProtoQuery, ProtoWrite } from './protocol/messages.ts';

/** The members by which the requests of all methods name documents, collections and databases. */
interface NamingRequest {
  readonly database?: string;
  readonly name?: string;
  readonly document?: { readonly name?: string };
  readonly documents?: readonly string[];
  readonly parent?: string;
  readonly collectionId?: string;
  readonly documentId?: string;
  readonly structuredQuery?: ProtoQuery;
  readonly structuredAggregationQuery?: { readonly structuredQuery?: ProtoQuery };
  readonly writes?: readonly ProtoWrite[];
  readonly addTarget?: ProtoTarget;
}

/** One path a line: of documents, of the collections that are listed or queried, of the database. */
export function faultTarget(request: object): string {
  const { database, name, document, documents, parent, collectionId, documentId, ...rest }: NamingRequest =
    request;
  const { structuredQuery, structuredAggregationQuery, writes = [], addTarget } = rest;
  const created = collectionId && documentId ? `${collectionId}/${documentId}` : collectionId;
  return [
    database,
    name,
    document?.name,
    ...(documents ?? []),
    ...pathsUnder(parent, created),
    ...pathsOfQuery(parent, structuredQuery ?? structuredAggregationQuery?.structuredQuery),
    ...writes.map((write) => write.update?.name ?? write.delete ?? write.verify ?? write.transform?.document),
    ...(addTarget?.documents?.documents ?? []),
    ...pathsOfQuery(addTarget?.query?.parent, addTarget?.query?.structuredQuery),
  ]
    .filter((path) => path !== undefined)
    .join('\n');
}

function pathsOfQuery(parent: string | undefined, query: ProtoQuery | undefined): readonly string[] {
  return (query?.from ?? []).flatMap(({ collectionId }) => pathsUnder(parent, collectionId));
}

function pathsUnder(parent: string | undefined, rest: string | undefined): readonly string[] {
  return parent === undefined ? [] : [rest ? joinPath(parent, rest) : parent];
}
