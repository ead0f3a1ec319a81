// A Listen or Write stream as it is on the wire, for what Google's clients hide.
import * as grpc from '@grpc/grpc-js';
import { firestoreService } from '../protocol/protos.ts';
import { collect } from './collect.ts';

export interface RawStream<Request, Response> {
  send(request: Request): void;
  /** The next answer; rejects when the stream ends with an error. */
  next(): Promise<Response>;
  stop(): void;
}

export function openStream<Request extends object, Response>(
  port: number,
  method: 'Listen' | 'Write',
  authorization = 'Bearer owner',
): RawStream<Request, Response> {
  const { path, requestSerialize, responseDeserialize } = firestoreService[method]!;
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  metadata.set('authorization', authorization);
  const call = client.makeBidiStreamRequest<Request, Response>(
    path,
    requestSerialize,
    responseDeserialize as (bytes: Buffer) => Response,
    metadata,
  );
  const answers = collect<Response>((push, fail) => {
    call.on('data', push).on('error', fail);
    return () => {
      call.cancel();
      client.close();
    };
  });
  return { ...answers, send: (request) => void call.write(request) };
}
