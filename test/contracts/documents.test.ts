import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { toRfc3339 } from '../../functions/pipelines/fields.ts';
import { createDocuments } from '../../functions/services/documents.ts';
import { ServiceError } from '../../functions/steps/service-error.ts';
import { documentsContract } from './documents.contract.ts';
import { FakeDocuments } from './fakes/documents.ts';
import { startFirestoreWithClient } from './firestore.ts';

documentsContract('fake', async () => {
  const documents = new FakeDocuments();
  return {
    documents,
    put: async (documentPath, data) => documents.put(documentPath, data),
    delete: async (documentPath) => documents.delete(documentPath),
    close: async () => {},
  };
});

documentsContract('Firestore on the emulator', async () => {
  const { firestore, stored, close } = await startFirestoreWithClient();
  return {
    documents: createDocuments(stored),
    async put(documentPath, data) {
      const { writeTime } = await firestore.doc(documentPath).set({ ...data });
      return toRfc3339(writeTime);
    },
    async delete(documentPath) {
      await firestore.doc(documentPath).delete();
    },
    close,
  };
});

const status = {
  state: 'synced',
  version: { updateTime: '2026-01-01T00:00:00.000001Z', contentHash: 'c' },
  error: null,
  retryCount: 0,
} as const;

test('firestore.rules keep from users exactly the fields that we write', async () => {
  const { firestore, stored, close } = await startFirestoreWithClient();
  try {
    const { writeTime } = await firestore.doc('users/u1/sessions/s1').set({});
    await createDocuments(stored).writeStatus('users/u1/sessions/s1', status, toRfc3339(writeTime));
    const written = Object.keys((await firestore.doc('users/u1/sessions/s1').get()).data() ?? {});

    const rules = readFileSync(path.join(__dirname, '..', '..', 'firestore.rules'), 'utf8');
    const list = /function syncFields\(\) \{\s*return \[([^\]]+)\]/.exec(rules)![1]!;
    const kept = Array.from(list.matchAll(/'(\w+)'/g), ([, field]) => field);
    expect(new Set(kept)).toEqual(new Set(written));
    expect(kept).toHaveLength(written.length);
  } finally {
    await close();
  }
});

test('an error of Firestore leaves the adapter without the path that it names', async () => {
  const { stored, faults, close } = await startFirestoreWithClient();
  try {
    const message = 'No access to users/taro-7f3a/sessions/s1';
    faults.add({
      service: 'firestore',
      method: 'BatchWrite',
      status: 403,
      reason: 'PERMISSION_DENIED',
      message,
      count: 1,
    });
    await expect(
      createDocuments(stored).writeStatus(
        'users/taro-7f3a/sessions/s1',
        status,
        '2026-01-01T00:00:00.000001Z',
      ),
    ).rejects.toEqual(new ServiceError({ service: 'firestore', operation: 'batchWrite', grpcCode: 7 }));
  } finally {
    await close();
  }
});
