import { describe, expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import { fromGrpcError, isNetworkCode, property } from './client-error.ts';

const CANARY = 'taro-7f3a';

describe('of an error that a client threw', () => {
  const call = { service: 'firestore', operation: 'write status' } as const;

  test.each<[string, unknown, Record<string, unknown>]>([
    ['a status code is taken', { code: 5 }, { grpcCode: 5 }],
    ['a network code is taken', { code: 'ECONNRESET' }, { networkCode: 'ECONNRESET' }],
    ['text in the place of a code is not', { code: `no such user ${CANARY}` }, {}],
    ['an object in the place of a code is not', { code: { id: CANARY } }, {}],
    ['nothing is taken where there is nothing', {}, {}],
    ['nothing is taken of text', CANARY, {}],
    ['nothing is taken of null', null, {}],
    ['nothing is taken of undefined', undefined, {}],
  ])('%s', (_, error, taken) => {
    expect(fromGrpcError(call, error).details).toEqual({ ...call, ...taken });
  });

  test('no message, detail, path or cause goes on', () => {
    const error = Object.assign(
      new Error(`5 NOT_FOUND: No document to update: users/${CANARY}`, { cause: CANARY }),
      {
        code: 5,
        details: `users/${CANARY}`,
        metadata: { 'google-cloud-resource': CANARY },
      },
    );
    const safe = fromGrpcError(call, error);
    expect(safe.message).toBe('firestore write status failed: grpc 5');
    expect(inspect(safe, { showHidden: true, depth: null })).not.toContain(CANARY);
  });
});

test.each([
  ['ECONNRESET', true],
  ['EAI_AGAIN', true],
  ['UND_ERR_SOCKET', true],
  ['ERR_TLS_CERT_ALTNAME_INVALID', true],
  ['CERT_HAS_EXPIRED', true],
  ['econnreset', false],
  ['E', false],
  ['ECONN RESET', false],
  ['ECONNRESET\n', false],
  ['X'.repeat(60), false],
  ['users/u1', false],
  [14, false],
  [undefined, false],
])('%j is a network code: %s', (code, is) => {
  expect(isNetworkCode(code)).toBe(is);
});

test('a property is read of anything that was thrown', () => {
  expect(property({ code: 5 }, 'code')).toBe(5);
  expect(property(new Error('x', { cause: 7 }), 'cause')).toBe(7);
  for (const nothing of [undefined, null, 'text', 5]) expect(property(nothing, 'length')).toBeUndefined();
});
