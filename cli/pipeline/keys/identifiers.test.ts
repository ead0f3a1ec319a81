// Identifiers are found wherever a pipeline may have them, on the local Firestore.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import { definePipeline } from '../../../functions/pipelines/define-pipeline.ts';
import {
  freeText,
  integer,
  literal,
  optional,
  reference,
  text,
  texts,
  timestamp,
} from '../../../functions/pipelines/kinds.ts';
import { drop, keep, map, pseudonymise, record } from '../../../functions/pipelines/policy.ts';
import { sessions } from '../../../functions/pipelines/sessions.ts';
import type { Pipeline } from '../../../functions/pipelines/pipeline.ts';
import { createSyncedDocuments } from '../../../functions/services/synced-documents.ts';
import { startFirestoreWithClient } from '../../../test/contracts/firestore.ts';
import { identifiersOf } from './identifiers.ts';
import { tablesOf } from './pseudonymised.ts';

const lessons = definePipeline({
  name: 'lessons',
  document: 'studios/{studioId}/pupils/{pupilId}/lessons/{lessonId}',
  subject: 'pupilId',
  when: { completed: { field: 'state', equals: 'held' } },
  params: {
    studioId: keep(text, 'studio', 'where'),
    pupilId: pseudonymise(text, 'pupil', 'who'),
    lessonId: keep(text, 'lesson', 'key'),
  },
  fields: {
    state: keep(literal('held'), 'state', 'always'),
    at: keep(timestamp, 'at', 'when'),
    coach: pseudonymise(reference, 'coach', 'by whom'),
    locker: pseudonymise(optional(integer), 'locker', 'which'),
    more: map({ guests: pseudonymise(optional(texts), 'guests', 'with whom'), note: drop('typed') }),
    remark: pseudonymise(optional(freeText), 'remark', 'whether it is the same'),
  },
  table: 'lessons',
  key: ['pupil', 'lesson'],
  time: { field: 'at', column: 'at' },
  retentionDays: null,
  reidentification: { quasiIdentifiers: [], sensitive: 'studio', k: 5, published: [] },
});

let local: Awaited<ReturnType<typeof startFirestoreWithClient>>;
let firestore: Firestore;

beforeAll(async () => {
  local = await startFirestoreWithClient();
  ({ firestore } = local);
}, 60_000);
afterAll(() => local.close());

async function found(pipeline: Pipeline): Promise<string[]> {
  const all = [];
  for await (const { column, kind, value } of identifiersOf(
    firestore,
    createSyncedDocuments(local.connect),
    pipeline,
  )) {
    all.push(`${column} (${kind}): ${String(value)}`);
  }
  return [...new Set(all)].toSorted();
}

test('persons are found by the names of documents, also where only something below them is left', async () => {
  await firestore.doc('users/has-a-document').set({ name: '花子' });
  await firestore.doc('users/has-sessions-only/sessions/s1').set({ status: 'in_progress' });
  await firestore.doc('users/has-something-else/notes/n1').set({});
  await firestore.doc('users/deleted/sessions/s1').set({});
  await firestore.doc('users/deleted/sessions/s1').delete();
  await firestore.doc('teams/t1/users/of-another-path').set({});
  await expect(found(sessions)).resolves.toEqual([
    'user_id_hash (text): has-a-document',
    'user_id_hash (text): has-sessions-only',
    'user_id_hash (text): has-something-else',
  ]);
});

test('those of fields are found in completed documents, at every depth, each under its kind', async () => {
  const lesson = {
    state: 'held',
    at: Timestamp.fromMillis(0),
    coach: firestore.doc('coaches/c1'),
    locker: 7,
    more: { guests: ['g1', 'g2'], note: 'typed' },
    remark: null,
  };
  await firestore.doc('studios/north/pupils/p1/lessons/l1').set(lesson);
  await firestore
    .doc('studios/south/pupils/p2/lessons/l1')
    .set({ ...lesson, coach: firestore.doc('coaches/c2') });
  await firestore.doc('studios/south/pupils/p3/lessons/open').set({ ...lesson, state: 'planned', locker: 8 });
  await firestore.doc('studios/south/pupils/p4/lessons/malformed').set({ ...lesson, locker: 'nine' });
  await firestore.doc('elsewhere/x/lessons/l1').set({ ...lesson, locker: 10 });
  await expect(found(lessons)).resolves.toEqual([
    'coach (reference): coaches/c1',
    'coach (reference): coaches/c2',
    'guests (array of texts): g1,g2',
    'locker (integer): 7',
    'pupil (text): p1',
    'pupil (text): p2',
    'pupil (text): p3',
    'pupil (text): p4',
  ]);
});

test('more documents than a page are all read', async () => {
  const batch = firestore.batch();
  const lesson = {
    state: 'held',
    at: Timestamp.fromMillis(0),
    coach: firestore.doc('coaches/c1'),
    more: null,
  };
  for (let i = 0; i < 320; i++) {
    batch.set(firestore.doc(`studios/large/pupils/p1/lessons/l${i}`), { ...lesson, remark: `remark ${i}` });
  }
  await batch.commit();
  const remarks = (await found(lessons)).filter((one) => one.startsWith('remark'));
  expect(remarks).toHaveLength(320);
});

test('the columns of a table are those of all pipelines that write to it', () => {
  const notes = record('notes', { by: pseudonymise(text, 'by', 'who') }, 'kept');
  const trials = { ...lessons, name: 'trials', fields: { notes } };
  expect(tablesOf([sessions, lessons, trials])).toEqual([
    { name: 'sessions', columns: [{ name: 'user_id_hash', repeated: false }], records: [] },
    {
      name: 'lessons',
      columns: [
        { name: 'pupil', repeated: false },
        { name: 'coach', repeated: false },
        { name: 'locker', repeated: false },
        { name: 'guests', repeated: true },
        { name: 'remark', repeated: false },
      ],
      records: ['notes'],
    },
  ]);
});
