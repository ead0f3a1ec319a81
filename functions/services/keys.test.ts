import { beforeEach, expect, test } from '@jest/globals';
import { createKeys } from './keys.ts';

const SECRET = 'p9Xw2LkQ7vRt5YbN8mJc4HfG1dSaZ0eU';
const SCOPE = { project: 'demo-local', dataset: 'analytics_production' };

let lines: string[];
const keysOf = (readSecret: () => string | undefined, mode: 'hmac' | 'sha256-salt' = 'hmac') =>
  createKeys(readSecret, { scope: SCOPE, mode }, (severity, message, fields) => {
    lines.push(`${severity} ${message} ${JSON.stringify(fields)}`);
  });
beforeEach(() => {
  lines = [];
});

test('the secret is not read before a key is needed, and read once', () => {
  let reads = 0;
  const keys = keysOf(() => (reads++, SECRET));
  expect(reads).toBe(0);
  expect(keys.active.version).toBe(1);
  expect(keys.get(1)).toBe(keys.active);
  expect(keys.at('2026-01-01T00:00:00.000000Z')).toBe(keys.active);
  expect(keys.all).toEqual([keys.active]);
  expect(reads).toBe(1);
  expect(lines).toEqual([]);
});

test('a bad secret fails each time it is used, until a good one is there', () => {
  let secret: string | undefined;
  const keys = keysOf(() => secret);
  expect(() => keys.active).toThrow('PSEUDONYMIZATION_SALT is missing');
  expect(() => keys.get(1)).toThrow('PSEUDONYMIZATION_SALT is missing');
  secret = SECRET;
  expect(keys.get(1).version).toBe(1);
});

test('the mode sha256-salt is warned of once, with the reason, and without the secret', () => {
  const keys = keysOf(() => SECRET, 'sha256-salt');
  expect(keys.active.mode).toBe('sha256-salt');
  void keys.all;
  expect(lines).toEqual([expect.stringMatching(/^WARNING Pseudonyms are SHA-256 .*linked/)]);
  expect(lines.join()).not.toContain(SECRET.slice(0, 6));
});
