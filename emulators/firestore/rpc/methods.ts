// The table of methods, as both transports serve them. Listen and Write are streams both ways and belong to
// gRPC alone.
import type { Access } from '../rules/access.ts';
import type { Service } from '../service.ts';
import { batchGetDocuments } from './batch-get-documents.ts';
import { batchWrite } from './batch-write.ts';
import { beginTransaction } from './begin-transaction.ts';
import { commit } from './commit.ts';
import { createDocument } from './create-document.ts';
import { deleteDocument } from './delete-document.ts';
import { getDocument } from './get-document.ts';
import { listCollectionIds } from './list-collection-ids.ts';
import { listDocuments } from './list-documents.ts';
import { partitionQuery } from './partition-query.ts';
import { rollback } from './rollback.ts';
import { runAggregationQuery } from './run-aggregation-query.ts';
import { runQuery } from './run-query.ts';
import { updateDocument } from './update-document.ts';

/** Requests are decoded by the descriptor, so their type is known only to the method itself. */
export type UnaryMethod = (service: Service, request: object, access: Access) => object | Promise<object>;
export type StreamMethod = (service: Service, request: object, access: Access) => AsyncIterable<object>;

export const unaryMethods = {
  GetDocument: getDocument,
  ListDocuments: listDocuments,
  CreateDocument: createDocument,
  UpdateDocument: updateDocument,
  DeleteDocument: deleteDocument,
  BeginTransaction: beginTransaction,
  Commit: commit,
  Rollback: rollback,
  ListCollectionIds: listCollectionIds,
  BatchWrite: batchWrite,
  PartitionQuery: partitionQuery,
} satisfies Record<string, UnaryMethod>;

export const streamMethods = {
  BatchGetDocuments: batchGetDocuments,
  RunQuery: runQuery,
  RunAggregationQuery: runAggregationQuery,
} satisfies Record<string, StreamMethod>;

export type UnaryName = keyof typeof unaryMethods;
export type StreamName = keyof typeof streamMethods;
