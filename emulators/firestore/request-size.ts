// How large a request may be. Both transports refuse larger ones with the code and words of the service,
// before anything in them is decoded.
// https://firebase.google.com/docs/firestore/quotas#writes_and_transactions
import type { ServiceDefinition } from '@grpc/grpc-js';
import { invalidArgument } from '../shared/status.ts';

/** The documented 10 MiB, and what the service allows beyond them for the form of the message. */
const MAX_REQUEST_BYTES = 11_534_336;

/** Stands for a gRPC request that was too large to be decoded: grpc-js has a code of its own for those. */
class Oversized {
  readonly bytes: number;

  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

export function checkRequestSize(bytes: number): void {
  if (bytes <= MAX_REQUEST_BYTES) return;
  throw invalidArgument(`Request payload size exceeds the limit: ${MAX_REQUEST_BYTES} bytes.`);
}

/** The same service, whose requests have to go through `checkRequest`. */
export function withRequestLimit(service: ServiceDefinition): ServiceDefinition {
  const limited = Object.entries(service).map(([name, method]) => {
    const requestDeserialize = (bytes: Buffer): object =>
      bytes.length > MAX_REQUEST_BYTES
        ? new Oversized(bytes.length)
        : (method.requestDeserialize(bytes) as object);
    return [name, { ...method, requestDeserialize }] as const;
  });
  return Object.fromEntries(limited);
}

export function checkRequest(request: object): void {
  if (request instanceof Oversized) checkRequestSize(request.bytes);
}
