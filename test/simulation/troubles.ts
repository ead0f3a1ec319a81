// What services say when they fail.
import type { ServiceErrorDetails } from '../../functions/steps/service-error.ts';

export type Service = ServiceErrorDetails['service'];
export type Trouble = Omit<ServiceErrorDetails, 'service' | 'operation'>;

const OVER_GRPC: readonly Trouble[] = [{ grpcCode: 14 }, { grpcCode: 4 }, { grpcCode: 10 }, { grpcCode: 13 }];

export const TROUBLES: Readonly<Record<Service, readonly Trouble[]>> = {
  bigquery: [
    { httpStatus: 503, reasons: [{ reason: 'backendError' }] },
    { httpStatus: 503, reasons: [{ reason: 'backendError' }], retryAfterSeconds: 30 },
    { httpStatus: 500, reasons: [{ reason: 'internalError' }] },
    { httpStatus: 429, reasons: [{ reason: 'rateLimitExceeded' }] },
    { httpStatus: 403, reasons: [{ reason: 'quotaExceeded' }] },
    { httpStatus: 404, reasons: [{ reason: 'notFound' }] },
    { networkCode: 'ECONNRESET' },
    { networkCode: 'ETIMEDOUT' },
  ],
  firestore: [...OVER_GRPC, { networkCode: 'ECONNRESET' }, { networkCode: 'ETIMEDOUT' }, { grpcCode: 7 }],
  tasks: [...OVER_GRPC, { networkCode: 'ECONNRESET' }],
  oidc: [{ networkCode: 'ECONNREFUSED' }],
};

/** Of one row, in a request that BigQuery took. */
export const ROW_REASONS = ['stopped', 'timeout', 'backendError'];

/** What a column that was added a moment ago is, for minutes. */
export function noSuchField(location: string): Trouble {
  return { reasons: [{ reason: 'invalid', location, noSuchField: true }] };
}
