// The REST side: the same methods under the paths that the service's descriptor gives them, in JSON.
import type { Faults } from '../shared/faults.ts';
import { Dropped, faultyCall } from '../shared/faulty-call.ts';
import type { HttpReply, HttpRequest, Route } from '../shared/http.ts';
import { DropConnection } from '../shared/http.ts';
import type { JsonObject } from '../shared/proto/rest-request.ts';
import { parseBody, parseQuery } from '../shared/proto/rest-request.ts';
import { authorize } from './authorize.ts';
import { faultTarget } from './fault-target.ts';
import type { Json } from './protocol/proto-json.ts';
import { fromJson, toJson } from './protocol/proto-json.ts';
import { checkRequestSize } from './request-size.ts';
import type { StreamMethod, StreamName, UnaryMethod, UnaryName } from './rpc/methods.ts';
import { streamMethods, unaryMethods } from './rpc/methods.ts';
import type { Service } from './service.ts';
import { StatusError, toStatusError } from '../shared/status.ts';

export interface RestContext {
  readonly service: Service;
  readonly faults: Faults;
}

const DATABASE = 'projects/{project}/databases/{database}';
const ROOT = `/v1/${DATABASE}/documents`;

/** What a unary method answers with; named as in the descriptor. */
const RESPONSE_TYPES: Readonly<Record<UnaryName, string>> = {
  GetDocument: 'Document',
  ListDocuments: 'ListDocumentsResponse',
  CreateDocument: 'Document',
  UpdateDocument: 'Document',
  DeleteDocument: 'google.protobuf.Empty',
  BeginTransaction: 'BeginTransactionResponse',
  Commit: 'CommitResponse',
  Rollback: 'google.protobuf.Empty',
  ListCollectionIds: 'ListCollectionIdsResponse',
  BatchWrite: 'BatchWriteResponse',
  PartitionQuery: 'PartitionQueryResponse',
};

export function restRoutes(context: RestContext): readonly Route[] {
  const onDatabase = (
    verb: string,
    run: (request: HttpRequest, fields: JsonObject) => Promise<HttpReply>,
  ): Route => ({
    method: 'POST',
    path: `${ROOT}:${verb}`,
    handle: (request) => run(request, { ...bodyOf(request), database: databaseOf(request) }),
  });
  const onParent = (
    verb: string,
    run: (request: HttpRequest, fields: JsonObject) => Promise<HttpReply>,
  ): readonly Route[] =>
    [`${ROOT}:${verb}`, `${ROOT}/{path=**}:${verb}`].map((path) => ({
      method: 'POST',
      path,
      handle: (request) => run(request, { ...bodyOf(request), parent: nameOf(request) }),
    }));
  const unary =
    (name: UnaryName) =>
    (request: HttpRequest, fields: JsonObject): Promise<HttpReply> =>
      callUnary(context, name, request, fields);
  const stream =
    (name: StreamName) =>
    (request: HttpRequest, fields: JsonObject): Promise<HttpReply> =>
      callStream(context, name, request, fields);
  const document = `${ROOT}/{path=**}`;

  return [
    onDatabase('commit', unary('Commit')),
    onDatabase('batchWrite', unary('BatchWrite')),
    onDatabase('beginTransaction', unary('BeginTransaction')),
    onDatabase('rollback', unary('Rollback')),
    onDatabase('batchGet', stream('BatchGetDocuments')),
    ...onParent('runQuery', stream('RunQuery')),
    ...onParent('runAggregationQuery', stream('RunAggregationQuery')),
    ...onParent('partitionQuery', unary('PartitionQuery')),
    ...onParent('listCollectionIds', unary('ListCollectionIds')),
    {
      method: 'GET',
      path: document,
      handle: (request) =>
        isDocumentPath(request)
          ? unary('GetDocument')(request, { ...queryOf(request), name: nameOf(request) })
          : unary('ListDocuments')(request, { ...queryOf(request), ...collectionOf(request) }),
    },
    {
      method: 'POST',
      path: document,
      handle: (request) =>
        unary('CreateDocument')(request, {
          ...queryOf(request),
          ...collectionOf(request),
          document: bodyOf(request),
        }),
    },
    {
      method: 'PATCH',
      path: document,
      handle: (request) =>
        unary('UpdateDocument')(request, {
          ...queryOf(request),
          document: { ...bodyOf(request), name: nameOf(request) },
        }),
    },
    {
      method: 'DELETE',
      path: document,
      handle: (request) => unary('DeleteDocument')(request, { ...queryOf(request), name: nameOf(request) }),
    },
  ];
}

async function callUnary(
  { service, faults }: RestContext,
  name: UnaryName,
  http: HttpRequest,
  fields: JsonObject,
): Promise<HttpReply> {
  const access = authorize(service, http.headers.authorization);
  const request = fromJson(`${name}Request`, fields);
  const method: UnaryMethod = unaryMethods[name];
  const response = await faultyCall(
    faults,
    { service: 'firestore', method: name, target: faultTarget(request) },
    () => method(service, request, access),
  );
  return { body: toJson(RESPONSE_TYPES[name], response) };
}

/** A stream of messages is one JSON array. */
async function callStream(
  { service, faults }: RestContext,
  name: StreamName,
  http: HttpRequest,
  fields: JsonObject,
): Promise<HttpReply> {
  const access = authorize(service, http.headers.authorization);
  const request = fromJson(`${name}Request`, fields);
  const method = streamMethods[name] as StreamMethod;
  const body: Json[] = [];
  await faultyCall(faults, { service: 'firestore', method: name, target: faultTarget(request) }, async () => {
    for await (const response of method(service, request, access))
      body.push(toJson(`${name}Response`, response));
  });
  return { body };
}

/** Google's error form; a dropped call has none. */
export function restError(error: unknown): HttpReply {
  if (error instanceof Dropped) throw new DropConnection();
  const { httpStatus, message, status } = toStatusError(error);
  return { status: httpStatus, body: { error: { code: httpStatus, message, status } } };
}

export function unknownPath({ method, path }: HttpRequest): HttpReply {
  return restError(new StatusError('NOT_FOUND', `No method answers ${method} ${path}`));
}

function databaseOf({ params }: HttpRequest): string {
  return `projects/${params['project']}/databases/${params['database']}`;
}

function nameOf(request: HttpRequest): string {
  const root = `${databaseOf(request)}/documents`;
  const path = request.params['path'];
  return path === undefined ? root : `${root}/${path}`;
}

function isDocumentPath({ params }: HttpRequest): boolean {
  return params['path']!.split('/').length % 2 === 0;
}

/** The parent and the collection that a path of an odd number of segments names. */
function collectionOf(request: HttpRequest): { parent: string; collectionId: string } {
  const name = nameOf(request);
  const slash = name.lastIndexOf('/');
  return { parent: name.slice(0, slash), collectionId: name.slice(slash + 1) };
}

function bodyOf({ body }: HttpRequest): JsonObject {
  checkRequestSize(body.length);
  return parseBody(body);
}

const queryOf = ({ query }: HttpRequest): JsonObject => parseQuery(query);
