// The Write stream: a handshake that gives the stream an id, then commits in the order of the requests.
import { randomUUID } from 'node:crypto';
import type { ProtoTimestamp, ProtoWrite, ProtoWriteResult } from '../protocol/messages.ts';
import type { Access } from '../rules/access.ts';
import type { Service } from '../service.ts';
import { commit } from './commit.ts';

export interface WriteRequest {
  readonly database?: string;
  readonly streamId?: string;
  readonly writes?: readonly ProtoWrite[];
}

export interface WriteResponse {
  readonly streamId?: string;
  readonly streamToken: Uint8Array;
  readonly writeResults?: readonly ProtoWriteResult[];
  readonly commitTime?: ProtoTimestamp;
}

/** Returns the function that answers each request of one stream; `access` is asked for with each. */
export function createWriteStream(
  service: Service,
  access: () => Access,
): (request: WriteRequest) => WriteResponse {
  let database: string | undefined;
  let answered = 0;
  return (request) => {
    const streamToken = Buffer.from((answered++).toString());
    if (database === undefined) {
      // The first request names the database and carries no writes.
      database = service.database(request.database).name;
      return { streamId: request.streamId || randomUUID(), streamToken };
    }
    return { streamToken, ...commit(service, { database, writes: request.writes ?? [] }, access()) };
  };
}
