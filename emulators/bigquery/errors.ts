// Google's error form for the REST API, and the errors that several methods share.
import type { HttpReply } from '../shared/http.ts';

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  412: 'FAILED_PRECONDITION',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
};

/** HTTP status that a job's error reason has when it is answered directly. */
const REASON_CODES: Readonly<Record<string, number>> = {
  accessDenied: 403,
  backendError: 503,
  bytesBilledLimitExceeded: 400,
  conditionNotMet: 412,
  duplicate: 409,
  internalError: 500,
  invalid: 400,
  invalidQuery: 400,
  notFound: 404,
  notImplemented: 501,
  quotaExceeded: 403,
  rateLimitExceeded: 403,
  resourceInUse: 400,
  stopped: 200,
};

export interface ErrorProto {
  readonly reason: string;
  readonly location?: string;
  readonly message: string;
}

export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly location: string | undefined;

  constructor(status: number, reason: string, message: string, location?: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
    this.reason = reason;
    this.location = location;
  }

  /** The error as it stands in the status of a job. */
  toProto(): ErrorProto {
    return {
      reason: this.reason,
      ...(this.location === undefined ? {} : { location: this.location }),
      message: this.message,
    };
  }
}

export function fromProto(proto: ErrorProto): ApiError {
  return new ApiError(REASON_CODES[proto.reason] ?? 500, proto.reason, proto.message, proto.location);
}

export const invalid = (message: string, location?: string) =>
  new ApiError(400, 'invalid', message, location);
export const invalidQuery = (message: string) => new ApiError(400, 'invalidQuery', message, 'query');
export const notFound = (what: string) => new ApiError(404, 'notFound', `Not found: ${what}`);
export const alreadyExists = (what: string) => new ApiError(409, 'duplicate', `Already Exists: ${what}`);
export const notImplemented = (feature: string) =>
  new ApiError(501, 'notImplemented', `${feature} is not supported by this emulator`);
export const preconditionFailed = () => new ApiError(412, 'conditionNotMet', 'Precondition check failed.');

export function toReply(error: unknown): HttpReply {
  const known =
    error instanceof ApiError
      ? error
      : new ApiError(500, 'internalError', error instanceof Error ? error.message : String(error));
  return {
    status: known.status,
    body: {
      error: {
        code: known.status,
        message: known.message,
        errors: [
          {
            message: known.message,
            domain: 'global',
            reason: known.reason,
            ...(known.location === undefined ? {} : { location: known.location, locationType: 'other' }),
          },
        ],
        status: STATUS_NAMES[known.status] ?? 'UNKNOWN',
      },
    },
  };
}
