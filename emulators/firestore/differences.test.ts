// Each row of DIFFERENCES.md, as it can be seen from outside.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { FieldValue } from '@google-cloud/firestore';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { ListenRequest, ListenResponse, ProtoTarget } from './listen/messages.ts';
import { firestoreService } from './protocol/protos.ts';
import { openStream } from './testing/open-stream.ts';
import { withEmulator } from './testing/with-emulator.ts';

const suite = withEmulator();
const DATABASE = '/v1/projects/demo-local/databases/(default)';
const OWNER = new grpc.Metadata();
OWNER.set('authorization', 'Bearer owner');

const clients: grpc.Client[] = [];
const connect = (): grpc.Client => {
  const client = new grpc.Client(`127.0.0.1:${suite.emulator.port}`, grpc.credentials.createInsecure());
  clients.push(client);
  return client;
};
afterAll(() => clients.forEach((client) => client.close()));

const documentOf = (project: string): string =>
  `http://127.0.0.1:${suite.emulator.port}${DATABASE.replace('demo-local', project)}/documents/c/d`;
const loadRules = (project: string, statement: string) =>
  suite.rest('PUT', `/emulator/v1/projects/${project}:securityRules`, {
    rules: {
      files: [
        {
          content: `rules_version = '2';
service cloud.firestore { match /databases/{database}/documents { match /c/{d} {
${statement} } } }`,
        },
      ],
    },
  });
const jwt = (claims: object): string =>
  `${[{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;

const many = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const rows: Record<string, () => Promise<void>> = {
  async 'Security rules'() {
    expect((await fetch(documentOf('without-rules'))).status).toBe(403);
    const refused = await loadRules('refused', 'allow get: if d.unheardOf();');
    expect(refused).toMatchObject({ status: 400, body: { error: { status: 'INVALID_ARGUMENT' } } });
    expect(JSON.stringify(refused.body)).toContain('firestore.rules:3:');
    expect((await fetch(documentOf('refused'))).status).toBe(403);
    expect(await loadRules('open', 'allow get;')).toEqual({ status: 200, body: { issues: [] } });
    expect((await fetch(documentOf('open'))).status).toBe(404);
  },
  async 'Lists under rules'() {
    await loadRules('lists', "allow list: if !('x' in resource.data);");
    expect((await fetch(documentOf('lists').replace('/c/d', '/c'))).status).toBe(403);
    await loadRules('lists', 'allow list: if request.query.limit <= 5;');
    expect((await fetch(documentOf('lists').replace('/c/d', '/c?pageSize=5'))).status).toBe(200);
  },
  async 'Tokens of users'() {
    await loadRules('tokens', "allow get: if request.auth.uid == 'u';");
    const unsigned = jwt({ sub: 'u' });
    for (const [token, status] of [
      [unsigned, 404],
      [`${unsigned}c2lnbmVk`, 404],
      [jwt({ sub: 'v' }), 403],
      [jwt({ user_id: 'u' }), 403],
      ['ya29.token', 403],
      ['someone', 403],
    ] as const) {
      const headers = { authorization: `Bearer ${token}` };
      expect([token, (await fetch(documentOf('tokens'), { headers })).status]).toEqual([token, status]);
    }
  },
  async Databases() {
    const unheardOf = '/v1/projects/unheard-of/databases/new/documents';
    expect(await suite.rest('POST', `${unheardOf}:listCollectionIds`, {})).toEqual({ status: 200, body: {} });
    expect((await suite.rest('POST', `${unheardOf}/c?documentId=d`, {})).status).toBe(200);
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
  async 'Enterprise edition'() {
    await expect(suite.db.doc('c/d').set({ v: { __int__: 1 } })).rejects.toMatchObject({ code: 3 });
    const call = connect().makeServerStreamRequest(
      '/google.firestore.v1.Firestore/ExecutePipeline',
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      Buffer.alloc(0),
    );
    expect((await ending(call)).code).toBe(12);
    expect((await suite.rest('POST', `${DATABASE}/documents:executePipeline`, {})).status).toBe(501);
  },
  async 'Vector search'() {
    const c = suite.db.collection('c');
    await c.doc('v').set({ v: FieldValue.vector([1, 2]) });
    await c.doc('zero').set({ v: FieldValue.vector([0, 0]) });
    const search: FirebaseFirestore.VectorQueryOptions = {
      vectorField: 'v',
      queryVector: [1, 2],
      limit: 9,
      distanceMeasure: 'COSINE',
    };
    expect((await c.where('no', '==', 'index').findNearest(search).get()).size).toBe(0);
    expect((await c.findNearest(search).get()).docs.map(({ id }) => id)).toEqual(['v']);
  },
  async 'Query explain'() {
    await Promise.all(many(3).map((n) => suite.db.doc(`c/${n}`).set({ n })));
    const query = suite.db.collection('c').where('n', '==', 1);
    const { metrics } = await query.explain({ analyze: true });
    expect(metrics.planSummary.indexesUsed[0]!['properties']).toBe('(n ASC, __name__ ASC)');
    // So few documents need no index here: all were looked at.
    expect(metrics.executionStats?.debugStats['index_entries_scanned']).toBe('3');
  },
  async 'Listen and Write over plain REST'() {
    for (const verb of ['listen', 'write']) {
      expect(await suite.rest('POST', `${DATABASE}/documents:${verb}`, {})).toMatchObject({
        status: 501,
        body: { error: { status: 'UNIMPLEMENTED' } },
      });
    }
  },
  async 'Pages in browsers'() {
    const allowed = async (origin: string): Promise<string | null> => {
      const url = `http://127.0.0.1:${suite.emulator.port}${DATABASE}/documents/c/d`;
      const { headers } = await fetch(url, { headers: { origin } });
      return headers.get('access-control-allow-origin');
    };
    expect(await allowed('http://localhost:3000')).toBe('http://localhost:3000');
    expect(await allowed('https://example.com')).toBeNull();
  },
  async 'Indexes and TTL policies of the admin API'() {
    const field = `${DATABASE}/collectionGroups/c/fields/expireAt`;
    await suite.rest('PATCH', `${field}?updateMask=ttlConfig`, { ttlConfig: {} });
    expect((await suite.rest('GET', field)).body).toMatchObject({ ttlConfig: { state: 'ACTIVE' } });
    await suite.db.doc('c/old').set({ expireAt: new Date(0) });
    expect((await suite.db.doc('c/old').get()).exists).toBe(true);
  },
  async 'Backups, admin API'() {
    expect((await suite.rest('GET', `${DATABASE}/collectionGroups/c/fields`)).status).toBe(501);
    expect((await suite.rest('POST', `${DATABASE}:exportDocuments`, {})).status).toBe(501);
  },
  async 'Resume tokens'() {
    const target = {
      documents: { documents: [`${DATABASE.slice('/v1/'.length)}/documents/c/d`] },
      targetId: 1,
    };
    await suite.db.doc('c/d').set({});
    const token = (await listenUntilCurrent(target)).resumeToken;
    expect((await listenUntilCurrent({ ...target, resumeToken: token })).kinds).toEqual(['ADD', 'CURRENT']);
    await suite.emulator.clear();
    expect((await listenUntilCurrent({ ...target, resumeToken: token })).kinds).toEqual([
      'ADD',
      'RESET',
      'documentDelete',
      'CURRENT',
    ]);
  },
  async 'Failing reads'() {
    const client = connect();
    const query = (): Promise<Ending> => {
      const { path: method, requestSerialize, responseDeserialize } = firestoreService['RunQuery']!;
      return ending(client.makeServerStreamRequest(method, requestSerialize, responseDeserialize, {}, OWNER));
    };
    expect(await query()).toEqual({ code: 3, hadHeaders: true });
    suite.faults.add({ service: 'firestore', method: 'RunQuery', status: 503, count: 1 });
    expect(await query()).toEqual({ code: 14, hadHeaders: false });
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
    expect(subjects.toSorted()).toEqual(Object.keys(rows).toSorted());
  });
});

interface Ending {
  readonly code: number | undefined;
  readonly hadHeaders: boolean;
}

/** How a call ends that is to fail. */
function ending(call: grpc.ClientReadableStream<unknown>): Promise<Ending> {
  return new Promise((resolve) => {
    let hadHeaders = false;
    call.on('metadata', () => (hadHeaders = true));
    call.on('error', (error: grpc.ServiceError) => resolve({ code: error.code, hadHeaders }));
    call.on('end', () => resolve({ code: undefined, hadHeaders }));
    call.resume();
  });
}

/** What a new Listen stream says of a target until it is current. */
async function listenUntilCurrent(
  addTarget: ProtoTarget,
): Promise<{ kinds: readonly string[]; resumeToken: Uint8Array }> {
  const stream = openStream<ListenRequest, ListenResponse>(suite.emulator.port, 'Listen');
  stream.send({ database: DATABASE.slice('/v1/'.length), addTarget });
  const kinds: string[] = [];
  for (;;) {
    const response = await stream.next();
    const kind =
      response.targetChange?.targetChangeType ??
      Object.keys(response).find((key) => key.startsWith('document'))!;
    kinds.push(kind);
    if (kind !== 'CURRENT') continue;
    stream.stop();
    return { kinds, resumeToken: response.targetChange!.resumeToken! };
  }
}
