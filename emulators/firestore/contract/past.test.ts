// Reading lists as they were.
import { expect, test } from '@jest/globals';
import { withEmulator } from '../testing/with-emulator.ts';

const suite = withEmulator();
const DOCUMENTS = '/v1/projects/demo-local/databases/(default)/documents';

test('collections and missing documents are listed as of the time that is asked for', async () => {
  await suite.db.doc('c/kept/old/x').set({});
  const { writeTime } = await suite.db.doc('c/gone/old/x').set({});
  await suite.db.doc('c/gone/old/x').delete();
  await suite.db.doc('c/kept/new/x').set({});
  await suite.db.doc('later/x').set({});
  const list = async (parent: string, readTime?: string): Promise<unknown> =>
    (await suite.rest('POST', `${DOCUMENTS}${parent}:listCollectionIds`, { readTime })).body;
  const missing = async (query: string): Promise<unknown> =>
    (await suite.rest('GET', `${DOCUMENTS}/c?showMissing=true${query}`)).body;
  const named = (...ids: string[]): object => ({
    documents: ids.map((id) => ({ name: expect.stringMatching(`/c/${id}$`) as unknown })),
  });
  const past = writeTime
    .toDate()
    .toISOString()
    .replace(/Z$/, `${String(writeTime.nanoseconds).padStart(9, '0').slice(3, 6)}Z`);

  expect(await list('')).toEqual({ collectionIds: ['c', 'later'] });
  expect(await list('/c/kept')).toEqual({ collectionIds: ['new', 'old'] });
  expect(await missing('')).toEqual(named('kept'));
  expect(await list('', past)).toEqual({ collectionIds: ['c'] });
  expect(await list('/c/kept', past)).toEqual({ collectionIds: ['old'] });
  expect(await missing(`&readTime=${past}`)).toEqual(named('gone', 'kept'));
  expect(await list('', '2100-01-01T00:00:00Z')).toMatchObject({ error: { status: 'INVALID_ARGUMENT' } });
});
