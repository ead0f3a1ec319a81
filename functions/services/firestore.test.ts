// Answers that no emulator gives on demand: what cannot be read is never taken for done. The rest of the promise is in
// the contracts of documents and dead letters, and in test/simulation.
import { expect, test } from '@jest/globals';
import { ServiceError } from '../steps/service-error.ts';
import { createFirestoreDocuments, type DocumentWrite } from './firestore.ts';
import type { GoogleApi } from './google-api.ts';

const write: DocumentWrite = { path: 'failures/a', data: { status: 'pending' }, expected: 'missing' };

/** Says the same to every request. */
function answering(body: unknown) {
  const requests: string[] = [];
  const api: GoogleApi = {
    async post(path) {
      requests.push(path.slice(path.lastIndexOf(':') + 1));
      return { status: 200, body, retryAfterSeconds: undefined };
    },
    get: () => Promise.reject(new Error('Cannot answer: documents are read by batchGet')),
    delete: () => Promise.reject(new Error('Cannot answer: documents are deleted by batchWrite')),
  };
  return { requests, documents: createFirestoreDocuments(api, { project: 'p', database: '(default)' }) };
}

const UNREADABLE = [undefined, null, 'done', [], {}];

test.each([...UNREADABLE, { status: [] }, { status: [{}, {}] }, { status: [null] }, { status: 'done' }])(
  'a write that is answered with %j does not count as done, and is not sent again',
  async (body) => {
    const { requests, documents } = answering(body);
    await expect(documents.write(write)).rejects.toThrow(
      /^Cannot tell whose result is whose$|batchWrite failed/,
    );
    expect(requests).toEqual(['batchWrite']);
  },
);

test.each([...UNREADABLE, { writeResults: 'done' }])(
  'a commit that is answered with %j does not count as done',
  async (body) => {
    const { documents } = answering(body);
    await expect(documents.commit([write])).rejects.toThrow(ServiceError);
  },
);

test.each([...UNREADABLE, [{ missing: 'projects/p/databases/(default)/documents/failures/b' }]])(
  'a document is not missing because its read is answered with %j',
  async (body) => {
    const { requests, documents } = answering(body);
    await expect(documents.get('failures/a')).rejects.toThrow(ServiceError);
    expect(requests).toEqual(['batchGet']);
  },
);
