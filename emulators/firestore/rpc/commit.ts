// Commit: all writes or none, within a transaction only if nothing that it read has changed.
import type { ProtoTimestamp, ProtoWrite, ProtoWriteResult } from '../protocol/messages.ts';
import { toProtoTime } from '../protocol/time.ts';
import { OWNER_ACCESS } from '../rules/access.ts';
import type { Service } from '../service.ts';
import { invalidArgument } from '../../shared/status.ts';
import { commitWrites } from '../writes/commit-writes.ts';
import { parseWrite } from '../writes/parse-write.ts';

interface CommitRequest {
  readonly database?: string;
  readonly writes?: readonly ProtoWrite[];
  readonly transaction?: Uint8Array;
}

interface CommitResponse {
  readonly writeResults: readonly ProtoWriteResult[];
  readonly commitTime: ProtoTimestamp;
}

export function commit(service: Service, request: CommitRequest, access = OWNER_ACCESS): CommitResponse {
  const database = service.database(request.database);
  const writes = (request.writes ?? []).map((write) => parseWrite(write, database.name));
  access.write(database, writes);
  if (request.transaction && request.transaction.length > 0) {
    const transaction = service.transactions.get(database, request.transaction);
    if (transaction.readTime !== undefined && writes.length > 0) {
      service.transactions.end(transaction);
      throw invalidArgument('Cannot modify entities in a read-only transaction.');
    }
    service.transactions.finish(transaction);
  }
  const { time, results } = commitWrites(database, writes);
  return { writeResults: results, commitTime: toProtoTime(time) };
}
