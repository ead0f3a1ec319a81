// The one place that says which errors go away by themselves. Unknown is transient: the attempt budget ends it.
import { vouched, type Reason } from '../pipelines/reason.ts';
import { describe, type ServiceErrorDetails } from './service-error.ts';

export interface Verdict {
  readonly kind: 'permanent' | 'transient';
  /** Codes, reasons and column names. */
  readonly reason: Reason;
  /** The service asks for less: answer 503, so that the queue slows down as a whole. */
  readonly overloaded: boolean;
}

/** Row and request reasons that a new attempt with the same row cannot change. */
const PERMANENT_REASONS = new Set([
  'invalid',
  'badRequest',
  'parseError',
  'required',
  'rowTooLarge',
  'tooLarge',
]);
const OVERLOAD_REASONS = new Set(['rateLimitExceeded', 'quotaExceeded', 'backendError']);

/**
 * 400 and 413 speak of what we sent. 401, 403 and 404 speak of the project: a role, a table or a column that
 * somebody will add (and that BigQuery may still not know for minutes after), so the row waits.
 */
const PERMANENT_STATUS = new Set([400, 413]);
const OVERLOAD_STATUS = new Set([429, 503]);

/** INVALID_ARGUMENT, OUT_OF_RANGE: the request itself is wrong. */
const PERMANENT_GRPC = new Set([3, 11]);
/** RESOURCE_EXHAUSTED, UNAVAILABLE. */
const OVERLOAD_GRPC = new Set([8, 14]);

export function classify(error: ServiceErrorDetails): Verdict {
  const reasons = error.reasons ?? [];
  const permanent =
    reasons.length > 0
      ? reasons.some(({ reason, noSuchField }) => PERMANENT_REASONS.has(reason) && noSuchField !== true)
      : PERMANENT_STATUS.has(error.httpStatus ?? 0) || PERMANENT_GRPC.has(error.grpcCode ?? -1);
  const overloaded =
    !permanent &&
    (OVERLOAD_STATUS.has(error.httpStatus ?? 0) ||
      OVERLOAD_GRPC.has(error.grpcCode ?? -1) ||
      reasons.some(({ reason }) => OVERLOAD_REASONS.has(reason)));
  return {
    kind: permanent ? 'permanent' : 'transient',
    reason: vouched(`${error.service} ${error.operation}: ${describe(error)}`),
    overloaded,
  };
}
