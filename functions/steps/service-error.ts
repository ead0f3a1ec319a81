// What is left of a Google client's error after it passed its adapter: codes, and nothing that could hold a
// document value, a path or an id (Google's messages do: "No document to update: …/users/<id>/…").

import { SafeError, vouched, type Reason } from '../pipelines/reason.ts';

export interface ServiceErrorDetails {
  readonly service: 'bigquery' | 'firestore' | 'tasks' | 'oidc';
  /** The call, in the service's own name: `insertAll`, `commit`, `createTask`. */
  readonly operation: string;
  readonly httpStatus?: number;
  readonly grpcCode?: number;
  /** `ECONNRESET`, `ETIMEDOUT`, … when there was no answer at all. */
  readonly networkCode?: string;
  /** Google's reasons, of the request or of one row. */
  readonly reasons?: readonly ErrorReason[];
  readonly retryAfterSeconds?: number;
}

export interface ErrorReason {
  readonly reason: string;
  /** The column, where the service names one. */
  readonly location?: string;
  /** The row has a column that the table lacks: true for minutes after a schema change. */
  readonly noSuchField?: boolean;
}

export class ServiceError extends SafeError {
  readonly details: ServiceErrorDetails;

  constructor(details: ServiceErrorDetails) {
    super(vouched(`${details.service} ${details.operation} failed: ${describe(details)}`));
    this.name = 'ServiceError';
    this.details = details;
  }
}

/** `http 503 backendError`, `grpc 14`, `ECONNRESET`, `invalid (start_time)`. */
export function describe(details: Omit<ServiceErrorDetails, 'service' | 'operation'>): Reason {
  const parts = [
    ...(details.httpStatus === undefined ? [] : [`http ${details.httpStatus}`]),
    ...(details.grpcCode === undefined ? [] : [`grpc ${details.grpcCode}`]),
    ...(details.networkCode === undefined ? [] : [details.networkCode]),
    ...(details.reasons ?? []).map(({ reason, location, noSuchField }) => {
      const where = [noSuchField ? 'no such field' : '', location ?? ''].filter(Boolean).join(' ');
      return where === '' ? reason : `${reason} (${where})`;
    }),
  ];
  return vouched(parts.length > 0 ? parts.join(' ') : 'unknown error');
}
