// What the two sides of a reconciliation promise: the completed documents of Firestore, and the rows of BigQuery.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Timestamp } from 'firebase-admin/firestore';
import type { DocumentData, Row } from '../../functions/pipelines/pipeline.ts';
import { influencers } from '../../functions/pipelines/influencers.ts';
import { sessions } from '../../functions/pipelines/sessions.ts';
import type { SyncedDocuments } from '../../functions/services/synced-documents.ts';
import type { RowIndex } from '../../functions/services/row-index.ts';
import type { RowSink } from '../../functions/services/row-sink.ts';
import { FULL_CHANNEL } from './channel-documents.ts';
import { FULL_SESSION } from './session-documents.ts';

export interface SyncedDocumentsHarness {
  readonly documents: SyncedDocuments;
  put(path: string, data: DocumentData): Promise<string>;
  close(): Promise<void>;
}

const DAY = Date.UTC(2026, 0, 1);
const at = (ms: number) => Timestamp.fromMillis(DAY + ms);
const session = (createdAt: unknown, status = 'completed') => ({ ...FULL_SESSION, status, createdAt });

export function syncedDocumentsContract(name: string, create: () => Promise<SyncedDocumentsHarness>): void {
  describe(`the completed documents: ${name}`, () => {
    let harness: SyncedDocumentsHarness;
    let documents: SyncedDocuments;
    beforeEach(async () => {
      harness = await create();
      documents = harness.documents;
      await harness.put('users/b/sessions/s2', session(at(2_000)));
      await harness.put('users/a/sessions/s1', session(at(1_000)));
      await harness.put('users/花子/sessions/s3', session(at(3_000)));
      await harness.put('users/a/sessions/open', session(at(1_500), 'active'));
      await harness.put('users/a/sessions/null', session(null));
      await harness.put('users/a/sessions/text', session('yesterday'));
      await harness.put('users/a/other/s9', session(at(1_000)));
      const { createdAt: _, ...timeless } = session(undefined);
      await harness.put('users/a/sessions/timeless', timeless);
    });
    afterEach(() => harness.close());

    const count = (from: number | null, to: number | null) =>
      documents.count(sessions, {
        from: from === null ? null : DAY + from,
        to: to === null ? null : DAY + to,
      });
    const idsOf = (found: readonly { readonly path: string }[]) =>
      found.map(({ path }) => path.split('/').at(-1));
    const read = async (from: number | null, to: number | null, pageSize: number) => {
      const pages: (string | undefined)[][] = [];
      const range = { from: from === null ? null : DAY + from, to: to === null ? null : DAY + to };
      for await (const page of documents.pages(sessions, range, pageSize)) pages.push(idsOf(page));
      return pages;
    };

    test('are counted from inclusive to exclusive', async () => {
      await expect(count(1_000, 3_000)).resolves.toBe(2);
      await expect(count(1_001, 3_001)).resolves.toBe(2);
      await expect(count(5_000, 6_000)).resolves.toBe(0);
    });

    test('are counted with what is no time where the range is open', async () => {
      await expect(count(null, 2_000)).resolves.toBe(2);
      await expect(count(2_000, null)).resolves.toBe(3);
      await expect(count(null, null)).resolves.toBe(5);
    });

    test('come in pages, in the order of their times', async () => {
      await expect(read(0, 10_000, 2)).resolves.toEqual([['s1', 's2'], ['s3']]);
      await expect(read(null, null, 10)).resolves.toEqual([['null', 's1', 's2', 's3', 'text']]);
      await expect(read(5_000, 6_000, 10)).resolves.toEqual([]);
    });

    test('come with their data and update time', async () => {
      const updateTime = await harness.put('users/c/sessions/s7', session(at(7_000)));
      for await (const page of documents.pages(sessions, { from: DAY + 7_000, to: null }, 1)) {
        expect(page).toEqual([{ path: 'users/c/sessions/s7', data: session(at(7_000)), updateTime }]);
        break;
      }
    });

    test('come by their paths too, also those without a time', async () => {
      const first = await documents.after(sessions, undefined, 4);
      expect(idsOf(first)).toEqual(['null', 's1', 'text', 'timeless']);
      const next = await documents.after(sessions, first.at(-1)!.path, 4);
      expect(idsOf(next)).toEqual(['s2', 's3']);
      await expect(documents.after(sessions, next.at(-1)!.path, 4)).resolves.toEqual([]);
    });
  });
}

/** Documents at the top, whatever their state, whose time is text. */
export function changedDocumentsContract(name: string, create: () => Promise<SyncedDocumentsHarness>): void {
  describe(`the documents of a pipeline of changes: ${name}`, () => {
    let harness: SyncedDocumentsHarness;
    let documents: SyncedDocuments;
    const channel = (created_at: unknown) => ({ ...FULL_CHANNEL, created_at });
    beforeEach(async () => {
      harness = await create();
      documents = harness.documents;
      await harness.put('influencers/a', channel('2026-01-01T00:00:59.999999+00:00'));
      await harness.put('influencers/b', channel('2026-01-01T00:01:00+00:00'));
      await harness.put('influencers/c', channel('2026-01-01T00:01:00Z'));
      await harness.put('influencers/花子', channel('2026-01-01T00:01:59.5Z'));
      await harness.put('influencers/e', channel('2026-01-01T00:02:00+00:00'));
      await harness.put('influencers/null', channel(null));
      await harness.put('agencies/x/influencers/elsewhere', channel('2026-01-01T00:01:00Z'));
    });
    afterEach(() => harness.close());
    const MINUTE_1 = { from: DAY + 60_000, to: DAY + 120_000 };
    const idsOf = (found: readonly { readonly path: string }[]) => found.map(({ path }) => path);

    test('are counted from inclusive to exclusive, to the second that a text begins with', async () => {
      await expect(documents.count(influencers, MINUTE_1)).resolves.toBe(3);
      await expect(documents.count(influencers, { from: null, to: DAY + 60_000 })).resolves.toBe(2);
      await expect(documents.count(influencers, { from: DAY + 120_000, to: null })).resolves.toBe(1);
      await expect(documents.count(influencers, { from: null, to: null })).resolves.toBe(6);
    });

    test('come by their times, and by their paths, and from no other collection of that name', async () => {
      const pages = [];
      for await (const page of documents.pages(influencers, MINUTE_1, 10)) pages.push(...idsOf(page));
      expect(new Set(pages)).toEqual(new Set(['influencers/b', 'influencers/c', 'influencers/花子']));
      const all = await documents.after(influencers, undefined, 10);
      expect(idsOf(all)).toEqual([
        'influencers/a',
        'influencers/b',
        'influencers/c',
        'influencers/e',
        'influencers/null',
        'influencers/花子',
      ]);
    });
  });
}

export interface RowIndexHarness {
  readonly rowSink: RowSink;
  readonly rowIndex: RowIndex;
  close(): Promise<void>;
}

const MINUTE = 60_000;

const CELLS = {
  user_id_hash: 'u1',
  exercise_type: 'squat',
  status: 'completed',
  start_time: '2026-01-01T00:00:00Z',
  pseudonym_key_version: 1,
  warnings: [],
  synced_at: '2026-01-05T00:00:01.000Z',
};

export function rowIndexContract(name: string, create: () => Promise<RowIndexHarness>): void {
  describe(`the index of rows: ${name}`, () => {
    let harness: RowIndexHarness;
    let index: RowIndex;
    let inserts = 0;
    const insert = (user: string, session_id: string, createdMs: number, version: number) =>
      harness.rowSink.insert('sessions', {
        insertId: String(++inserts),
        json: {
          ...CELLS,
          user_id_hash: user,
          session_id,
          created_at: new Date(DAY + createdMs).toISOString(),
          source_updated_at: `2026-01-05T00:00:00.00000${version}Z`,
        } as unknown as Row,
      });
    beforeEach(async () => {
      harness = await create();
      index = harness.rowIndex;
      await insert('u1', 's1', 1_000, 1);
      await insert('u1', 's1', 1_000, 1); // a raw duplicate
      await insert('u2', 's1', 2_000, 1); // another person's session of the same id
      await insert('u1', 's2', 5 * MINUTE + 7, 1);
      await insert('u1', 's3', 30 * 60 * MINUTE, 2);
      await insert('u1', 's3', 1_000, 1); // an older version under another time
    });
    afterEach(() => harness.close());

    test('counts keys, each at the time of its newest version', async () => {
      const all = { from: null, to: null };
      await expect(index.count(sessions, 'day', all)).resolves.toEqual(
        new Map([
          [DAY, 3],
          [DAY + 24 * 60 * MINUTE, 1],
        ]),
      );
      const day = { from: DAY, to: DAY + 24 * 60 * MINUTE };
      await expect(index.count(sessions, 'minute', day)).resolves.toEqual(
        new Map([
          [DAY, 2],
          [DAY + 5 * MINUTE, 1],
        ]),
      );
      await expect(index.count(sessions, 'day', { from: DAY - 5 * MINUTE, to: DAY })).resolves.toEqual(
        new Map(),
      );
    });

    test('looks at no partition from long before the times that it counts', async () => {
      const insertUpdated = (session_id: string, source_updated_at: string) =>
        harness.rowSink.insert('sessions', {
          insertId: session_id,
          json: {
            ...CELLS,
            session_id,
            source_updated_at,
            created_at: '2026-03-10T00:00:00Z',
          } as unknown as Row,
        });
      await insertUpdated('before its time', '2026-03-01T00:00:00.000000Z');
      await insertUpdated('a clock ahead', '2026-03-08T00:00:00.000000Z');
      await insertUpdated('as it should be', '2026-03-12T00:00:00.000000Z');
      const march = Date.UTC(2026, 2, 10);
      await expect(index.count(sessions, 'day', { from: march, to: null })).resolves.toEqual(
        new Map([[march, 2]]),
      );
      const all = await index.count(sessions, 'day', { from: null, to: null });
      expect(all.get(march)).toBe(3);
    });

    test('finds keys with their newest version and its time', async () => {
      const found = await index.find(sessions, [
        ['u1', 's3'],
        ['u2', 's1'],
        ['u2', 's2'], // both cells exist, but not together
        ['nobody', 's1'],
      ]);
      expect([...found].toSorted((a, b) => (a.version < b.version ? -1 : 1))).toEqual([
        { key: ['u2', 's1'], version: '2026-01-05T00:00:00.000001Z', timeMs: DAY + 2_000 },
        { key: ['u1', 's3'], version: '2026-01-05T00:00:00.000002Z', timeMs: DAY + 30 * 60 * MINUTE },
      ]);
      await expect(index.find(sessions, [])).resolves.toEqual([]);
    });
  });
}

/** Of the rows of a pipeline that tells of deletions. */
export function deletedRowsContract(name: string, create: () => Promise<RowIndexHarness>): void {
  describe(`the index of rows that tell of deletions: ${name}`, () => {
    let harness: RowIndexHarness;
    beforeEach(async () => {
      harness = await create();
    });
    afterEach(() => harness.close());

    test('counts no key whose newest row tells of a deletion, and finds it without a time', async () => {
      const insertChannel = (channel_id: string, micros: number, deleted_at: string | null) =>
        harness.rowSink.insert('influencers', {
          insertId: `${channel_id}${micros}`,
          json: {
            channel_id,
            created_at: deleted_at === null ? '2026-01-01T00:00:00Z' : null,
            deleted_at,
            source_updated_at: `2026-01-05T00:00:00.00000${micros}Z`,
            pseudonym_key_version: 1,
            synced_at: '2026-01-05T00:00:01.000Z',
          } as unknown as Row,
        });
      await insertChannel('there', 1, null);
      await insertChannel('gone', 1, null);
      await insertChannel('gone', 2, '2026-01-05T00:00:00Z');
      await insertChannel('back', 3, null);
      await insertChannel('back', 2, '2026-01-05T00:00:00Z');
      const all = { from: null, to: null };
      await expect(harness.rowIndex.count(influencers, 'day', all)).resolves.toEqual(new Map([[DAY, 2]]));
      const there = await harness.rowIndex.within(influencers, { from: DAY, to: DAY + 1 });
      expect(new Set(there.map(({ key, version }) => `${key[0]} ${version}`))).toEqual(
        new Set(['there 2026-01-05T00:00:00.000001Z', 'back 2026-01-05T00:00:00.000003Z']),
      );
      await expect(harness.rowIndex.within(influencers, { from: DAY + 1, to: null })).resolves.toEqual([]);
      const found = await harness.rowIndex.find(influencers, [['there'], ['gone'], ['back'], ['unknown']]);
      expect([...found].toSorted((a, b) => (a.key[0]! < b.key[0]! ? -1 : 1))).toEqual([
        { key: ['back'], version: '2026-01-05T00:00:00.000003Z', timeMs: DAY },
        { key: ['gone'], version: '2026-01-05T00:00:00.000002Z', timeMs: null },
        { key: ['there'], version: '2026-01-05T00:00:00.000001Z', timeMs: DAY },
      ]);
    });
  });
}
