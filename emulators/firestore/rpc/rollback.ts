// Rollback: forgets a transaction; there are no locks to release.
import type { Service } from '../service.ts';

interface RollbackRequest {
  readonly database?: string;
  readonly transaction?: Uint8Array;
}

export function rollback(service: Service, request: RollbackRequest): object {
  const database = service.database(request.database);
  service.transactions.end(service.transactions.get(database, request.transaction ?? new Uint8Array()));
  return {};
}
