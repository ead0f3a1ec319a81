// What may be taken over from an error of BigQuery: codes, reasons from its own list, and names of columns that were
// sent. Whatever else stands there may be a value: its texts quote rows.
import type { ErrorReason, ServiceErrorDetails } from '../steps/service-error.ts';
import { isNetworkCode, property } from './client-error.ts';

type Call = Pick<ServiceErrorDetails, 'service' | 'operation'>;

/** https://cloud.google.com/bigquery/docs/error-messages#errortable, and those that the service is seen to give besides. */
const REASONS = new Set([
  'accessDenied',
  'attributeError',
  'authError',
  'backendError',
  'badRequest',
  'billingNotEnabled',
  'billingTierLimitExceeded',
  'blocked',
  'conflict',
  'duplicate',
  'forbidden',
  'insufficientPermissions',
  'internalError',
  'invalid',
  'invalidQuery',
  'invalidUser',
  'jobBackendError',
  'jobInternalError',
  'jobRateLimitExceeded',
  'notFound',
  'notImplemented',
  'parseError',
  'preconditionFailed',
  'proxyAuthenticationRequired',
  'quotaExceeded',
  'rateLimitExceeded',
  'required',
  'resourceInUse',
  'resourcesExceeded',
  'responseTooLarge',
  'rowTooLarge',
  'stopped',
  'tableUnavailable',
  'timeout',
  'tooLarge',
  'userRateLimitExceeded',
]);
const NO_COLUMNS: ReadonlySet<string> = new Set();

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

/** `columns`: of the rows that were sent; no other location is taken over. */
export function readReasons(errors: unknown, columns = NO_COLUMNS): ErrorReason[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error) => {
    const reason = property(error, 'reason');
    const location = property(error, 'location');
    const message = property(error, 'message');
    if (typeof reason !== 'string') return [];
    return [
      {
        reason: REASONS.has(reason) ? reason : 'unlisted reason',
        ...(typeof location === 'string' && columns.has(location) ? { location } : {}),
        ...(typeof message === 'string' && /^no such field/i.test(message) ? { noSuchField: true } : {}),
      },
    ];
  });
}

function readRetryAfter(headers: unknown): number | undefined {
  const value = headers instanceof Headers ? headers.get('retry-after') : property(headers, 'retry-after');
  const seconds = Number(value ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}
