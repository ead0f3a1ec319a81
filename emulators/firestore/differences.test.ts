// Each row of DIFFERENCES.md, as it can be seen from outside.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { FieldValue } from '@google-cloud/firestore';
import { describe, expect, test } from '@jest/globals';
import { withEmulator } from './testing/with-emulator.ts';

const suite = withEmulator();
const DATABASE = '/v1/projects/demo-local/databases/(default)';
const many = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const rows: Record<string, () => Promise<void>> = {
  async 'Security rules'() {
    const rules = { rules: { files: [{ name: 'security.rules', content: 'allow read, write: if true' }] } };
    const accepted = await suite.rest('PUT', '/emulator/v1/projects/demo-local:securityRules', rules);
    expect(accepted.body).toEqual({ issues: [] });
    const url = `http://127.0.0.1:${suite.emulator.port}${DATABASE}/documents/c/d`;
    expect((await fetch(url)).status).toBe(403);
    expect((await fetch(url, { headers: { authorization: 'Bearer someone' } })).status).toBe(403);
  },
  async Transactions() {
    const doc = suite.db.doc('c/d');
    let attempts = 0;
    await suite.db.runTransaction(async (transaction) => {
      await transaction.get(doc);
      // The plain write waits for no lock; the transaction is what is repeated.
      if (attempts++ === 0) await doc.set({ plain: true });
      transaction.set(doc, { n: 1 }, { merge: true });
    });
    expect([attempts, (await doc.get()).data()]).toEqual([2, { plain: true, n: 1 }]);
  },
  async 'Query conflicts'() {
    const c = suite.db.collection('c');
    await c.doc('a').set({ n: 1 });
    let attempts = 0;
    await suite.db.runTransaction(async (transaction) => {
      await transaction.get(c.orderBy('n').limit(1));
      if (attempts++ === 0) await c.doc('far').set({ n: 1000 });
      transaction.set(suite.db.doc('other/x'), {});
    });
    expect(attempts).toBe(2);
  },
  async 'Composite indexes'() {
    const query = suite.db
      .collection('c')
      .where('a', '==', 1)
      .where('b', '>', 1)
      .orderBy('b')
      .orderBy('z', 'desc');
    await expect(query.get()).resolves.toMatchObject({ empty: true });
  },
  async 'Index exemptions and limits'() {
    const list = many(40_001);
    await suite.db.doc('c/d').set({ list });
    expect((await suite.db.collection('c').where('list', 'array-contains', 40_000).get()).size).toBe(1);
  },
  async 'Reading the past'() {
    const { status, body } = await suite.rest(
      'GET',
      `${DATABASE}/documents/c/d?readTime=2020-01-01T00:00:00Z`,
    );
    expect([status, body]).toMatchObject([400, { error: { status: 'FAILED_PRECONDITION' } }]);
  },
  async '`NaN` in ranges'() {
    await suite.db.doc('c/nan').set({ n: Number.NaN });
    expect((await suite.db.collection('c').where('n', '<', 5).get()).size).toBe(1);
  },
  async '`findNearest`, explain, pipelines'() {
    const c = suite.db.collection('c');
    await c.doc('v').set({ v: FieldValue.vector([1, 2]) });
    const nearest = c.findNearest({
      vectorField: 'v',
      queryVector: [1],
      limit: 1,
      distanceMeasure: 'COSINE',
    });
    await expect(nearest.get()).rejects.toMatchObject({ code: 12 });
    await expect(c.explain()).rejects.toMatchObject({ code: 12 });
    await expect(callPipeline(suite.emulator.port)).resolves.toBe(12);
    expect((await suite.rest('POST', `${DATABASE}/documents:executePipeline`, {})).status).toBe(501);
    expect((await c.orderBy('v').get()).size).toBe(1);
  },
  async 'Listen and Write over REST (WebChannel)'() {
    for (const [method, url] of [
      ['POST', `${DATABASE}/documents:listen`],
      ['POST', `${DATABASE}/documents:write`],
      ['POST', '/google.firestore.v1.Firestore/Listen/channel?VER=8'],
    ] as const) {
      expect(await suite.rest(method, url, {})).toMatchObject({
        status: 501,
        body: { error: { status: 'UNIMPLEMENTED' } },
      });
    }
  },
  async 'TTL policies, backups, admin API'() {
    const fields = `${DATABASE}/collectionGroups/c/fields/ttl`;
    expect((await suite.rest('GET', fields)).status).toBe(501);
    expect((await suite.rest('POST', `${DATABASE}:exportDocuments`, {})).status).toBe(501);
  },
  async 'Rate limits'() {
    const doc = suite.db.doc('c/d');
    await Promise.all(many(50).map((n) => doc.set({ n })));
    suite.faults.add({
      service: 'firestore',
      method: 'GetDocument',
      status: 429,
      reason: 'RESOURCE_EXHAUSTED',
      count: 1,
    });
    expect((await suite.rest('GET', `${DATABASE}/documents/c/d`)).status).toBe(429);
  },
  async Durability() {
    await suite.db.doc('c/d').set({});
    await suite.emulator.clear();
    expect((await suite.db.listCollections()).length).toBe(0);
  },
};

/** Seen elsewhere: the first in listen/watch.test.ts, the second by the time that failing reads take here. */
const ELSEWHERE = ['Resume tokens', 'Failing reads'];

describe('every difference is seen by a test:', () => {
  test.each(Object.entries(rows))('%s', async (_, run) => {
    await expect(run()).resolves.toBeUndefined();
  });

  test('and none is listed without one', () => {
    const text = readFileSync(path.join(import.meta.dirname, 'DIFFERENCES.md'), 'utf8');
    const subjects = text
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .map((line) => line.split('|')[1]!.trim())
      .filter((subject) => subject !== 'Subject' && !subject.startsWith('---'));
    expect(subjects.toSorted()).toEqual([...Object.keys(rows), ...ELSEWHERE].toSorted());
  });
});

/** The code that a newer client gets, which knows the method. */
async function callPipeline(port: number): Promise<number | undefined> {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const call = client.makeServerStreamRequest(
    '/google.firestore.v1.Firestore/ExecutePipeline',
    (bytes: Buffer) => bytes,
    (bytes: Buffer) => bytes,
    Buffer.alloc(0),
  );
  const code = await new Promise<number | undefined>((resolve) => {
    call.on('error', (error: grpc.ServiceError) => resolve(error.code));
    call.on('end', () => resolve(undefined));
    call.resume();
  });
  client.close();
  return code;
}
