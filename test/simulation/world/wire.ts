// How Google's REST APIs say things: values of Firestore as JSON, and errors. Written for the virtual services alone,
// and shares no code with the adapters.
import { Timestamp } from 'firebase-admin/firestore';
import { NoAnswer, type Answer } from '../../../functions/services/google-api.ts';
import type { ServiceErrorDetails } from '../../../functions/steps/service-error.ts';

/** A `Value` of google.firestore.v1: one property, named after its type. */
export type WireValue = Readonly<Record<string, unknown>>;
export type WireFields = Readonly<Record<string, WireValue>>;

export function encodeFields(data: Readonly<Record<string, unknown>>): WireFields {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, encode(value)]));
}

function encode(value: unknown): WireValue {
  if (value === null || value === undefined) return { nullValue: null };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { booleanValue: value };
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { integerValue: String(value) } : { doubleValue: value };
  }
  if (value instanceof Timestamp) {
    const seconds = new Date(value.seconds * 1000).toISOString().slice(0, 19);
    return {
      timestampValue: withoutZeros(`${seconds}.${String(value.nanoseconds).padStart(9, '0')}Z`),
    };
  }
  if (value instanceof Date) return { timestampValue: value.toISOString() };
  if (Array.isArray(value)) return { arrayValue: value.length === 0 ? {} : { values: value.map(encode) } };
  return { mapValue: { fields: encodeFields(value as Readonly<Record<string, unknown>>) } };
}

/** Times become dates, to the millisecond: ours have no more. */
export function decodeFields(fields: WireFields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, decode(value)]));
}

function decode(wire: WireValue): unknown {
  const [[kind, value] = ['nullValue', null]] = Object.entries(wire);
  switch (kind) {
    case 'nullValue':
      return null;
    case 'integerValue':
      return Number(value);
    case 'timestampValue':
      return new Date(value as string);
    case 'arrayValue':
      return ((value as { readonly values?: readonly WireValue[] }).values ?? []).map(decode);
    case 'mapValue':
      return decodeFields((value as { readonly fields?: WireFields }).fields ?? {});
    default:
      return value;
  }
}

/** As Firestore writes times: no zeros at the end of the fraction. */
export function withoutZeros(rfc3339: string): string {
  return rfc3339.replace(/\.?0+Z$/, 'Z');
}

const STATUS_OF_GRPC = new Map<number, readonly [status: number, name: string]>([
  [3, [400, 'INVALID_ARGUMENT']],
  [4, [504, 'DEADLINE_EXCEEDED']],
  [5, [404, 'NOT_FOUND']],
  [6, [409, 'ALREADY_EXISTS']],
  [7, [403, 'PERMISSION_DENIED']],
  [9, [400, 'FAILED_PRECONDITION']],
  [10, [409, 'ABORTED']],
  [13, [500, 'INTERNAL']],
  [14, [503, 'UNAVAILABLE']],
]);

export function ok(body: unknown): Answer {
  return { status: 200, body, retryAfterSeconds: undefined };
}

/** The answer of a request that failed; throws where there is none. */
export function toAnswer({ grpcCode, httpStatus, networkCode, ...rest }: ServiceErrorDetails): Answer {
  if (networkCode !== undefined) throw new NoAnswer(networkCode);
  const [status, name] = STATUS_OF_GRPC.get(grpcCode ?? -1) ?? [httpStatus ?? 500, 'UNKNOWN'];
  const errors = rest.reasons?.map((reason) => toWireReason(reason));
  const error = { code: status, message: 'refused', status: name, ...(errors ? { errors } : {}) };
  // A stream's error comes as its first element.
  const body = rest.operation === 'batchGet' ? [{ error }] : { error };
  return { status, body, retryAfterSeconds: rest.retryAfterSeconds };
}

export function toWireReason({
  reason,
  location = '',
  noSuchField,
}: NonNullable<ServiceErrorDetails['reasons']>[number]) {
  return {
    reason,
    location,
    message: noSuchField ? `no such field: ${location}.` : 'refused',
    debugInfo: '',
  };
}
