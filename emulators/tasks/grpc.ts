// The gRPC side: the same methods on a grpc-js server that is handed its connections.
import type { Socket } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { fromJSON } from '@grpc/proto-loader';
import { Dropped } from '../shared/faulty-call.ts';
import type { HttpBinding } from '../shared/proto/http-binding.ts';
import { toStatusError } from '../shared/status.ts';
import { callMethod } from './methods.ts';
import type { MethodContext } from './methods.ts';
import { APIS, descriptorRoot } from './protos.ts';

export interface GrpcSide {
  /** Serves a connection whose first bytes are those of HTTP/2. */
  inject(socket: Socket): void;
  close(): void;
}

/** It listens on no port of its own. `drop` cuts the connection of the peer `address:port`. */
export function createGrpcSide(context: MethodContext, drop: (peer: string) => void): GrpcSide {
  const definitions = fromJSON(descriptorRoot, { longs: String, enums: String, oneofs: true });
  const statusType = definitions['google.rpc.Status'] as MessageTypeDefinition<object, object>;
  const server = new grpc.Server({ 'grpc.max_receive_message_length': -1 });

  function unary(name: string, binding: HttpBinding): grpc.handleUnaryCall<object, object> {
    return (call, callback) => {
      callMethod(context, name, binding.pathOf(call.request), call.request).then(
        (response) => callback(null, response),
        (error: unknown) => {
          if (error instanceof Dropped) drop(call.getPeer());
          else callback(toServiceError(error));
        },
      );
    };
  }

  function toServiceError(thrown: unknown): grpc.ServerErrorResponse {
    const { code, message, details } = toStatusError(thrown);
    const error = { name: 'StatusError', code, message, details: message };
    if (details.length === 0) return error;
    const metadata = new grpc.Metadata();
    metadata.set('grpc-status-details-bin', statusType.serialize({ code, message, details }));
    return { ...error, metadata };
  }

  for (const { service, methods } of APIS) {
    const handlers: grpc.UntypedServiceImplementation = {};
    for (const { name, binding } of methods) handlers[name] = unary(name, binding);
    server.addService(definitions[service] as ServiceDefinition, handlers);
  }
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  return {
    inject: (socket) => injector.injectConnection(socket),
    close: () => server.forceShutdown(),
  };
}
