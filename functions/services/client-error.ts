// Helpers of the adapters: what may be taken over from an error that a Google client threw.
import { ServiceError, type ServiceErrorDetails } from '../steps/service-error.ts';

type Call = Pick<ServiceErrorDetails, 'service' | 'operation'>;

/** gRPC clients throw errors with a numeric status code; `ECONNRESET` and the like come as text. */
export function fromGrpcError(call: Call, error: unknown): ServiceError {
  const code = property(error, 'code');
  return new ServiceError({
    ...call,
    ...(typeof code === 'number' ? { grpcCode: code } : {}),
    ...(isNetworkCode(code) ? { networkCode: code } : {}),
  });
}

/** Reads a property of something thrown, whatever it is. */
export function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Reflect.get(value, name);
  return found;
}

/** Error codes of Node and OpenSSL are upper-case words; anything else might be text from somewhere. */
export function isNetworkCode(code: unknown): code is string {
  return typeof code === 'string' && /^E?[A-Z][A-Z0-9_]{2,40}$/.test(code);
}
