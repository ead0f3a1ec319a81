// BeginTransaction: its first read decides nothing yet; conflicts show at the commit.
import type { ProtoTransactionOptions } from '../protocol/messages.ts';
import type { Service } from '../service.ts';
import { checkReadTime } from './read-state.ts';

interface BeginTransactionRequest {
  readonly database?: string;
  readonly options?: ProtoTransactionOptions;
}

export function beginTransaction(
  service: Service,
  request: BeginTransactionRequest,
): { transaction: Uint8Array } {
  const database = service.database(request.database);
  checkReadTime(database, request.options?.readOnly?.readTime);
  return { transaction: service.transactions.begin(database, request.options).id };
}
