import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { KeyError, MIN_KEY_BYTES, parseKeyring } from './pseudonym-key.ts';

const GOOD = 'p9Xw2LkQ7vRt5YbN8mJc4HfG1dSaZ0eU';

test.each([
  ['missing', undefined, 'is missing'],
  ['empty', '', 'is missing'],
  ['a line break', '\n', 'is missing'],
  ['blanks', ' '.repeat(64), 'is missing'],
  ['short', 'p9Xw2LkQ7vRt5YbN8mJc4HfG1dSaZ0e', 'is too short (31 bytes)'],
  ['as long only with its line break', 'p9Xw2LkQ7vRt5YbN8mJc4HfG1dSaZ0e\n', 'is too short (31 bytes)'],
  ["the seed's default", 'default-salt-change-in-production', 'is a placeholder'],
  ['a wish to change it', `please-CHANGE_ME-${GOOD}`, 'is a placeholder'],
  ['an example', `example-${GOOD}`, 'is a placeholder'],
  ['a template', `<your-secret-here>-${GOOD}`, 'is a placeholder'],
  ['one letter many times', 'a'.repeat(64), 'is a placeholder'],
  ['seven letters many times', 'abcdefg'.repeat(9), 'is a placeholder'],
])('a secret that is %s fails closed', (_, secret, problem) => {
  expect(() => parseKeyring(secret)).toThrow(KeyError);
  expect(() => parseKeyring(secret)).toThrow(
    `PSEUDONYMIZATION_SALT ${problem}. Set a random secret of at least`,
  );
});

test('a key of 32 bytes is enough, and is used as it is', () => {
  expect(parseKeyring(GOOD).active).toEqual({ version: 1, bytes: Buffer.from(GOOD) });
  expect(Buffer.byteLength(GOOD)).toBe(MIN_KEY_BYTES);
});

test.each([
  ['\n', GOOD],
  ['\r\n', GOOD],
  ['\n\n', `${GOOD}\n`],
  [' ', `${GOOD} `],
])('of a secret that ends in %j only one line break is dropped', (end, kept) => {
  expect(parseKeyring(`${GOOD}${end}`).active.bytes.toString()).toBe(kept);
});

test('eight different letters are just enough not to be taken for a placeholder', () => {
  expect(parseKeyring('qwzrtpkm'.repeat(4)).active.version).toBe(1);
});

test('bytes are counted, not characters', () => {
  expect(() => parseKeyring('あいうえおかきくけこさ')).not.toThrow();
});

test('every random secret of the recommended form is taken', () => {
  const secrets = fc.uint8Array({ minLength: 48, maxLength: 48 }).filter((bytes) => new Set(bytes).size > 24);
  fc.assert(
    fc.property(secrets, (bytes) => parseKeyring(Buffer.from(bytes).toString('base64')).active.version === 1),
  );
  expect(parseKeyring(randomBytes(48).toString('base64')).active.version).toBe(1);
});

test('no message holds the secret', () => {
  const secrets = fc.oneof(
    fc.string({ minLength: 5, maxLength: 31, unit: fc.constantFrom('q', 'w', 'z', '7', '$') }),
    fc.constantFrom('q', 'w').map((letter) => letter.repeat(40)),
    fc
      .string({ minLength: 5, unit: fc.constantFrom('q', 'z', '7') })
      .map((text) => `change-me-${text}`.padEnd(40, 'x')),
  );
  fc.assert(
    fc.property(secrets, (secret) => {
      expect(() => parseKeyring(secret)).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining(secret) }),
      );
    }),
  );
});

test('a key version that is not held is refused', () => {
  const keyring = parseKeyring(GOOD);
  expect(keyring.get(1)).toBe(keyring.active);
  expect(() => keyring.get(2)).toThrow('PSEUDONYMIZATION_SALT does not hold key version 2.');
});
