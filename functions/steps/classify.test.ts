// The whole table: what goes away by itself (transient), what never does (permanent), and what asks for less
// (overloaded: answered with 503).
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { classify } from './classify.ts';
import type { ServiceErrorDetails } from './service-error.ts';

type Ending = 'permanent' | 'transient' | 'overloaded';

function endingOf(error: Omit<ServiceErrorDetails, 'service' | 'operation'>): Ending {
  const { kind, overloaded } = classify({ service: 'bigquery', operation: 'insertAll', ...error });
  expect(overloaded && kind === 'permanent').toBe(false);
  return overloaded ? 'overloaded' : kind;
}

describe('reasons of rows', () => {
  const table: readonly (readonly [string, Ending])[] = [
    ['invalid', 'permanent'],
    ['stopped', 'transient'],
    ['timeout', 'transient'],
    ['backendError', 'overloaded'],
    ['internalError', 'transient'],
    ['rateLimitExceeded', 'overloaded'],
    ['quotaExceeded', 'overloaded'],
    ['badRequest', 'permanent'],
    ['parseError', 'permanent'],
    ['required', 'permanent'],
    ['rowTooLarge', 'permanent'],
    ['tooLarge', 'permanent'],
    ['notFound', 'transient'],
    ['accessDenied', 'transient'],
    ['billingNotEnabled', 'transient'],
    ['somethingNew', 'transient'],
  ];
  test.each(table)('%s is %s', (reason, ending) => {
    expect(endingOf({ reasons: [{ reason }] })).toBe(ending);
  });

  test('a column that the table has not got yet is transient, for a schema change takes minutes', () => {
    expect(endingOf({ reasons: [{ reason: 'invalid', location: 'new_column', noSuchField: true }] })).toBe(
      'transient',
    );
  });

  test('a row that is wrong as well as early is permanent', () => {
    expect(
      endingOf({
        reasons: [
          { reason: 'invalid', noSuchField: true },
          { reason: 'invalid', location: 'duration' },
        ],
      }),
    ).toBe('permanent');
  });

  test.each([
    [400, 'invalid', 'permanent'],
    [403, 'quotaExceeded', 'overloaded'],
    [403, 'rateLimitExceeded', 'overloaded'],
    [403, 'accessDenied', 'transient'],
    [404, 'notFound', 'transient'],
    [503, 'backendError', 'overloaded'],
    [500, 'internalError', 'transient'],
  ] as const)(
    'of a request that is refused with %i, the reason %s decides: %s',
    (httpStatus, reason, ending) => {
      expect(endingOf({ httpStatus, reasons: [{ reason }] })).toBe(ending);
    },
  );
});

describe('HTTP statuses without a reason', () => {
  const special: Readonly<Record<number, Ending>> = {
    400: 'permanent',
    413: 'permanent',
    429: 'overloaded',
    503: 'overloaded',
  };
  const noteworthy = [
    400, 401, 403, 404, 405, 408, 409, 411, 412, 413, 415, 422, 429, 499, 500, 501, 502, 503, 504, 505, 599,
  ];
  test.each(noteworthy.map((status) => [status, special[status] ?? 'transient'] as const))(
    '%i is %s',
    (httpStatus, ending) => {
      expect(endingOf({ httpStatus })).toBe(ending);
    },
  );

  test('every other from 400 to 599 is transient', () => {
    for (let httpStatus = 400; httpStatus < 600; httpStatus++) {
      expect([httpStatus, endingOf({ httpStatus })]).toEqual([
        httpStatus,
        special[httpStatus] ?? 'transient',
      ]);
    }
  });
});

test.each([
  [0, 'OK', 'transient'],
  [1, 'CANCELLED', 'transient'],
  [2, 'UNKNOWN', 'transient'],
  [3, 'INVALID_ARGUMENT', 'permanent'],
  [4, 'DEADLINE_EXCEEDED', 'transient'],
  [5, 'NOT_FOUND', 'transient'],
  [6, 'ALREADY_EXISTS', 'transient'],
  [7, 'PERMISSION_DENIED', 'transient'],
  [8, 'RESOURCE_EXHAUSTED', 'overloaded'],
  [9, 'FAILED_PRECONDITION', 'transient'],
  [10, 'ABORTED', 'transient'],
  [11, 'OUT_OF_RANGE', 'permanent'],
  [12, 'UNIMPLEMENTED', 'transient'],
  [13, 'INTERNAL', 'transient'],
  [14, 'UNAVAILABLE', 'overloaded'],
  [15, 'DATA_LOSS', 'transient'],
  [16, 'UNAUTHENTICATED', 'transient'],
] as const)('gRPC code %i (%s) is %s', (grpcCode, _, ending) => {
  expect(endingOf({ grpcCode })).toBe(ending);
});

test.each([
  'ECONNRESET',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'UND_ERR_SOCKET',
  'CERT_HAS_EXPIRED',
])('the network error %s is transient', (networkCode) => {
  expect(endingOf({ networkCode })).toBe('transient');
});

test('what is not known at all is transient', () => {
  expect(classify({ service: 'bigquery', operation: 'insertAll' })).toEqual({
    kind: 'transient',
    reason: 'bigquery insertAll: unknown error',
    overloaded: false,
  });
});

test.each([
  [{ httpStatus: 503, reasons: [{ reason: 'backendError' }] }, 'http 503 backendError'],
  [{ reasons: [{ reason: 'invalid', location: 'start_time' }] }, 'invalid (start_time)'],
  [
    { reasons: [{ reason: 'invalid', location: 'lap', noSuchField: true }, { reason: 'stopped' }] },
    'invalid (no such field lap) stopped',
  ],
  [{ reasons: [{ reason: 'invalid', noSuchField: true }] }, 'invalid (no such field)'],
  [{ grpcCode: 14, networkCode: 'ECONNRESET' }, 'grpc 14 ECONNRESET'],
] as const)('the reason of %j reads "%s"', (error, text) => {
  expect(classify({ service: 'bigquery', operation: 'insertAll', ...error }).reason).toBe(
    `bigquery insertAll: ${text}`,
  );
});

test('one permanent reason among others decides', () => {
  const transient = fc.constantFrom('stopped', 'backendError', 'timeout', 'somethingNew');
  fc.assert(
    fc.property(fc.array(transient), fc.array(transient), (before, after) => {
      const reasons = [...before, 'invalid', ...after].map((reason) => ({ reason }));
      expect(endingOf({ reasons })).toBe('permanent');
    }),
  );
});
