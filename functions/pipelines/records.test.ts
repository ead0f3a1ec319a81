// Maps that become records, and arrays of them, on a pipeline that has them in each other: nothing gets into them by a
// way that a field of the row itself has not got.
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { expectedPseudonym } from '../../cli/expected-pseudonym.ts';
import { FAKE_SCOPE, FAKE_SECRET } from '../../test/contracts/fakes/context.ts';
import { parseKeyring } from '../steps/pseudonym-key.ts';
import { pseudonymise as fillIn } from '../steps/pseudonymise.ts';
import { definePipeline } from './define-pipeline.ts';
import { toLength } from './generalise.ts';
import { freeText, integer, isoTime, optional, text, texts } from './kinds.ts';
import { drop, generalise, keep, map, pseudonymise, record, records, type Policies } from './policy.ts';

const CANARY = 'canary-7f3a';
type Maybe<Value> = Value | null;

interface Video {
  readonly title: string;
  readonly by?: Maybe<string>;
  readonly remark?: Maybe<string>;
  readonly views?: Maybe<number>;
}

interface Playlist {
  readonly made: string;
  readonly owner?: Maybe<{
    readonly email?: Maybe<string>;
    readonly since?: Maybe<number>;
    readonly friends?: Maybe<readonly string[]>;
  }>;
  readonly videos?: Maybe<readonly Video[]>;
  readonly more?: Maybe<{ readonly first?: Maybe<{ readonly videos?: Maybe<readonly Video[]> }> }>;
}

const video: Policies<Video> = {
  title: keep(text, 'title', 'Which.'),
  by: pseudonymise(optional(text), 'person', 'By whom.'),
  remark: generalise(optional(freeText), toLength, 'remark_length', 'Whether there is one.'),
  views: keep(optional(integer), 'views', 'How many.'),
};
const fields: Policies<Playlist> = {
  made: keep(isoTime, 'made', 'When.'),
  owner: record(
    'owner',
    {
      email: drop('Nobody needs it.'),
      since: keep(optional(integer), 'since', 'How long.'),
      friends: pseudonymise(optional(texts), 'person', 'Who knows whom.'),
    },
    'Whose it is.',
  ),
  videos: records('videos', video, 'What is in it.'),
  more: map({ first: record('first', { videos: records('videos', video, 'The first.') }, 'The first.') }),
};
const reidentification = { quasiIdentifiers: [], sensitive: 'made', k: 2, published: [] } as const;
const declaration = {
  name: 'playlists',
  document: 'people/{person}',
  subject: 'person',
  when: { changed: { onDelete: 'tombstone' } },
  params: { person: pseudonymise(text, 'person', 'Whose.') },
  fields,
  table: 'playlists',
  key: ['person'],
  time: { field: 'made', column: 'made' },
  retentionDays: null,
  reidentification,
} as const;
const playlists = definePipeline(declaration);
const MADE = '2026-01-01T00:00:00Z';
const version = { updateTime: '2026-01-01T00:00:00.000001Z', contentHash: 'c' };

function read(data: Record<string, unknown>) {
  const reading = playlists.read(data);
  if (!reading.ok) throw new Error(reading.problems.join('; '));
  return reading;
}
const keys = ['k3y-of-the-tests-0123456789-abcdefghij', 'an0ther-key-0123456789-klmnopqrstuvw'].map(
  (secret) => parseKeyring(secret, FAKE_SCOPE).active,
);
const rowOf = (data: Record<string, unknown>, key = keys[0]!, document = read(data)) =>
  fillIn(playlists, { path: 'people/p1', data, version }, document, key);
const hash = (id: string, kind = 'text') =>
  expectedPseudonym(FAKE_SECRET, { ...FAKE_SCOPE, column: 'person', kind, id });

test('maps become records, and arrays of maps lists of them, at any depth', () => {
  const one = { title: 't1', by: 'p2', remark: '👍!', views: 0 };
  const row = rowOf({
    made: MADE,
    owner: { email: CANARY, since: 0, friends: ['p2', 'p3'] },
    videos: [one, { title: 't2' }],
    more: { first: { videos: [one] } },
  });
  const wanted = { title: 't1', person: hash('p2'), remark_length: 2, views: 0 };
  const empty = { title: 't2', person: null, remark_length: null, views: null };
  expect(row).toEqual({
    person: hash('p1'),
    made: '2026-01-01T00:00:00.000000Z',
    owner: { since: 0, person: [hash('p2', 'array of texts'), hash('p3', 'array of texts')] },
    videos: [wanted, empty],
    first: { videos: [wanted] },
    deleted_at: null,
    source_updated_at: version.updateTime,
    pseudonym_key_version: 1,
  });
});

test('what is absent or null is NULL, or no element; an empty map is a record all the same', () => {
  const bare = { owner: null, videos: [], first: null };
  expect(rowOf({ made: MADE })).toMatchObject(bare);
  expect(rowOf({ made: MADE, owner: null, videos: null, more: null })).toMatchObject(bare);
  expect(rowOf({ made: MADE, owner: {}, videos: [], more: { first: {} } })).toMatchObject({
    owner: { since: null, person: [] },
    videos: [],
    first: { videos: [] },
  });
});

test('a document under two keys has each pseudonym under its own, whichever is made first', () => {
  const data = { made: MADE, videos: [{ title: 't', by: 'p2' }] };
  const document = read(data);
  const [a, b] = keys.map((key) => rowOf(data, key, document));
  expect(a).toEqual(rowOf(data, keys[0]));
  expect(b).toEqual(rowOf(data, keys[1]));
  expect(a!['videos']).not.toEqual(b!['videos']);
  expect(JSON.stringify(document.cells)).not.toContain(hash('p2'));
});

describe('a field without a policy', () => {
  const anything = fc.oneof(fc.constant(CANARY), fc.constant([CANARY]), fc.constant({ [CANARY]: CANARY }));
  const unknown = fc.dictionary(
    fc.string({ unit: 'grapheme' }).map((name) => `${CANARY}${name}`),
    anything,
    { maxKeys: 4 },
  );

  test('is dropped and counted inside of records too, in every element', () => {
    fc.assert(
      fc.property(unknown, fc.array(unknown, { maxLength: 4 }), (inner, each) => {
        const videos = each.map((more, i) => ({ ...more, title: `t${i}`, remark: CANARY, by: CANARY }));
        const reading = read({ made: MADE, owner: { ...inner, email: CANARY }, videos });
        const count = [inner, ...each].reduce((sum, one) => sum + Object.keys(one).length, 0);
        expect(reading.unknownFields).toBe(count);
        expect(JSON.stringify(reading.cells)).not.toContain(CANARY);
        const row = rowOf({ made: MADE, owner: inner, videos });
        expect(JSON.stringify(row)).not.toContain(CANARY);
      }),
    );
  });
});

test('every problem is named by its path, and by no value', () => {
  const data = {
    made: '2026-01-01T09:00:00+09:00',
    owner: { since: CANARY },
    videos: [{ title: 't' }, { title: 7, views: CANARY }, CANARY, null],
    more: { first: [CANARY] },
  };
  const reading = playlists.read(data);
  expect(reading).toEqual({
    ok: false,
    problems: [
      'made: expected an ISO 8601 time in UTC',
      'owner.since: expected a whole number within ±2^53',
      'videos.1.title: expected a string',
      'videos.1.views: expected a whole number within ±2^53',
      'videos.2: expected a map',
      'videos.3: expected a map',
      'more.first: expected a map',
    ],
  });
  expect(playlists.read({ made: MADE, videos: { title: 't' } })).toEqual({
    ok: false,
    problems: ['videos: expected an array of maps'],
  });
});

describe('does not compile', () => {
  test('a record that lacks a policy, or one for another shape', () => {
    // @ts-expect-error -- `since` and `friends` have none
    const lacking: Policies<Playlist> = { ...fields, owner: record('owner', { email: drop('') }, '') };
    // @ts-expect-error -- `videos` is an array
    const one: Policies<Playlist> = { ...fields, videos: record('videos', video, '') };
    // @ts-expect-error -- `owner` is none
    const several: Policies<Playlist> = { ...fields, owner: records('owner', fields.owner.fields, '') };
    expect([lacking, one, several]).toHaveLength(3);
  });
});

describe('a pipeline that contradicts itself is refused', () => {
  const define = (change: object) => () => definePipeline({ ...declaration, ...change } as never);
  const kept = { params: { person: keep(text, 'person', 'Whose.') } };
  const erased = { when: { changed: { onDelete: 'delete' } } };
  test.each([
    [
      'two fields of one column in a record',
      { fields: { ...fields, owner: record('o', { a: keep(text, 'x', ''), b: keep(text, 'x', '') }, '') } },
      'two fields have the column "x"',
    ],
    ['a subject that is kept', kept, 'its subject would be told to BigQuery'],
    ['a public subject that is not kept', { subjectIsPublic: 'It is.' }, 'its subject is called public'],
    ['persons without a subject', { subject: null }, 'it has a subject and no re-identification'],
    ['a subject without persons', { reidentification: null }, 'it has a subject and no re-identification'],
    [
      'a key that a deleted document has not',
      { key: ['person', 'made'] },
      'a deleted document has the key of its path',
    ],
    [
      'rows that are erased by two parameters',
      {
        ...erased,
        document: 'people/{person}/lists/{list}',
        params: { ...declaration.params, list: keep(text, 'list', '') },
      },
      'rows are deleted by one parameter of the path',
    ],
  ])('%s', (_, change, problem) => {
    expect(define(change)).toThrow(`Cannot define pipeline "playlists": ${problem}`);
  });

  test('and one that says why its subject is public is not', () => {
    expect(define({ ...kept, subjectIsPublic: 'It is the id of a page.' })).not.toThrow();
    expect(define({ ...kept, ...erased, subject: null, reidentification: null })).not.toThrow();
  });
});
