// Every error that a client may see: a gRPC code and a message. Whatever else is thrown is a bug and
// becomes INTERNAL where the transports meet the methods.

export const CODES = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

export type StatusName = keyof typeof CODES;

const HTTP_STATUS: Readonly<Record<StatusName, number>> = {
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
  UNAUTHENTICATED: 401,
};

/** The gRPC code that stands for an HTTP status when a fault names only the latter. */
const FROM_HTTP: Readonly<Record<number, StatusName>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  412: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

export interface StatusErrorOptions extends ErrorOptions {
  /** Where another one was asked for than goes with the status. */
  readonly httpStatus?: number;
  /** A page that explains the error, which some services send along. */
  readonly help?: { readonly description: string; readonly url: string };
}

export class StatusError extends Error {
  readonly status: StatusName;
  readonly httpStatus: number;
  readonly help: StatusErrorOptions['help'];

  constructor(status: StatusName, message: string, options: StatusErrorOptions = {}) {
    super(message, options);
    this.status = status;
    this.httpStatus = options.httpStatus ?? HTTP_STATUS[status];
    this.help = options.help;
  }

  get code(): number {
    return CODES[this.status];
  }

  /** What goes with the message, in the JSON form of google.rpc.Status.details. */
  get details(): readonly object[] {
    return this.help ? [{ '@type': 'type.googleapis.com/google.rpc.Help', links: [this.help] }] : [];
  }
}

export function isStatusName(name: string): name is StatusName {
  return Object.hasOwn(CODES, name);
}

export function statusFromHttp(status: number): StatusName {
  return FROM_HTTP[status] ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL');
}

export function toStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  const message = error instanceof Error ? error.message : 'not an Error';
  return new StatusError('INTERNAL', `Internal error of the emulator: ${message}`, { cause: error });
}

export const invalidArgument = (message: string): StatusError => new StatusError('INVALID_ARGUMENT', message);
