import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { sessions } from '../pipelines/sessions.ts';
import { MINIMAL_SESSION } from '../../test/contracts/session-documents.ts';
import { parseKeyring } from './pseudonym-key.ts';
import { pseudonymise } from './pseudonymise.ts';

const SECRET = 'k3y-of-the-tests-0123456789-abcdefghij';
const key = parseKeyring(SECRET).active;
const version = { updateTime: '2026-01-01T00:00:00.000001Z', contentHash: 'c' };

function pseudonymOf(userId: string, withKey = key) {
  const source = { path: `users/${userId}/sessions/s1`, data: {}, version };
  return pseudonymise(sessions, source, MINIMAL_SESSION, withKey);
}

// The expected digits come from `printf '%s' <id> | openssl dgst -sha256 -hmac <SECRET>`.
test.each([
  ['u1', 'b401a8801e08066f1a92d29804fbfdf6930495d4607022408c1895e577e53153'],
  ['taro.yamada@example.com', 'e548a5e93ca65d35cdb066aae47e5cf9a84b03fb8199e969dcbcd51256c93e7d'],
  ['ユーザー花子', 'da996634a41bc1c47b1a618a5cb78e5cf01235d7132c4ffe73e92add438d60f6'],
])('the pseudonym of %s is its HMAC-SHA-256 in 64 hex digits', (userId, digits) => {
  expect(pseudonymOf(userId).subject).toEqual({ value: digits, keyVersion: 1 });
});

test('the pseudonym depends on the id and on the key, and on nothing else', () => {
  const ids = fc.string({ unit: 'grapheme', minLength: 1 }).filter((id) => !id.includes('/'));
  const secrets = fc.string({ minLength: 32, maxLength: 64 });
  fc.assert(
    fc.property(ids, secrets, (userId, secret) => {
      const { value } = pseudonymOf(userId, { version: 1, bytes: Buffer.from(secret) }).subject;
      expect(value).toBe(createHmac('sha256', secret).update(Buffer.from(userId, 'utf8')).digest('hex'));
    }),
  );
});

test('what goes on to the row has no trace of the id', () => {
  const pseudonymised = pseudonymOf('u-planted-77');
  expect(pseudonymised).toEqual({
    document: MINIMAL_SESSION,
    subject: { value: expect.stringMatching(/^[0-9a-f]{64}$/), keyVersion: 1 },
    params: { sessionId: 's1' },
    version,
  });
  expect(JSON.stringify(pseudonymised)).not.toContain('u-planted-77');
});

test('a path of another pipeline is a bug, and the error does not name the path', () => {
  const source = { path: 'teams/u-planted-77/sessions/s1', data: {}, version };
  expect(() => pseudonymise(sessions, source, MINIMAL_SESSION, key)).toThrow(
    new Error('Cannot pseudonymise: path is not of pipeline "sessions"'),
  );
});
