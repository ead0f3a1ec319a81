// BatchWrite: not atomic; the call itself succeeds even when every write in it fails.
import type { ProtoStatus, ProtoWrite, ProtoWriteResult } from '../protocol/messages.ts';
import type { Access } from '../rules/access.ts';
import type { Service } from '../service.ts';
import { invalidArgument, toStatusError } from '../../shared/status.ts';
import { commitWrites } from '../writes/commit-writes.ts';
import { parseWrite } from '../writes/parse-write.ts';

interface BatchWriteRequest {
  readonly database?: string;
  readonly writes?: readonly ProtoWrite[];
}

interface BatchWriteResponse {
  readonly writeResults: readonly ProtoWriteResult[];
  readonly status: readonly ProtoStatus[];
}

const MAX_WRITES = 500;

/** Each write stands alone: it succeeds or fails without the others, and its status says which. */
export function batchWrite(service: Service, request: BatchWriteRequest, access: Access): BatchWriteResponse {
  access.administer('BatchWrite');
  const database = service.database(request.database);
  const writes = request.writes ?? [];
  if (writes.length > MAX_WRITES) throw invalidArgument(`maximum ${MAX_WRITES} writes allowed per request`);
  const names = writes.map(
    ({ update, transform, ...write }) => update?.name ?? transform?.document ?? write.delete,
  );
  if (new Set(names).size < names.length) {
    throw invalidArgument('The same document cannot be written more than once within a single request.');
  }
  const outcomes = writes.map((write): { result: ProtoWriteResult; status: ProtoStatus } => {
    try {
      const { results } = commitWrites(database, [parseWrite(write, database.name)]);
      return { result: results[0]!, status: { code: 0 } };
    } catch (error) {
      const { code, message } = toStatusError(error);
      return { result: {}, status: { code, message } };
    }
  });
  return { writeResults: outcomes.map(({ result }) => result), status: outcomes.map(({ status }) => status) };
}
