// Errors as Google's REST APIs answer them.
import type { HttpReply } from '../shared/http.ts';

const HTTP_STATUS = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
} as const;

export class ApiError extends Error {
  readonly httpStatus: number;
  readonly status: string;

  constructor(status: keyof typeof HTTP_STATUS, message: string) {
    super(message);
    this.status = status;
    this.httpStatus = HTTP_STATUS[status];
  }
}

/** The status name that goes with an HTTP status, for errors that were asked for by number (faults). */
export function statusName(httpStatus: number): string {
  const names: Record<number, string> = {
    400: 'INVALID_ARGUMENT',
    401: 'UNAUTHENTICATED',
    403: 'PERMISSION_DENIED',
    404: 'NOT_FOUND',
    409: 'ALREADY_EXISTS',
    429: 'RESOURCE_EXHAUSTED',
    499: 'CANCELLED',
    501: 'UNIMPLEMENTED',
    503: 'UNAVAILABLE',
    504: 'DEADLINE_EXCEEDED',
  };
  return names[httpStatus] ?? 'INTERNAL';
}

export function errorReply(httpStatus: number, status: string, message: string): HttpReply {
  return { status: httpStatus, body: { error: { code: httpStatus, message, status } } };
}
