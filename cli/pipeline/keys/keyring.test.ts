// What operators do to the secret, against what the functions make of it.
import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { KeyError, parseKeyring } from '../../../functions/steps/pseudonym-key.ts';
import { UsageError } from '../../args.ts';
import { epochAfter, epochsOf, readKeyring, renderKeyring, withKey, withoutKey } from './keyring.ts';

const PLAIN = 'p9Xw2LkQ7vRt5YbN8mJc4HfG1dSaZ0eU';
const SCOPE = { project: 'demo-local', dataset: 'analytics_production' };
const key = (name: string) => createHash('sha512').update(name).digest();
const base64 = (name: string) => key(name).toString('base64');
const parse = (secret: string) => parseKeyring(secret, SCOPE);
const pseudonyms = (secret: string, version: number) =>
  parse(secret).get(version).pseudonym('user_id_hash', 'text', 'u1');
const JANUARY = new Date('2027-01-01T00:00:00Z');
const rotate = (secret: string, from = JANUARY) =>
  renderKeyring(withKey(readKeyring(secret), { key: randomBytes(32), from, mode: 'hmac' }));

describe('rotating', () => {
  test.each([
    ['as it is', PLAIN],
    ['with the line break of a shell', `${PLAIN}\n`],
    ['with that of another', `${PLAIN}\r\n`],
    ['of other letters', 'あいうえおかきくけこさしすせそ'],
  ])('a plain key makes it version 1, byte for byte: %s', (_, secret) => {
    const rotated = rotate(secret);
    expect(parse(rotated).active.version).toBe(2);
    expect(pseudonyms(rotated, 1)).toBe(parse(secret).active.pseudonym('user_id_hash', 'text', 'u1'));
    expect(pseudonyms(rotated, 2)).not.toBe(pseudonyms(rotated, 1));
  });

  test('binds documents before the time to the old key, and those from it on to the new one', () => {
    const keyring = parse(rotate(PLAIN));
    expect(keyring.at('2026-12-31T23:59:59.999999Z').version).toBe(1);
    expect(keyring.at('2027-01-01T00:00:00.000000Z').version).toBe(2);
  });

  test('begins at no earlier time than was asked for', () => {
    const rotated = readKeyring(rotate(PLAIN, new Date('2027-01-01T00:00:00.001Z')));
    expect(epochsOf(rotated).at(-1)?.from).toEqual(new Date('2027-01-01T00:00:01Z'));
  });

  test('keeps every other entry as it was written', () => {
    const two = { key: base64('two'), from: '2026-06-01T09:00:00+09:00', mode: 'sha256-salt' };
    const secret = JSON.stringify({ active: 2, keys: { 1: base64('one'), 2: two } });
    const { keys } = JSON.parse(rotate(secret)) as { keys: Record<string, unknown> };
    expect(keys).toMatchObject({ 1: base64('one'), 2: two });
    expect(Object.keys(keys)).toEqual(['1', '2', '3']);
  });

  test('names the mode of the new key, so that PSEUDONYM_MODE holds for the old one alone', () => {
    const keyring = parseKeyring(rotate(PLAIN), SCOPE, 'sha256-salt');
    expect(keyring.all.map(({ mode }) => mode)).toEqual(['sha256-salt', 'hmac']);
  });

  test('of whatever is taken, gives something that is taken, with one version more', () => {
    const hours = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(hours, (steps) => {
        let [secret, from] = [PLAIN, JANUARY.getTime()];
        for (const step of steps) secret = rotate(secret, new Date((from += step * 3_600_000)));
        const held = parse(secret).all.map(({ version }) => version);
        expect(held).toEqual(Array.from({ length: steps.length + 1 }, (_, i) => i + 1));
        expect(pseudonyms(secret, 1)).toBe(parse(PLAIN).active.pseudonym('user_id_hash', 'text', 'u1'));
      }),
    );
  });
});

test.each([
  ['nothing', '', 'is missing'],
  ['a line break', '\n', 'is missing'],
  ['a short key', 'short', 'is too short (5 bytes)'],
  ['a placeholder', 'default-salt-change-in-production-please', 'is a placeholder'],
  ['JSON cut off', '{"active": 2, "keys": {"1": "', 'is no keyring'],
  ['other JSON', '{"version": 1}', 'is no keyring'],
  ['a keyring without its active key', `{"active": 3, "keys": {"1": "${base64('one')}"}}`, 'does not hold'],
  [
    "npm's own lines before it",
    `\n> pipeline\n> node cli/pipeline.ts keys rotate\n\n${PLAIN}`,
    'several lines',
  ],
])('%s is refused, without the secret in the message', (_, secret, problem) => {
  expect(() => readKeyring(secret)).toThrow(UsageError);
  expect(() => readKeyring(secret)).toThrow(problem);
  expect(() => readKeyring(secret)).not.toThrow(
    new RegExp(`Nothing was inserted|${base64('one').slice(0, 8)}|${PLAIN}`),
  );
});

test.each([
  [
    'begins before the present one',
    () => rotate(rotate(PLAIN), new Date('2026-12-01T00:00:00Z')),
    'before an earlier',
  ],
  [
    'would make a key active that waited for it',
    () => rotate(JSON.stringify({ active: 1, keys: { 1: base64('one'), 2: base64('two') } })),
    'make 2 the active one',
  ],
])('a new key that %s is refused', (_, attempt, problem) => {
  expect(attempt).toThrow(UsageError);
  expect(attempt).toThrow(problem);
});

describe('retiring', () => {
  const three = readKeyring(rotate(rotate(PLAIN), new Date('2027-06-01T00:00:00Z')));

  test('hands the time of the key to the next one', () => {
    const secret = renderKeyring(withoutKey(three, 1, true));
    const keyring = parse(secret);
    expect(keyring.at('2020-01-01T00:00:00.000000Z').version).toBe(2);
    expect(keyring.at('2027-06-01T00:00:00.000000Z').version).toBe(3);
    expect(pseudonyms(secret, 2)).toBe(pseudonyms(renderKeyring(three), 2));
    expect(() => keyring.get(1)).toThrow(KeyError);
  });

  test('hands over a time that had a beginning', () => {
    const beganBefore = withoutKey(readKeyring(renderKeyring(withoutKey(three, 1, false))), 2, true);
    expect(epochsOf(beganBefore)).toEqual([{ version: 3, from: JANUARY, mode: 'hmac' }]);
  });

  test('without handing it over leaves documents of that time without a key', () => {
    const keyring = parse(renderKeyring(withoutKey(three, 1, false)));
    expect(() => keyring.at('2026-12-31T23:59:59.999999Z')).toThrow('older than all of its keys');
    expect(keyring.at('2027-01-01T00:00:00.000000Z').version).toBe(2);
  });

  test.each([
    ['the active key', 3, 'is the active one'],
    ['a key that is not the oldest', 2, 'retire version 1'],
    ['a key that is not held', 4, 'does not hold key version 4; it holds 1, 2, 3'],
  ])('%s is refused', (_, version, problem) => {
    expect(() => withoutKey(three, version, true)).toThrow(UsageError);
    expect(() => withoutKey(three, version, true)).toThrow(problem);
  });

  test('the next rotation uses no number again', () => {
    const secret = rotate(renderKeyring(withoutKey(three, 1, true)), new Date('2028-01-01T00:00:00Z'));
    expect(parse(secret).all.map(({ version }) => version)).toEqual([2, 3, 4]);
  });

  test('the epoch after a version is that of the next that is held', () => {
    expect(epochAfter(three, 1)).toEqual({ version: 2, from: JANUARY, mode: 'hmac' });
    expect(epochAfter(three, 3)).toBeUndefined();
  });
});
