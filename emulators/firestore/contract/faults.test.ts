// Which calls a fault hits, and what its client then sees.
import { describe, expect, test } from '@jest/globals';
import type { WriteRequest, WriteResponse } from '../rpc/write.ts';
import { collect } from '../testing/collect.ts';
import { openStream } from '../testing/open-stream.ts';
import { withEmulator } from '../testing/with-emulator.ts';

const suite = withEmulator();
const DOCUMENTS = '/v1/projects/demo-local/databases/(default)/documents';

function fail(method: string, match: string): void {
  suite.faults.add({ service: 'firestore', method, match, status: 403, reason: 'PERMISSION_DENIED' });
}

const denied = { code: 7 };

describe('a fault with a match hits only calls that name a path with the text:', () => {
  test('a commit, whatever it does with the document', async () => {
    fail('Commit', 'failures');
    const { db } = suite;
    await db.doc('sessions/s1').set({ failures: 'only a field' });
    await expect(db.doc('failures/f1').set({})).rejects.toMatchObject(denied);
    await expect(db.doc('failures/f1').delete()).rejects.toMatchObject(denied);
    await expect(
      db.batch().set(db.doc('a/b'), {}).create(db.doc('failures/f2'), {}).commit(),
    ).rejects.toMatchObject(denied);
    expect((await db.doc('a/b').get()).exists).toBe(false);
    expect(suite.faults.list()).toMatchObject([{ hits: 3 }]);
  });

  test('the same over REST', async () => {
    fail('*', '/failures');
    const name = (path: string): string => `${DOCUMENTS.slice('/v1/'.length)}/${path}`;
    const commit = async (path: string): Promise<number> =>
      (await suite.rest('POST', `${DOCUMENTS}:commit`, { writes: [{ update: { name: name(path) } }] }))
        .status;
    expect([await commit('failures/f'), await commit('sessions/s')]).toEqual([403, 200]);
    expect((await suite.rest('POST', `${DOCUMENTS}/failures`, {})).status).toBe(403);
    expect((await suite.rest('PATCH', `${DOCUMENTS}/failures/f`, {})).status).toBe(403);
    expect((await suite.rest('GET', `${DOCUMENTS}/failures`)).status).toBe(403);
    expect((await suite.rest('GET', `${DOCUMENTS}/sessions/s`)).status).toBe(200);
  });

  // Over REST, for the client repeats a read that fails before its headers, whatever the code.
  test('reads of documents, of collections and of groups', async () => {
    fail('*', '/failures');
    const call = async (verb: string, body: object): Promise<number> =>
      (await suite.rest('POST', `${DOCUMENTS}:${verb}`, body)).status;
    const query = (collectionId: string, allDescendants: boolean): object => ({
      structuredQuery: { from: [{ collectionId, allDescendants }] },
    });
    const documents = ['sessions/s', 'failures/f'].map((path) => `${DOCUMENTS.slice('/v1/'.length)}/${path}`);
    const count = { aggregations: [{ count: {} }], ...query('failures', false) };
    expect(await call('batchGet', { documents })).toBe(403);
    expect(await call('batchGet', { documents: documents.slice(0, 1) })).toBe(200);
    expect(await call('runQuery', query('failures', false))).toBe(403);
    expect(await call('runQuery', query('failures', true))).toBe(403);
    expect(await call('runQuery', query('sessions', true))).toBe(200);
    expect(await call('runAggregationQuery', { structuredAggregationQuery: count })).toBe(403);
  });
});

test('a fault hits the listener that it matches and no other, and the listener outlives it', async () => {
  suite.faults.add({ service: 'firestore', method: 'Listen', match: '/failures', status: 503, count: 1 });
  const open = (path: string) =>
    collect<FirebaseFirestore.DocumentSnapshot>((push, onError) =>
      suite.db.doc(path).onSnapshot(push, onError),
    );
  const session = open('sessions/s');
  expect((await session.next()).exists).toBe(false);
  expect(suite.faults.list()).toMatchObject([{ hits: 0 }]);
  const failure = open('failures/f');
  expect((await failure.next()).exists).toBe(false);
  expect(suite.faults.list()).toMatchObject([{ hits: 1 }]);
  await suite.db.doc('sessions/s').set({});
  expect((await session.next()).exists).toBe(true);
  session.stop();
  failure.stop();
});

test('a fault hits the request of a Write stream that it matches, and ends the stream', async () => {
  fail('Write', '/failures');
  const stream = openStream<WriteRequest, WriteResponse>(suite.emulator.port, 'Write');
  const database = 'projects/demo-local/databases/(default)';
  const set = (document: string): WriteRequest => ({
    writes: [{ operation: 'update', update: { name: `${database}/documents/${document}` } }],
  });
  stream.send({ database });
  expect((await stream.next()).streamId).toBeDefined();
  stream.send(set('sessions/s'));
  expect((await stream.next()).writeResults).toHaveLength(1);
  stream.send(set('failures/f'));
  await expect(stream.next()).rejects.toMatchObject(denied);
  expect((await suite.db.doc('failures/f').get()).exists).toBe(false);
  stream.stop();
});
