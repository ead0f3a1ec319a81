import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { expectedPseudonym } from '../../cli/expected-pseudonym.ts';
import { createPseudonymKey, KeyError, parseKeyring } from './pseudonym-key.ts';

const GOOD = 'p9Xw2LkQ7vRt5YbN8mJc4HfG1dSaZ0eU';
const SCOPE = { project: 'demo-local', dataset: 'analytics_production' };
const parse = (secret: string | undefined) => parseKeyring(secret, SCOPE);
const pseudonymOf = (secret: string, id = 'u1') => parse(secret).active.pseudonym('user_id_hash', 'text', id);
const expected = (secret: string | Buffer, id = 'u1') =>
  expectedPseudonym(secret, { ...SCOPE, column: 'user_id_hash', kind: 'text', id });

describe('a secret that is one key', () => {
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
  ])('and is %s fails closed', (_, secret, problem) => {
    expect(() => parse(secret)).toThrow(KeyError);
    expect(() => parse(secret)).toThrow(`PSEUDONYMIZATION_SALT ${problem}. Set a random secret of at least`);
  });

  test('of 32 bytes is enough, and is used as it is, as version 1', () => {
    expect(Buffer.byteLength(GOOD)).toBe(32);
    expect(parse(GOOD).active.version).toBe(1);
    expect(pseudonymOf(GOOD)).toBe(expected(GOOD));
  });

  test.each([
    ['\n', GOOD],
    ['\r\n', GOOD],
    ['\n\n', `${GOOD}\n`],
    [' ', `${GOOD} `],
  ])('and ends in %j loses one line break at most', (end, kept) => {
    expect(pseudonymOf(`${GOOD}${end}`)).toBe(expected(kept));
  });

  test('has eight different letters at least', () => {
    expect(parse('qwzrtpkm'.repeat(4)).active.version).toBe(1);
  });

  test('is measured in bytes, not in characters', () => {
    expect(() => parse('あいうえおかきくけこさ')).not.toThrow();
  });

  test('of the recommended form is always taken', () => {
    const secrets = fc
      .uint8Array({ minLength: 48, maxLength: 48 })
      .filter((bytes) => new Set(bytes).size > 24);
    fc.assert(
      fc.property(secrets, (bytes) => parse(Buffer.from(bytes).toString('base64')).active.version === 1),
    );
    expect(parse(randomBytes(48).toString('base64')).active.version).toBe(1);
  });

  test('stands in no message', () => {
    const secrets = fc.oneof(
      fc.string({ minLength: 5, maxLength: 31, unit: fc.constantFrom('q', 'w', 'z', '7', '$') }),
      fc.constantFrom('q', 'w').map((letter) => letter.repeat(40)),
      fc
        .string({ minLength: 5, unit: fc.constantFrom('q', 'z', '7') })
        .map((text) => `change-me-${text}`.padEnd(40, 'x')),
      fc.string({ minLength: 40, unit: fc.constantFrom('q', '"', '{', '7') }).map((text) => `{${text}`),
    );
    fc.assert(
      fc.property(secrets, (secret) => {
        expect(() => parse(secret)).toThrow(
          expect.not.objectContaining({ message: expect.stringContaining(secret) }),
        );
      }),
    );
  });
});

describe('a keyring', () => {
  const keys = [1, 2, 3].map((i) => createHash('sha512').update(`key ${i}`).digest());
  const [one, two, three] = keys.map((key) => key.toString('base64')) as [string, string, string];
  const ring = (active: unknown, of: object) => JSON.stringify({ active, keys: of });

  test('has the active key, and every other by its version', () => {
    const keyring = parse(`${ring(2, { 2: two, 1: one })}\n`);
    expect(keyring.active.version).toBe(2);
    expect(keyring.all.map(({ version }) => version)).toEqual([1, 2]);
    for (const version of [1, 2]) {
      expect(keyring.get(version).version).toBe(version);
      expect(keyring.get(version).pseudonym('user_id_hash', 'text', 'u1')).toBe(expected(keys[version - 1]!));
    }
  });

  test('fails closed on a version that it does not hold', () => {
    expect(() => parse(GOOD).get(2)).toThrow('PSEUDONYMIZATION_SALT does not hold key version 2.');
    expect(() => parse(ring(1, { 1: one })).get(2)).toThrow(KeyError);
  });

  test('binds a version of a document to the key of its time, whenever it is sent', () => {
    const from = '2026-12-01T00:00:00Z';
    const keyring = parse(
      ring(2, { 1: one, 2: { key: two, from }, 3: { key: three, from: '2027-01-01T00:00:00Z' } }),
    );
    const at = (time: string) => keyring.at(time).version;
    expect(at('2026-11-30T23:59:59.999999Z')).toBe(1);
    expect(at('2026-12-01T00:00:00.000000Z')).toBe(2);
    expect(at('2099-01-01T00:00:00.000000Z')).toBe(2);
    expect(at('0001-01-01T00:00:00.000000Z')).toBe(1);
  });

  test('reads a time in any zone', () => {
    const keyring = parse(ring(2, { 1: one, 2: { key: two, from: '2026-12-01T09:00:00.500+09:00' } }));
    expect(keyring.at('2026-12-01T00:00:00.499999Z').version).toBe(1);
    expect(keyring.at('2026-12-01T00:00:00.500000Z').version).toBe(2);
  });

  test('without times is one for all documents: the active', () => {
    expect(parse(ring(2, { 1: one, 2: two })).at('2020-01-01T00:00:00.000000Z').version).toBe(2);
  });

  test('has no key for documents older than all of its keys', () => {
    const keyring = parse(ring(2, { 2: { key: two, from: '2026-12-01T00:00:00Z' } }));
    expect(() => keyring.at('2026-11-30T00:00:00.000000Z')).toThrow(
      'holds no key for a document that is older than all of its keys',
    );
  });

  test.each([
    ['whose active key is missing', ring(3, { 1: one, 2: two }), 'does not hold key version 3'],
    ['without keys', ring(1, {}), 'does not hold key version 1'],
    ['that holds a key twice', ring(2, { 1: one, 2: one }), 'holds a key twice'],
    [
      'with a short key',
      ring(1, { 1: Buffer.alloc(31, 'abcdefghijkl').toString('base64') }),
      'is too short (31',
    ],
    ['with a dull key', ring(1, { 1: Buffer.alloc(32).toString('base64') }), 'is a placeholder'],
    [
      'with a placeholder',
      ring(1, { 1: Buffer.from('please-change-me-please-change-me').toString('base64') }),
      'is a placeholder',
    ],
    [
      'whose times contradict its versions',
      ring(2, {
        1: { key: one, from: '2027-01-01T00:00:00Z' },
        2: { key: two, from: '2026-01-01T00:00:00Z' },
      }),
      'says that key version 2 begins before an earlier one',
    ],
    [
      'in which a later key has no time',
      ring(2, { 1: { key: one, from: '2027-01-01T00:00:00Z' }, 2: two }),
      'says that key version 2 begins before an earlier one',
    ],
    ['that is cut off', '{"active": 1, "keys": {"1": "', 'is no keyring'],
    ['with a key that is not base64', ring(1, { 1: `${one}!` }), 'is no keyring'],
    ['with a version 0', ring(0, { 0: one }), 'is no keyring'],
    ['with a version that is a word', ring('x', { x: one }), 'is no keyring'],
    ['with a date for a time', ring(1, { 1: { key: one, from: '2026-12-01' } }), 'is no keyring'],
    ['with more in it', JSON.stringify({ active: 1, keys: { 1: one }, note: two }), 'is no keyring'],
  ])('%s fails closed, and the message holds no key', (_, secret, problem) => {
    expect(() => parse(secret)).toThrow(KeyError);
    expect(() => parse(secret)).toThrow(`PSEUDONYMIZATION_SALT ${problem}`);
    for (const key of [one, two, three]) {
      expect(() => parse(secret)).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining(key.slice(0, 12)) }),
      );
    }
  });

  test('may say of a key how it was used before: one began as SHA-256 with salt, the next is HMAC', () => {
    const keyring = parse(ring(2, { 1: { key: one, mode: 'sha256-salt' }, 2: two }));
    expect(keyring.get(1).pseudonym('user_id_hash', 'text', 'u1')).toBe(
      createHash('sha256').update('u1').update(keys[0]!).digest('hex'),
    );
    expect(keyring.get(2).pseudonym('user_id_hash', 'text', 'u1')).toBe(expected(keys[1]!));
  });
});

describe('a pseudonym', () => {
  const key = parse(GOOD).active;

  test('is 64 hex digits that another implementation of the RFCs finds too', () => {
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 200 }),
        fc.record({ project: texts, dataset: texts, column: texts, kind: texts, id: texts }),
        (secret, about) => {
          const { column, kind, id } = about;
          const made = createPseudonymKey(1, Buffer.from(secret), about).pseudonym(column, kind, id);
          expect(made).toMatch(/^[0-9a-f]{64}$/);
          expect(made).toBe(expectedPseudonym(Buffer.from(secret), about));
        },
      ),
    );
  });

  test('is what WebCrypto finds', async () => {
    const { subtle } = webcrypto;
    const secret = await subtle.importKey('raw', Buffer.from(GOOD), 'HKDF', false, ['deriveKey']);
    const info = Buffer.from('9:pseudonym10:demo-local20:analytics_production12:user_id_hash');
    const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
    const hmac = { name: 'HMAC', hash: 'SHA-256', length: 256 };
    const derived = await subtle.deriveKey(hkdf, secret, hmac, false, ['sign']);
    const signed = await subtle.sign('HMAC', derived, Buffer.from('4:text18:ユーザー花子'));
    expect(key.pseudonym('user_id_hash', 'text', 'ユーザー花子')).toBe(Buffer.from(signed).toString('hex'));
  });

  test('is another in another project, dataset, column and kind, and under another secret', () => {
    const elsewhere = [
      createPseudonymKey(1, Buffer.from(GOOD), { ...SCOPE, project: 'demo' }),
      createPseudonymKey(1, Buffer.from(GOOD), { ...SCOPE, dataset: 'analytics' }),
      createPseudonymKey(1, Buffer.from(`${GOOD}x`), SCOPE),
    ].map((other) => other.pseudonym('user_id_hash', 'text', 'u1'));
    const here = [
      key.pseudonym('user_id_hash', 'text', 'u1'),
      key.pseudonym('coach_id_hash', 'text', 'u1'),
      key.pseudonym('user_id_hash', 'reference', 'u1'),
    ];
    expect(new Set([...elsewhere, ...here]).size).toBe(6);
  });

  test('tells ids apart that differ in case, in width, in blanks or in how an accent is written', () => {
    const ids = [
      'taro',
      'Taro',
      'taro ',
      'ｔａｒｏ',
      'ta\u0301ro',
      't\u00e1ro',
      'straße',
      'strasse',
      '1',
      '01',
    ];
    expect(new Set(ids.map((id) => key.pseudonym('user_id_hash', 'text', id))).size).toBe(ids.length);
  });

  test('of a million ids is a million pseudonyms', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 1_000_000; i++) seen.add(key.pseudonym('user_id_hash', 'text', `user-${i}`));
    expect(seen.size).toBe(1_000_000);
  }, 300_000);

  test('in the mode sha256-salt is SHA-256 of id and salt, as data from elsewhere has it', () => {
    const { active } = parseKeyring(GOOD, SCOPE, 'sha256-salt');
    // printf '%s' 'u1p9Xw2LkQ7vRt5YbN8mJc4HfG1dSaZ0eU' | sha256sum
    expect(active.pseudonym('user_id_hash', 'text', 'u1')).toBe(
      createHash('sha256').update(`u1${GOOD}`).digest('hex'),
    );
    expect(active).toMatchObject({ version: 1, mode: 'sha256-salt' });
  });
});
