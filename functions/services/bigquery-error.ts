// What may be taken over from an error of BigQuery's client: codes, reasons and column names. Its texts hold rows.
import type { ErrorReason, ServiceErrorDetails } from '../steps/service-error.ts';
import { isNetworkCode, property } from './client-error.ts';

type Call = Pick<ServiceErrorDetails, 'service' | 'operation'>;

/** What a client threw because there was no answer, or an error instead of one. */
export function readRequestError(call: Call, error: unknown): ServiceErrorDetails {
  const code = property(error, 'code');
  const status = Number(property(error, 'status') ?? code);
  const network = [code, property(property(error, 'cause'), 'code')].find(isNetworkCode);
  const reasons = readReasons(property(error, 'errors'));
  const retryAfter = readRetryAfter(property(property(error, 'response'), 'headers'));
  return {
    ...call,
    ...(status >= 400 && status < 600 ? { httpStatus: status } : {}),
    ...(network === undefined ? {} : { networkCode: network }),
    ...(reasons.length > 0 ? { reasons } : {}),
    ...(retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter }),
  };
}

export function readReasons(errors: unknown): ErrorReason[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error) => {
    const reason = property(error, 'reason');
    const location = property(error, 'location');
    const message = property(error, 'message');
    if (typeof reason !== 'string' || !isWord(reason)) return [];
    return [
      {
        reason,
        ...(isWord(location) ? { location } : {}),
        ...(typeof message === 'string' && /^no such field/i.test(message) ? { noSuchField: true } : {}),
      },
    ];
  });
}

/** Reasons and columns are words; anything longer could be a value. */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z_][\w.]{0,127}$/.test(value);
}

function readRetryAfter(headers: unknown): number | undefined {
  const value = headers instanceof Headers ? headers.get('retry-after') : property(headers, 'retry-after');
  const seconds = Number(value ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}
