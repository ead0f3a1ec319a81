// What the service has and this emulator does not, so that it is refused by name rather than not found.
import * as grpc from '@grpc/grpc-js';
import type { Route } from '../shared/http.ts';
import { StatusError } from '../shared/status.ts';

const DATABASE = '/v1/projects/{project}/databases/{database}';

const REST: readonly (readonly [method: string, path: string, name: string])[] = [
  ['POST', `${DATABASE}/documents:executePipeline`, 'ExecutePipeline'],
  ['POST', `${DATABASE}/documents:listen`, 'Listen over REST'],
  ['POST', `${DATABASE}/documents:write`, 'Write over REST'],
  // Behind those that are served: admin/routes.ts.
  ...['GET', 'POST', 'PATCH', 'DELETE'].flatMap((method) => [
    [method, '/v1/projects/{project}/databases', 'the admin API'] as const,
    [method, `${DATABASE}/collectionGroups/{path=**}`, 'the admin API'] as const,
    [method, `${DATABASE}/operations`, 'the admin API'] as const,
  ]),
  ['POST', `${DATABASE}:exportDocuments`, 'the admin API'],
  ['POST', `${DATABASE}:importDocuments`, 'the admin API'],
];

export const unimplementedRoutes: readonly Route[] = REST.map(([method, path, name]) => ({
  method,
  path,
  handle() {
    throw unimplemented(name);
  },
}));

/** Methods of newer clients than the one whose service definition is at hand. */
export const unimplementedService: grpc.ServiceDefinition = {
  ExecutePipeline: {
    path: '/google.firestore.v1.Firestore/ExecutePipeline',
    requestStream: false,
    responseStream: true,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
    requestSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
};

export const unimplementedHandlers: grpc.UntypedServiceImplementation = {
  ExecutePipeline(call: grpc.ServerWritableStream<Buffer, Buffer>) {
    // Google's Node client repeats a stream that fails before its headers have come, and loses seconds.
    call.sendMetadata(new grpc.Metadata());
    const { code, message } = unimplemented('ExecutePipeline');
    call.emit('error', { code, details: message });
  },
};

function unimplemented(name: string): StatusError {
  return new StatusError('UNIMPLEMENTED', `This emulator does not support ${name}.`);
}
