// A collection of which every change is a row: changes, deletions under each policy, and what comes late or in another
// order, on fakes that keep the contracts of test/contracts.
import { beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { changesOf, FULL_CAMPAIGN, FULL_CHANNEL } from '../../test/contracts/channel-documents.ts';
import { createFakeContext, type FakeContext } from '../../test/contracts/fakes/context.ts';
import { campaigns } from '../pipelines/campaigns.ts';
import { msToRfc3339 } from '../pipelines/fields.ts';
import { influencers } from '../pipelines/influencers.ts';
import { text } from '../pipelines/kinds.ts';
import { pseudonymise } from '../pipelines/policy.ts';
import type { DocumentData, OnDelete, Pipeline } from '../pipelines/pipeline.ts';
import { contentHash } from '../steps/content-hash.ts';
import { deletionAfter } from '../steps/deletion.ts';
import type { WrittenDocument } from '../steps/document-event.ts';
import { failureId } from '../steps/ids.ts';
import { erasePersons } from './erase-persons.ts';
import { reconcile } from './reconcile/reconcile.ts';
import { requestErasure } from './request-erasure.ts';
import { retryFailure } from './retry-failure.ts';
import { syncDocument } from './sync-document.ts';

const PATH = 'influencers/UC花子';
const UNAVAILABLE = { httpStatus: 503, reasons: [{ reason: 'backendError' }] };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DELETED_AT = '2026-01-01T00:00:09Z';

const withPolicy = (onDelete: OnDelete): Pipeline => ({ ...influencers, when: { changed: { onDelete } } });

let fakes: FakeContext;
let pipeline: Pipeline;

function begin(of: Pipeline = influencers): void {
  pipeline = of;
  fakes = createFakeContext(undefined, [pipeline]);
}
beforeEach(() => begin());

/** The app writes, and the event that tells of it. */
function put(data: DocumentData, path = PATH): WrittenDocument {
  return { path, data, updateTime: fakes.documents.put(path, data) };
}

async function remove(path = PATH): Promise<WrittenDocument> {
  const before = await fakes.documents.get(path);
  fakes.documents.delete(path);
  return { path, data: undefined, deletion: deletionAfter(before!.updateTime, DELETED_AT) };
}

const deliver = (event: WrittenDocument) => syncDocument(fakes.context, pipeline, event);
const channel = (subscriber_count: number) => ({ ...FULL_CHANNEL, subscriber_count });
const rows = () => fakes.rowSink.rows(pipeline.table).map(({ json }) => json);
const failure = (path = PATH) => fakes.deadLetters.get(failureId(pipeline.name, path));

/** What the view shows: worked out here once more. */
function latest(): readonly Record<string, unknown>[] {
  const [column = ''] = pipeline.key;
  const newest = new Map<unknown, Record<string, unknown>>();
  for (const row of rows()) {
    const other = newest.get(row[column]);
    if (!other || String(other['source_updated_at']) < String(row['source_updated_at']))
      newest.set(row[column], row);
  }
  return [...newest.values()].filter((row) => (row['deleted_at'] ?? null) === null);
}
const shown = () => latest().map((row) => row['subscriber_count']);

/** As the queue does: until nothing is pending. */
async function retryAll(path = PATH): Promise<void> {
  for (let i = 0; i < 20; i++) {
    const found = await failure(path);
    if (found?.status !== 'pending') return;
    fakes.advance(MINUTE);
    await retryFailure(fakes.context, {
      method: 'POST',
      authorization: fakes.taskTokens.authorization(),
      body: { v: 1, failureId: failureId(pipeline.name, path), generation: found.generation },
    });
  }
  throw new Error('Still pending');
}

describe('every change', () => {
  test('is a row, and the newest is shown, also one that was there before', async () => {
    for (const count of [1, 2, 1]) await deliver(put(channel(count)));
    expect(rows()).toHaveLength(3);
    expect(shown()).toEqual([1]);
    await expect(fakes.documents.get(PATH)).resolves.toMatchObject({
      data: { bigquerySyncStatus: 'synced' },
    });
  });

  test('says what the policies leave of it', async () => {
    await deliver(put({ ...FULL_CHANNEL, phone: 'planted-7f3a' }));
    expect(latest()).toEqual([
      {
        channel_id: 'UC花子',
        channel_title: '花子の料理',
        description_length: 11,
        subscriber_count: 50_000,
        view_count: 1_000_000,
        video_count: 100,
        category: 'cooking',
        country: 'JP',
        language: 'ja',
        contact_email_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        ai_analysis: { engagement_rate: 0.045, content_quality_score: 0.8, brand_safety_score: 0.9 },
        status: 'active',
        created_at: '2026-01-01T09:30:00.123456Z',
        updated_at: '2026-01-02T00:00:00.000000Z',
        deleted_at: null,
        source_updated_at: expect.any(String),
        pseudonym_key_version: 1,
        synced_at: expect.any(String),
      },
    ]);
    expect(JSON.stringify([rows(), fakes.logs])).not.toMatch(/planted|contact@|@hanako|夕食/);
  });

  test('that comes after a newer one changes nothing for who reads', async () => {
    const [first, second] = [put(channel(1)), put(channel(2))];
    await deliver(second);
    await deliver(first);
    await deliver(first);
    expect(rows()).toHaveLength(3);
    expect(shown()).toEqual([2]);
  });
});

describe('a deletion', () => {
  test('is a row of the key and the time alone, and the channel is not shown any more', async () => {
    await deliver(put(channel(1)));
    await expect(deliver(await remove())).resolves.toBe('delivered');
    const [, gone] = rows();
    const told = Object.fromEntries(Object.entries(gone!).filter(([, cell]) => cell !== null));
    expect(told).toEqual({
      channel_id: 'UC花子',
      deleted_at: '2026-01-01T00:00:09.000000Z',
      source_updated_at: expect.any(String),
      pseudonym_key_version: 1,
      synced_at: expect.any(String),
    });
    expect(shown()).toEqual([]);
    expect(Object.keys(gone!)).toEqual(Object.keys(rows()[0]!));
  });

  test('does not hide what is created afterwards, in whatever order the two are told', async () => {
    for (const isOrdered of [true, false]) {
      begin();
      await deliver(put(channel(1)));
      const events = [await remove(), put(channel(2))];
      for (const event of isOrdered ? events : events.toReversed()) await deliver(event);
      expect(shown()).toEqual([2]);
      await deliver(await remove());
      expect(shown()).toEqual([]);
    }
  });

  test('hides a change that comes after it', async () => {
    const late = put(channel(1));
    await deliver(await remove());
    await deliver(late);
    expect(shown()).toEqual([]);
  });

  test('in an outage waits, and is told by the retry: the same row under the same id', async () => {
    await deliver(put(channel(1)));
    const deletion = await remove();
    fakes.rowSink.failNext('after', UNAVAILABLE); // stored, though nobody knows
    await expect(deliver(deletion)).resolves.toBe('retry');
    await retryAll();
    const [, stored, again] = fakes.rowSink.rows('influencers');
    expect(again!.insertId).toBe(stored!.insertId);
    expect({ ...again!.json, synced_at: '' }).toEqual({ ...stored!.json, synced_at: '' });
    expect(shown()).toEqual([]);
    await expect(failure()).resolves.toMatchObject({
      status: 'resolved',
      documentVersion: { contentHash: expect.stringMatching(/^deleted /) },
    });
  });

  test('that waits gives way to the document that was created meanwhile', async () => {
    await deliver(put(channel(1)));
    fakes.rowSink.failNext('before', UNAVAILABLE);
    await deliver(await remove());
    put(channel(2)); // its event has not come
    await retryAll();
    expect(shown()).toEqual([2]);
  });

  test('is told by the retry of a change, when that finds the document gone', async () => {
    await deliver(put(channel(1)));
    fakes.rowSink.failNext('before', UNAVAILABLE);
    await deliver(put(channel(2)));
    const deletion = await remove(); // its event is lost, or comes later
    await retryAll();
    expect(shown()).toEqual([]);
    await expect(failure()).resolves.toMatchObject({ status: 'resolved' });
    await deliver(deletion);
    expect(shown()).toEqual([]);
    await deliver(put(channel(3)));
    expect(shown()).toEqual([3]);
  });

  test('of a document that is older than all keys is told under the oldest', async () => {
    const key = (letters: string, from: string) => ({
      key: Buffer.alloc(33, letters).toString('base64'),
      from,
    });
    const keys = {
      '2': key('abcdefghijklmnop', '2026-06-01T00:00:00Z'),
      '3': key('qrstuvwxyz012345', '2026-09-01T00:00:00Z'),
    };
    fakes = createFakeContext(() => JSON.stringify({ active: 3, keys }), [pipeline]);
    put(channel(1));
    await expect(deliver(await remove())).resolves.toBe('delivered');
    expect(rows()).toMatchObject([{ channel_id: 'UC花子', pseudonym_key_version: 2 }]);
    await expect(deliver(put(channel(2)))).rejects.toThrow('older');
  });

  test('where rows are kept changes nothing, and ends what waits', async () => {
    begin(withPolicy('keep'));
    await deliver(put(channel(1)));
    fakes.rowSink.failNext('before', UNAVAILABLE);
    await deliver(put(channel(2)));
    await remove();
    await retryAll();
    expect(shown()).toEqual([1]);
    expect(Object.keys(rows()[0]!)).toContain('channel_id');
    await expect(failure()).resolves.toMatchObject({ status: 'abandoned', failureReason: 'source deleted' });
  });
});

describe('where a deletion takes the rows with it', () => {
  const CAMPAIGN = 'campaigns/c1';
  const now = () => msToRfc3339(fakes.context.now().getTime());
  const write = (data: DocumentData, path = CAMPAIGN) => {
    fakes.documents.put(path, data);
    return deliver({ path, data, updateTime: now() });
  };
  const erase = (path = CAMPAIGN) => {
    fakes.documents.delete(path);
    return deliver({ path, data: undefined, deletion: deletionAfter(now(), DELETED_AT) });
  };
  async function runFor(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += 15 * MINUTE) {
      fakes.advance(15 * MINUTE);
      await erasePersons(fakes.context);
    }
  }
  const receipts = async () => (await fakes.erasures.latest(10)).map(({ erasure }) => erasure);
  const budgets = () => latest().map((row) => row['budget']);
  beforeEach(() => begin(campaigns));

  test('it is hidden at once, and every row of it is gone when BigQuery lets them go, with a receipt', async () => {
    await write(FULL_CAMPAIGN);
    await write({ ...FULL_CAMPAIGN, budget: 1 });
    await write({ ...FULL_CAMPAIGN, budget: 2 }, 'campaigns/other');
    fakes.advance(MINUTE);
    await erase();
    expect(budgets()).toEqual([2]);
    expect(rows()).toHaveLength(4);
    await runFor(4 * HOUR);
    expect(rows()).toHaveLength(1);
    expect(budgets()).toEqual([2]);
    await expect(receipts()).resolves.toMatchObject([
      { id: null, subject: 'campaigns/{campaignId}', status: 'verified', rows: { campaigns: 3 } },
    ]);
  });

  test('it is asked for once, however often it is told', async () => {
    await write(FULL_CAMPAIGN);
    const deletion = { path: CAMPAIGN, data: undefined, deletion: deletionAfter(now()) } as const;
    fakes.documents.delete(CAMPAIGN);
    await Promise.all([deliver(deletion), deliver(deletion)]);
    await deliver(deletion);
    await expect(receipts()).resolves.toHaveLength(1);
  });

  test('what is created in its place stays', async () => {
    await write(FULL_CAMPAIGN);
    fakes.advance(MINUTE);
    await erase();
    fakes.advance(MINUTE);
    await write({ ...FULL_CAMPAIGN, budget: 7 });
    await runFor(4 * HOUR);
    expect(budgets()).toEqual([7]);
    expect(rows()).toHaveLength(1);
    await expect(receipts()).resolves.toMatchObject([{ status: 'verified' }]);
    await erase();
    expect(budgets()).toEqual([]);
    await runFor(4 * HOUR);
    expect(rows()).toEqual([]);
  });

  test('what comes late of it is not sent', async () => {
    await write(FULL_CAMPAIGN);
    const late = { path: CAMPAIGN, data: { ...FULL_CAMPAIGN, budget: 9 }, updateTime: now() };
    fakes.advance(MINUTE);
    await erase();
    await runFor(4 * HOUR);
    await expect(deliver(late)).resolves.toBe('erased');
    expect(rows()).toEqual([]);
  });

  test('in an outage the rows go all the same, and nothing is left that waits', async () => {
    await write(FULL_CAMPAIGN);
    fakes.advance(MINUTE);
    fakes.rowSink.failNext('before', UNAVAILABLE);
    await expect(erase()).resolves.toBe('retry');
    await runFor(4 * HOUR);
    expect(rows()).toEqual([]);
    expect(fakes.deadLetters.all()).toEqual([]);
    await expect(receipts()).resolves.toMatchObject([{ status: 'verified', failures: 1 }]);
  });

  test('a deletion that cannot be asked for comes again', async () => {
    await write(FULL_CAMPAIGN);
    const add = fakes.erasures.add.bind(fakes.erasures);
    fakes.erasures.add = () => Promise.reject(new Error('away'));
    await expect(erase()).rejects.toThrow('away');
    fakes.erasures.add = add;
    expect(budgets()).toEqual([FULL_CAMPAIGN.budget]);
    await erase();
    expect(budgets()).toEqual([]);
  });
});

test('a person whose id stands in rows as it is can be erased', async () => {
  const write = (path: string) =>
    deliver({ path, data: FULL_CHANNEL, updateTime: msToRfc3339(fakes.context.now().getTime()) });
  await write(PATH);
  await write('influencers/other');
  await requestErasure(fakes.context, { name: 'r1', subject: 'channelId', id: 'UC花子' });
  for (let i = 0; i < 20; i++) {
    fakes.advance(15 * MINUTE);
    await erasePersons(fakes.context);
  }
  expect(latest().map((row) => row['channel_id'])).toEqual(['other']);
  await expect(fakes.erasures.get('r1')).resolves.toMatchObject({
    erasure: { status: 'verified', rows: { influencers: 1 } },
  });
});

describe('a reconciliation', () => {
  const LIMITS = { maxReads: 10_000, verifyReads: 100, maxMs: 300_000, settleMs: 0, recentDays: 0 };
  const run = () => reconcile(fakes.context, pipeline, LIMITS);
  const at = (path: string, created_at: string) => ({ path, data: { ...FULL_CHANNEL, created_at } });
  beforeEach(() => fakes.advance(HOUR));

  test('sends what no event told of: a channel, and a change of one', async () => {
    await deliver(put(channel(1)));
    put(channel(2));
    const { path, data } = at('influencers/lost', '2025-06-01T00:00:00+00:00');
    fakes.documents.put(path, data);
    await run();
    await expect(run()).resolves.toMatchObject({ missing: 0, expected: 2, found: 2, extra: 0 });
    expect(new Set(shown())).toEqual(new Set([2, 50_000]));
  });

  test('counts no channel whose deletion was told', async () => {
    await deliver(put(channel(1)));
    await deliver(put(channel(2), 'influencers/b'));
    await deliver(await remove());
    await expect(run()).resolves.toMatchObject({ missing: 0, expected: 1, found: 1, extra: 0 });
  });

  test.each([0, 1, 30])('tells of a deletion that nobody told of, beside %i others', async (others) => {
    await deliver(put(channel(1)));
    for (let i = 0; i < others; i++) await deliver(put(channel(2), `influencers/other-${i}`));
    await remove();
    await expect(run()).resolves.toMatchObject({ missing: 1, healed: 1, expected: others, extra: 0 });
    expect(shown()).toEqual(Array.from({ length: others }, () => 2));
    await expect(run()).resolves.toMatchObject({ missing: 0, expected: others, found: others, extra: 0 });
    expect(rows()).toHaveLength(others + 2);
  });

  test('that is dry tells nothing', async () => {
    await deliver(put(channel(1)));
    await remove();
    const dry = await reconcile(fakes.context, pipeline, { ...LIMITS, dryRun: true });
    expect(dry).toMatchObject({ missing: 1, healed: 0 });
    expect(shown()).toEqual([1]);
  });

  test('leaves a deletion that waits to its retry', async () => {
    await deliver(put(channel(1)));
    fakes.rowSink.failNext('before', UNAVAILABLE);
    await deliver(await remove());
    await expect(run()).resolves.toMatchObject({ missing: 0, waiting: 1 });
    expect(rows()).toHaveLength(1);
    await retryAll();
    await expect(run()).resolves.toMatchObject({ missing: 0, waiting: 0, extra: 0 });
  });

  test('only counts rows whose path they do not tell, rows that are to be kept, and rows that would be erased', async () => {
    const hidden = {
      ...influencers,
      params: { channelId: pseudonymise(text, 'channel_id', 'Which.') },
      key: ['channel_id'],
    };
    for (const one of [hidden, withPolicy('keep'), withPolicy('delete')]) {
      begin(one);
      fakes.advance(HOUR);
      await deliver(put(channel(1)));
      await remove();
      await expect(run()).resolves.toMatchObject({ missing: 0, expected: 0, found: 1, extra: 1 });
      expect(rows()).toHaveLength(1);
      await expect(fakes.erasures.latest(10)).resolves.toEqual([]);
    }
  });

  test('takes no channel for gone that says another time now', async () => {
    await deliver(put(channel(1)));
    put({ ...channel(2), created_at: '2025-01-01T00:00:00Z' });
    await run();
    await expect(run()).resolves.toMatchObject({ missing: 0, expected: 1, found: 1, extra: 0 });
    expect(shown()).toEqual([2]);
  });

  test('sends what was created in the place of a channel that was deleted', async () => {
    await deliver(put(channel(1)));
    await deliver(await remove());
    put(channel(3));
    await run();
    expect(shown()).toEqual([3]);
  });
});

describe('whatever happens to a document', () => {
  const act = fc.oneof(
    { weight: 3, arbitrary: changesOf(FULL_CHANNEL).map((data) => ({ kind: 'put' as const, data })) },
    { weight: 1, arbitrary: fc.constant({ kind: 'delete' as const }) },
    { weight: 3, arbitrary: fc.nat().map((which) => ({ kind: 'deliver' as const, which })) },
  );
  const history = fc.array(act, { minLength: 1, maxLength: 20 });

  /** The versions that came to be, and whether each was told; some are told while others are still made. */
  async function happen(acts: readonly (typeof act extends fc.Arbitrary<infer One> ? One : never)[]) {
    const events: WrittenDocument[] = [];
    const told = new Set<WrittenDocument>();
    const tell = async (event: WrittenDocument | undefined) => {
      if (!event) return;
      told.add(event);
      await deliver(event).catch(() => undefined);
    };
    for (const one of acts) {
      if (one.kind === 'put') {
        const before = await fakes.documents.get(PATH);
        if (!before || contentHash(before.data) !== contentHash(one.data)) events.push(put(one.data));
      } else if (one.kind === 'deliver') await tell(events[one.which % events.length]);
      else if (await fakes.documents.get(PATH)) events.push(await remove());
    }
    return { events, told, tell };
  }

  const timeOf = (event: WrittenDocument) =>
    event.data === undefined ? event.deletion.updateTime : event.updateTime;
  const asShown = (data: DocumentData | undefined) =>
    data === undefined ? [] : [[data['subscriber_count'] ?? null, data['view_count'] ?? null]];
  const seen = () => latest().map((row) => [row['subscriber_count'], row['view_count']]);

  test('any events of it, in any order and number, show the newest of them', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.infiniteStream(fc.nat()), async (acts, picks) => {
        begin();
        const { events, told, tell } = await happen(acts);
        for (let i = 0; i < events.length; i++) await tell(events[picks.next().value! % events.length]);
        const newest = [...told].toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1))[0];
        expect(seen()).toEqual(asShown(newest?.data));
      }),
      { numRuns: 300 },
    );
  });

  test('all events of it, in any order and through any outage, show what it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.infiniteStream(fc.nat()),
        fc.array(fc.constantFrom('before' as const, 'after' as const), { maxLength: 6 }),
        async (acts, picks, outages) => {
          begin();
          for (const phase of outages) fakes.rowSink.failNext(phase, UNAVAILABLE);
          const { events, told, tell } = await happen(acts);
          const left = events.filter((event) => !told.has(event));
          while (left.length > 0) await tell(left.splice(picks.next().value! % left.length, 1)[0]);
          await retryAll();
          expect(seen()).toEqual(asShown((await fakes.documents.get(PATH))?.data));
        },
      ),
      { numRuns: 300 },
    );
  });
});
