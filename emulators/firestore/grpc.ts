// The gRPC side: every method of the service on a grpc-js server that is handed its connections.
import * as grpc from '@grpc/grpc-js';
import type { Faults } from '../shared/faults.ts';
import { authorize, Dropped, takeFault } from './guard.ts';
import { firestoreService } from './protocol/protos.ts';
import { listen } from './listen/listen.ts';
import { checkRequest, withRequestLimit } from './request-size.ts';
import type { StreamMethod, UnaryMethod } from './rpc/methods.ts';
import { streamMethods, unaryMethods } from './rpc/methods.ts';
import type { WriteRequest } from './rpc/write.ts';
import { createWriteStream } from './rpc/write.ts';
import type { Service } from './service.ts';
import { toStatusError } from './status.ts';
import { unimplementedHandlers, unimplementedService } from './unimplemented.ts';

export interface GrpcContext {
  readonly service: Service;
  readonly faults: Faults;
  /** Cuts the connection of the peer `address:port`. */
  readonly drop: (peer: string) => void;
}

interface Call {
  readonly metadata: grpc.Metadata;
  getPeer(): string;
}

/** The server listens on no port of its own; `connectionInjector` feeds it. */
export function createGrpcServer(context: GrpcContext): grpc.Server {
  const server = new grpc.Server({
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  });
  const handlers: grpc.UntypedServiceImplementation = {};
  for (const [name, method] of Object.entries(unaryMethods)) {
    handlers[name] = unary(context, name, method);
  }
  for (const [name, method] of Object.entries(streamMethods)) {
    handlers[name] = serverStream(context, name, method);
  }
  handlers['Listen'] = bidiStream(context, 'Listen', (call, fail) => listen(context.service, call, fail));
  handlers['Write'] = bidiStream(context, 'Write', (call, fail) => {
    const answer = createWriteStream(context.service);
    call.on('data', (request: WriteRequest) => {
      try {
        checkRequest(request);
        call.write(answer(request));
      } catch (error) {
        fail(error);
      }
    });
    call.on('end', () => call.end());
  });
  server.addService(withRequestLimit(firestoreService), handlers);
  server.addService(unimplementedService, unimplementedHandlers);
  return server;
}

function unary(
  context: GrpcContext,
  name: string,
  method: UnaryMethod,
): grpc.handleUnaryCall<object, object> {
  return (call, callback) => {
    void (async () => {
      authorize(authorizationOf(call));
      checkRequest(call.request);
      const fault = await takeFault(context.faults, name);
      fault.before();
      const response = await method(context.service, call.request);
      fault.after();
      callback(null, response);
    })().catch((error: unknown) => {
      if (error instanceof Dropped) context.drop(call.getPeer());
      else callback(toServiceError(error));
    });
  };
}

function serverStream(
  context: GrpcContext,
  name: string,
  method: StreamMethod,
): grpc.handleServerStreamingCall<object, object> {
  return (call) => {
    void (async () => {
      authorize(authorizationOf(call));
      checkRequest(call.request);
      const fault = await takeFault(context.faults, name);
      fault.before();
      // Google's Node client repeats, after seconds, any stream that fails before its headers have come, even
      // for codes that are not worth it.
      call.sendMetadata(new grpc.Metadata());
      for await (const response of method(context.service, call.request)) {
        if (call.cancelled) return;
        if (!call.write(response)) await drained(call);
      }
      fault.after();
      call.end();
    })().catch((error: unknown) => {
      if (error instanceof Dropped) context.drop(call.getPeer());
      else call.emit('error', toServiceError(error));
    });
  };
}

/** `open` is called once the stream is allowed; `fail` ends it with a status. */
function bidiStream(
  context: GrpcContext,
  name: string,
  open: (call: grpc.ServerDuplexStream<object, object>, fail: (error: unknown) => void) => void,
): grpc.handleBidiStreamingCall<object, object> {
  return (call) => {
    const fail = (error: unknown): void => {
      if (error instanceof Dropped) context.drop(call.getPeer());
      else call.emit('error', toServiceError(error));
    };
    void (async () => {
      authorize(authorizationOf(call));
      const fault = await takeFault(context.faults, name);
      fault.before();
      open(call, fail);
      fault.after();
    })().catch(fail);
  };
}

function authorizationOf(call: Call): string | undefined {
  return call.metadata.get('authorization')[0]?.toString();
}

function toServiceError(error: unknown): grpc.ServerErrorResponse {
  const { code, message } = toStatusError(error);
  return { name: 'StatusError', code, message, details: message };
}

/** Resolves when the client has read what was sent, or has gone. */
function drained(call: grpc.ServerWritableStream<object, object>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      call.off('drain', done).off('cancelled', done).off('close', done);
      resolve();
    };
    call.on('drain', done).on('cancelled', done).on('close', done);
  });
}
