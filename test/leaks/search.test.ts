// A planted text is found in whatever form it is written, whole or in part, and is not shown when it is.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createCanary, STYLES, type Style } from './canaries.ts';
import { FORMS, HASH_FORMS } from './forms.ts';
import { createLeakSearch, FRAGMENT, HASH_CHARACTERS } from './search.ts';

const canaries = STYLES.map((style, n) => createCanary(style, n, `place of ${style}`));
const search = createLeakSearch(canaries);
const of = (style: Style) => canaries[STYLES.indexOf(style)]!;
const placeIn = (text: string) => search.find(text)?.place;

describe.each(canaries)('$place', ({ place, text, random = [text] }) => {
  test.each([...FORMS, ...HASH_FORMS])('is found as $name', ({ write }) => {
    for (const written of write(text)) expect(placeIn(`INFO {"x":"${written}"}`)).toBe(place);
  });

  test('is found in capitals, composed and decomposed', () => {
    for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'] as const) {
      expect(placeIn(`<${text.normalize(form).toUpperCase()}>`)).toBe(place);
      const hash = createHash('sha256').update(text.normalize(form).toLowerCase()).digest('base64url');
      expect(placeIn(hash)).toBe(place);
    }
  });

  test('is found in base64 of whatever it stands in', () => {
    for (const before of ['', 'a', 'ab', 'abc', 'users/']) {
      for (const encoding of ['base64', 'base64url'] as const) {
        const encoded = Buffer.from(`${before}${text}/sessions/1`).toString(encoding);
        expect({ before, found: placeIn(encoded) }).toEqual({ before, found: place });
      }
    }
  });

  test('is found by each of its fragments, in each form', () => {
    for (const part of random) {
      const chars = [...part];
      const length = /^\d+$/.test(part) ? 12 : FRAGMENT;
      for (let i = 0; i + length <= chars.length; i++) {
        const fragment = chars.slice(i, i + length).join('');
        for (const { name, write } of FORMS) {
          for (const written of write(fragment)) {
            expect({ i, name, found: placeIn(`-${written}-`) }).toEqual({ i, name, found: place });
          }
        }
      }
    }
  });

  test('is not shown', () => {
    const { around } = search.find(`before ${text} after`)!;
    expect(around).toContain('before [');
    for (const part of random) expect(around).not.toContain(part.toLowerCase());
    expect(createLeakSearch([of('plain'), of('japanese')]).find(around)).toBeUndefined();
  });
});

test('a hash that was cut short is found, and so is one of an id with what stands before it', () => {
  const { text, place } = of('plain');
  for (const before of ['', 'users/', '/users/']) {
    const hash = createHash('md5').update(`${before}${text}`).digest('hex');
    expect(placeIn(`"${hash.slice(0, HASH_CHARACTERS)}"`)).toBe(place);
  }
});

test('JSON inside of JSON inside of JSON is read through', () => {
  for (const { text, place } of canaries) {
    let json = JSON.stringify({ text: FORMS.flatMap(({ write }) => write(text)).at(-1) });
    for (let level = 0; level < 3; level++) {
      expect({ level, found: placeIn(json) }).toEqual({ level, found: place });
      json = JSON.stringify({ message: `at ${level}`, json });
    }
  }
});

test('what is hashed alone is not looked for as it is', () => {
  const whole = { place: 'the path', text: `users/${of('plain').text}/sessions/s1` };
  const withPath = createLeakSearch([], { texts: [whole] });
  expect(withPath.find(whole.text)).toBeUndefined();
  expect(withPath.find(createHash('sha1').update(whole.text).digest('hex'))?.place).toBe('the path');
});

test('the same is found in all that surrounds it, by one pass or by looking for each form', () => {
  const written = canaries.flatMap(({ text }) => FORMS.flatMap(({ write }) => write(text)));
  fc.assert(
    fc.property(
      fc.string({ maxLength: 200 }),
      fc.option(fc.constantFrom(...written)),
      fc.string({ maxLength: 200 }),
      (before, planted, after) => {
        expect(search.find(`${before}${planted ?? ''}${after}`) !== undefined).toBe(planted !== null);
      },
    ),
  );
});

test('a search for what is too short to be told from chance is refused', () => {
  expect(() => createLeakSearch([{ place: 'here', text: 'taro' }])).toThrow('"here": too short');
});

/** Nothing is found where nothing was planted: else a clean run would mean nothing. */
test.each(['package-lock.json', 'README.ja.md', 'docs/guarantees.md', 'functions/services/firestore.ts'])(
  'nothing is found in %s',
  (file) => {
    const text = readFileSync(path.join(__dirname, '..', '..', file), 'utf8');
    expect(search.find(text)).toBeUndefined();
  },
);

test('nor in ten thousand hashes, in hex and base64', () => {
  for (let i = 0; i < 10_000; i++) {
    const digest = createHash('sha256').update(String(i)).digest();
    expect(
      search.find(`${digest.toString('hex')} ${digest.toString('base64')} ${Date.now() + i}`),
    ).toBeUndefined();
  }
});
