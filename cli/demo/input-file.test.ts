import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { InputError, parseLine, readInputFile } from './input-file.ts';

const CANARY = 'canary-taro@example.com';
const line = (value: unknown) => JSON.stringify(value);
/** Half a MiB and a little. */
const HALF = { stringValue: 'x'.repeat(530_000) };
const withField = (value: unknown) => line({ name: 'users/u1/sessions/s1', fields: { a: value } });

function reasonFor(text: string): string {
  try {
    parseLine(text);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'accepted';
}

function fileOf(...lines: string[]): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'input-')), 'sessions.ndjson');
  writeFileSync(file, lines.join('\n'));
  return file;
}

describe('a line that is well formed', () => {
  test('may name its document relatively or in full', () => {
    const full = line({ name: 'projects/p/databases/(default)/documents/users/u1/sessions/s1', fields: {} });
    expect(parseLine(full).path).toBe('users/u1/sessions/s1');
    expect(parseLine(line({ name: 'users/u1' }))).toEqual({ path: 'users/u1', fields: {} });
  });

  test('may hold every kind of Firestore value', () => {
    const fields = {
      none: { nullValue: null },
      yes: { booleanValue: true },
      int: { integerValue: '-9223372036854775808' },
      double: { doubleValue: 'NaN' },
      time: { timestampValue: '2026-09-01T09:00:00.123456Z' },
      text: { stringValue: '日本語' },
      bytes: { bytesValue: 'AAECAw==' },
      reference: { referenceValue: 'projects/p/databases/(default)/documents/users/u1' },
      point: { geoPointValue: { latitude: 35.6, longitude: 139.7 } },
      list: { arrayValue: { values: [{ mapValue: { fields: { a: { stringValue: '' } } } }] } },
      emptyList: { arrayValue: {} },
      emptyMap: { mapValue: {} },
    };
    expect(parseLine(line({ name: 'users/u1/sessions/s1', fields })).fields).toEqual(fields);
  });
});

describe('a line that is malformed is named by field and reason, never by value', () => {
  test.each([
    ['{"name"', 'not JSON'],
    ['[]', 'must be an object {"name": …, "fields": {…}}'],
    [line({ fields: {} }), '"name" must be a string such as users/u1/sessions/s1'],
    [line({ name: `users/${CANARY}/sessions` }), '"name" must be a document path (collection/id pairs)'],
    [line({ name: 'users//sessions/s1' }), '"name" has an id that Firestore refuses'],
    [line({ name: 'users/__x__' }), '"name" has an id that Firestore refuses'],
    [line({ name: `users/${'x'.repeat(1501)}` }), '"name" has an id that Firestore refuses'],
    [line({ name: 'users/u1', fields: {}, [CANARY]: 1 }), 'has keys besides "name" and "fields"'],
    [line({ name: 'users/u1', fields: [] }), 'fields must be an object'],
    [
      line({ name: 'users/u1', fields: { '': { nullValue: null } } }),
      'fields has a field name that Firestore refuses',
    ],
    [withField(CANARY), 'fields.a must be one Firestore value such as {"stringValue": "x"}'],
    [
      withField({ stringValue: 'x', integerValue: '1' }),
      'fields.a must be one Firestore value such as {"stringValue": "x"}',
    ],
    [withField({ toString: CANARY }), 'fields.a must be one Firestore value such as {"stringValue": "x"}'],
    [withField({ integerValue: CANARY }), 'fields.a: integerValue must be a 64-bit integer'],
    [withField({ integerValue: '9223372036854775808' }), 'fields.a: integerValue must be a 64-bit integer'],
    [
      withField({ doubleValue: CANARY }),
      'fields.a: doubleValue must be a number, "NaN", "Infinity" or "-Infinity"',
    ],
    [withField({ timestampValue: CANARY }), 'fields.a: timestampValue must be an RFC 3339 time'],
    [
      withField({ timestampValue: '2026-13-01T00:00:00Z' }),
      'fields.a: timestampValue must be an RFC 3339 time',
    ],
    [withField({ booleanValue: CANARY }), 'fields.a: booleanValue must be true or false'],
    [withField({ nullValue: CANARY }), 'fields.a: nullValue must be null'],
    [withField({ bytesValue: '日本' }), 'fields.a: bytesValue must be base64'],
    [withField({ referenceValue: CANARY }), 'fields.a: referenceValue must be a full document name'],
    [
      withField({ geoPointValue: { latitude: 91, longitude: 0 } }),
      'fields.a: geoPointValue must be {"latitude": …, "longitude": …}',
    ],
    [withField({ arrayValue: { values: CANARY } }), 'fields.a: arrayValue must be {"values": […]}'],
    [
      withField({ arrayValue: { values: [{ arrayValue: {} }] } }),
      'fields.a: arrayValue must be without an array directly inside an array',
    ],
    [
      withField({ arrayValue: { values: [{ nullValue: null }, 1] } }),
      'fields.a[1] must be one Firestore value such as {"stringValue": "x"}',
    ],
    [
      withField({ mapValue: { fields: { b: { stringValue: 1 } } } }),
      'fields.a.b: stringValue must be a string',
    ],
    [
      withField({ arrayValue: { values: [HALF, HALF] } }),
      'is larger than the 1 MiB that a document may have',
    ],
    [
      line({ name: 'users/u1', fields: { ['f'.repeat(1501)]: { nullValue: null } } }),
      'holds something that Firestore refuses',
    ],
  ])('case %# of malformed lines', (text, reason) => {
    expect(reasonFor(text)).toBe(reason);
    expect(reason).not.toContain(CANARY);
  });
});

describe('a file', () => {
  test('is read whole, empty lines skipped, line numbers kept', async () => {
    const file = fileOf(line({ name: 'users/u1' }), '', line({ name: 'users/u2' }), '');
    expect(await readInputFile(file)).toEqual([
      { line: 1, path: 'users/u1', fields: {} },
      { line: 3, path: 'users/u2', fields: {} },
    ]);
  });

  test('with a malformed line is refused with file, line and reason', async () => {
    const file = fileOf(line({ name: 'users/u1' }), withField({ integerValue: CANARY }));
    await expect(readInputFile(file)).rejects.toThrow(
      `${file}:2: fields.a: integerValue must be a 64-bit integer`,
    );
  });

  test('that is missing or empty is refused by name', async () => {
    await expect(readInputFile('/nowhere/sessions.ndjson')).rejects.toThrow(
      'Cannot read /nowhere/sessions.ndjson: ENOENT',
    );
    const file = fileOf('');
    await expect(readInputFile(file)).rejects.toThrow(`${file}: holds no document`);
  });
});
