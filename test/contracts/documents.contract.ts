// What every access to the source documents promises: only our own fields are written, and never an older word
// over a newer one.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { toRfc3339 } from '../../functions/pipelines/fields.ts';
import type { DocumentData } from '../../functions/pipelines/pipeline.ts';
import type { Documents } from '../../functions/services/documents.ts';
import { contentHash } from '../../functions/steps/content-hash.ts';
import type { SyncStatus } from '../../functions/steps/sync-status.ts';
import { FULL_SESSION } from './session-documents.ts';
import { reason } from '../../functions/pipelines/reason.ts';

export interface DocumentsHarness {
  readonly documents: Documents;
  /** Writes the whole document, as an app does. Resolves to its update time. */
  put(path: string, data: DocumentData): Promise<string>;
  delete(path: string): Promise<void>;
  close(): Promise<void>;
}

const PATH = 'users/花子@example.com/sessions/s1';
const version = (n: number) => ({
  updateTime: `2026-01-01T00:00:00.00000${n}Z`,
  contentHash: contentHash(FULL_SESSION),
});

const synced: SyncStatus = { state: 'synced', version: version(2), error: null, retryCount: 0 };
const failed: SyncStatus = { state: 'failed', version: version(2), error: reason`http 503`, retryCount: 1 };

/** Times as text: the values of a client have classes of its own. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if ('seconds' in value && 'nanoseconds' in value)
    return toRfc3339(value as Parameters<typeof toRfc3339>[0]);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}

export function documentsContract(name: string, create: () => Promise<DocumentsHarness>): void {
  describe(`the documents: ${name}`, () => {
    let harness: DocumentsHarness;
    let documents: Documents;
    beforeEach(async () => {
      harness = await create();
      documents = harness.documents;
    });
    afterEach(() => harness.close());

    const read = async () => plain((await documents.get(PATH))?.data);

    test('are read with their update time, to the microsecond', async () => {
      await expect(documents.get(PATH)).resolves.toBeUndefined();
      const updateTime = await harness.put(PATH, FULL_SESSION);
      await expect(documents.get(PATH)).resolves.toMatchObject({ updateTime });
      await expect(read()).resolves.toEqual(plain(FULL_SESSION));
      expect(updateTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    });

    test('get their status on our own fields alone', async () => {
      const seen = await harness.put(PATH, FULL_SESSION);
      await documents.writeStatus(PATH, synced, seen);
      await expect(read()).resolves.toEqual({
        ...(plain(FULL_SESSION) as object),
        bigquerySyncStatus: 'synced',
        bigquerySyncError: null,
        bigquerySyncRetryCount: 0,
        bigquerySyncVersion: version(2),
        bigquerySyncedAt: expect.stringMatching(/Z$/),
      });
    });

    test('do not say when they were synced before they are', async () => {
      const seen = await harness.put(PATH, FULL_SESSION);
      await documents.writeStatus(PATH, failed, seen);
      await expect(read()).resolves.toEqual({
        ...(plain(FULL_SESSION) as object),
        bigquerySyncStatus: 'failed',
        bigquerySyncError: 'http 503',
        bigquerySyncRetryCount: 1,
        bigquerySyncVersion: version(2),
      });
    });

    test('keep the hash of their content when their status is written; the update time moves on', async () => {
      const seen = await harness.put(PATH, FULL_SESSION);
      const before = contentHash((await documents.get(PATH))!.data);
      await documents.writeStatus(PATH, failed, seen);
      const after = (await documents.get(PATH))!;
      expect(contentHash(after.data)).toBe(before);
      expect(after.updateTime > seen).toBe(true);
    });

    test('are not brought back by a status when they are deleted', async () => {
      const seen = await harness.put(PATH, FULL_SESSION);
      await harness.delete(PATH);
      await documents.writeStatus(PATH, synced, seen);
      await expect(read()).resolves.toBeUndefined();
    });

    test('that were written since they were seen get the status when their content is the same', async () => {
      const seen = await harness.put(PATH, FULL_SESSION);
      await harness.put(PATH, { ...FULL_SESSION });
      await documents.writeStatus(PATH, synced, seen);
      await expect(read()).resolves.toMatchObject({ bigquerySyncStatus: 'synced' });
    });

    test('that hold something else since they were seen do not get the status', async () => {
      const seen = await harness.put(PATH, FULL_SESSION);
      await harness.put(PATH, { ...FULL_SESSION, repCount: 99 });
      const changed = await documents.get(PATH);
      await documents.writeStatus(PATH, synced, seen);
      await expect(documents.get(PATH)).resolves.toEqual(changed);
    });

    test.each<[string, SyncStatus, SyncStatus]>([
      ['an older version', { ...failed, version: version(3) }, synced],
      ['a slower failure of what is synced', synced, failed],
      ['an earlier attempt', { ...failed, retryCount: 3 }, failed],
    ])('do not take the word of %s', async (_, first, late) => {
      const seen = await harness.put(PATH, FULL_SESSION);
      await documents.writeStatus(PATH, first, seen);
      const before = await documents.get(PATH);
      await documents.writeStatus(PATH, late, seen);
      await expect(documents.get(PATH)).resolves.toEqual(before);
    });

    test.each<[string, SyncStatus, SyncStatus]>([
      ['a newer version', synced, { ...failed, version: version(3) }],
      ['a success after a failure', failed, synced],
      ['a later attempt', failed, { ...failed, state: 'abandoned', retryCount: 10, error: reason`spent` }],
    ])('take the word of %s', async (_, first, late) => {
      const seen = await harness.put(PATH, FULL_SESSION);
      await documents.writeStatus(PATH, first, seen);
      await documents.writeStatus(PATH, late, seen);
      await expect(read()).resolves.toMatchObject({
        bigquerySyncStatus: late.state,
        bigquerySyncError: late.error,
        bigquerySyncRetryCount: late.retryCount,
        bigquerySyncVersion: late.version,
      });
    });

    test('end up synced when a success and failures write at once', async () => {
      const seen = await harness.put(PATH, FULL_SESSION);
      const words = [failed, { ...failed, retryCount: 2 }, synced, { ...failed, retryCount: 3 }];
      await Promise.all(words.map((status) => documents.writeStatus(PATH, status, seen)));
      await expect(read()).resolves.toMatchObject({ bigquerySyncStatus: 'synced', bigquerySyncError: null });
    });
  });
}
