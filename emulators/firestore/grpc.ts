// The gRPC side: every method of the service on a grpc-js server that is handed its connections.
import * as grpc from '@grpc/grpc-js';
import type { Faults } from '../shared/faults.ts';
import { Dropped, faultyCall } from '../shared/faulty-call.ts';
import { authorize } from './authorize.ts';
import { faultTarget } from './fault-target.ts';
import { firestoreService } from './protocol/protos.ts';
import { checkRequest, withRequestLimit } from './request-size.ts';
import type { Conversation, Partner } from './rpc/conversations.ts';
import { conversations } from './rpc/conversations.ts';
import type { StreamMethod, UnaryMethod } from './rpc/methods.ts';
import { streamMethods, unaryMethods } from './rpc/methods.ts';
import type { Service } from './service.ts';
import { toStatusError } from '../shared/status.ts';
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
  for (const [name, open] of Object.entries(conversations)) {
    handlers[name] = bidiStream(context, name, open);
  }
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
      const access = authorize(context.service, authorizationOf(call));
      checkRequest(call.request);
      const run = () => method(context.service, call.request, access);
      callback(null, await guarded(context, name, call.request, run));
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
      const access = authorize(context.service, authorizationOf(call));
      checkRequest(call.request);
      await guarded(context, name, call.request, async () => {
        // Google's Node client repeats, after seconds, any stream that fails before its headers have come, even
        // for codes that are not worth it.
        call.sendMetadata(new grpc.Metadata());
        for await (const response of method(context.service, call.request, access)) {
          if (call.cancelled) return;
          if (!call.write(response)) await drained(call);
        }
      });
      call.end();
    })().catch((error: unknown) => {
      if (error instanceof Dropped) context.drop(call.getPeer());
      else call.emit('error', toServiceError(error));
    });
  };
}

/** Each request of the stream is a call by itself: a fault may hit any of them, and ends the stream. */
function bidiStream(
  context: GrpcContext,
  name: string,
  open: (service: Service, partner: Partner) => Conversation,
): grpc.handleBidiStreamingCall<object, object> {
  return (call) => {
    void (async () => {
      const conversation = open(context.service, {
        send: (response) => call.write(response),
        access: () => authorize(context.service, authorizationOf(call)),
      });
      try {
        // A stream that were destroyed with its iterator could not tell the client why it ends.
        const requests = call.iterator({ destroyOnReturn: false }) as AsyncIterable<object>;
        for await (const request of requests) {
          checkRequest(request);
          await guarded(context, name, request, () => conversation.handle(request));
        }
      } finally {
        conversation.close();
      }
      // Clients unsubscribe by closing their half of the stream.
      call.end();
    })().catch((error: unknown) => {
      if (error instanceof Dropped) context.drop(call.getPeer());
      else if (!call.cancelled) call.emit('error', toServiceError(error));
    });
  };
}

function guarded<Result>(
  { faults }: GrpcContext,
  method: string,
  request: object,
  run: () => Result,
): Promise<Awaited<Result>> {
  return faultyCall(faults, { service: 'firestore', method, target: faultTarget(request) }, run);
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
