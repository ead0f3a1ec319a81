import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { expectedPseudonym, expectedUserHash } from '../../cli/expected-pseudonym.ts';
import { FAKE_SCOPE, FAKE_SECRET } from '../../test/contracts/fakes/context.ts';
import { MINIMAL_SESSION } from '../../test/contracts/session-documents.ts';
import { journal } from '../../test/contracts/journal-pipeline.ts';
import { sessions } from '../pipelines/sessions.ts';
import { parseDocument } from './parse-document.ts';
import { parseKeyring } from './pseudonym-key.ts';
import { pseudonymise } from './pseudonymise.ts';
import type { Source } from './source.ts';

const key = parseKeyring(FAKE_SECRET, FAKE_SCOPE).active;
const version = { updateTime: '2026-01-01T00:00:00.000001Z', contentHash: 'c' };

function rowOf(source: Source, pipeline = sessions) {
  const parsed = parseDocument(pipeline, source);
  if (!parsed.ok) throw new Error(parsed.reason);
  return pseudonymise(pipeline, source, parsed.document, key);
}
const sessionOf = (userId: string) =>
  rowOf({ path: `users/${userId}/sessions/s1`, data: MINIMAL_SESSION, version });

// Worked out apart from all code here, with `openssl kdf` for the key and `openssl dgst -sha256 -mac HMAC` for the rest.
test.each([
  ['u1', '389b62caf0bb1b31263ef8efabf789eacd9964567084657d27d658eb3fd44c85'],
  ['taro.yamada@example.com', '0aec5556eb22e06c5db9ee508a5c42ed2fe3784c20d7fe4738766e90f17e4ad0'],
  ['ユーザー花子', '24b6e2d4a9a4f0d726c3339d9670b3d7573a7f2558f818e1c72bf569f256837a'],
])('the pseudonym of %s is what OpenSSL makes of it', (userId, digits) => {
  expect(sessionOf(userId)).toMatchObject({ user_id_hash: digits, pseudonym_key_version: 1 });
});

test('the pseudonym depends on the id and the key, and on nothing else of the document', () => {
  const ids = fc.string({ unit: 'grapheme', minLength: 1 }).filter((id) => !id.includes('/'));
  fc.assert(
    fc.property(ids, fc.integer(), (userId, repCount) => {
      const source = { path: `users/${userId}/sessions/s1`, data: { ...MINIMAL_SESSION, repCount }, version };
      expect(rowOf(source)['user_id_hash']).toBe(expectedUserHash(FAKE_SECRET, userId));
    }),
  );
});

test('a row has no trace of the id', () => {
  expect(JSON.stringify(sessionOf('u-planted-77'))).not.toContain('planted');
});

test('identifiers within a document are replaced each under the key of its column', () => {
  const of = (column: string, kind: string, id: string) =>
    expectedPseudonym(FAKE_SECRET, { ...FAKE_SCOPE, column, kind, id });
  const source = {
    path: 'people/p1/journal/2026',
    data: {
      coach: { path: 'people/p2', firestore: {}, __proto__: { isEqual: true } },
      helpers: ['p3', 'p4', 'p3'],
      seats: { p5: 1, p6: 2 },
      member: 7,
    },
    version,
  };
  expect(rowOf(source, journal)).toMatchObject({
    person: of('person', 'text', 'p1'),
    coach: of('coach', 'reference', 'people/p2'),
    helpers: ['p3', 'p4', 'p3'].map((id) => of('helpers', 'array of texts', id)),
    seat_owners: ['p5', 'p6'].map((id) => of('seat_owners', 'map with free keys', id)),
    member: of('member', 'integer', '7'),
  });
});

test('an identifier that is absent stays absent: nobody is not a person', () => {
  const row = rowOf({ path: 'people/p1/journal/2026', data: {}, version }, journal);
  expect(row).toMatchObject({ coach: null, helpers: [], seat_owners: [], member: null });
});

test('a path of another pipeline is a bug, and the error does not name the path', () => {
  const document = { cells: {}, identifiers: [], unknownFields: 0 };
  const source = { path: 'teams/u-planted-77/sessions/s1', data: {}, version };
  expect(() => pseudonymise(sessions, source, document, key)).toThrow(
    new Error('Cannot pseudonymise: path is not of pipeline "sessions"'),
  );
});
