// The reconciliation, on fakes that keep the contracts of test/contracts.
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { Timestamp } from 'firebase-admin/firestore';
import * as fc from 'fast-check';
import { createFakeContext, FAKE_SCOPE, type FakeContext } from '../../../test/contracts/fakes/context.ts';
import { FULL_SESSION } from '../../../test/contracts/session-documents.ts';
import type { DocumentData } from '../../pipelines/pipeline.ts';
import { sessions } from '../../pipelines/sessions.ts';
import { failureId } from '../../steps/ids.ts';
import { createPseudonymKey, parseKeyring } from '../../steps/pseudonym-key.ts';
import type { ReconcileLimits } from '../../steps/reconcile-report.ts';
import { retryFailure } from '../retry-failure.ts';
import { syncDocument } from '../sync-document.ts';
import { reconcile } from './reconcile.ts';

const UNAVAILABLE = { httpStatus: 503, reasons: [{ reason: 'backendError' }] };
const LIMITS: ReconcileLimits = {
  maxReads: 10_000,
  verifyReads: 0,
  maxMs: 300_000,
  settleMs: 900_000,
  recentDays: 0,
};
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const START = Date.UTC(2025, 0, 1);

let fakes: FakeContext;
beforeEach(() => {
  fakes = createFakeContext();
  fakes.advance(60 * MINUTE); // what is written below is an hour old
});

const pathOf = (name: string) => `users/花子/sessions/${name}`;
const session = (createdMs = 0, change: DocumentData = {}): DocumentData => ({
  ...FULL_SESSION,
  createdAt: Timestamp.fromMillis(START + createdMs),
  ...change,
});
/** Completed, and no event ever came. */
const complete = (name: string, data: DocumentData = session()) => fakes.documents.put(pathOf(name), data);
/** Completed, and the event came. */
async function sync(name: string, data: DocumentData = session()): Promise<void> {
  const updateTime = complete(name, data);
  await syncDocument(fakes.context, sessions, { path: pathOf(name), data, updateTime });
}
const run = (limits: Partial<ReconcileLimits> = {}) =>
  reconcile(fakes.context, sessions, { ...LIMITS, ...limits });
const sent = () => fakes.rowSink.rows('sessions').map(({ json }) => json['session_id']);
const statusOf = async (name: string) =>
  (await fakes.documents.get(pathOf(name)))?.data['bigquerySyncStatus'];

describe('when all is well', () => {
  test('it costs one read, and sends nothing', async () => {
    for (const name of ['s1', 's2', 's3']) await sync(name);
    const before = sent();
    await expect(run()).resolves.toMatchObject({
      complete: true,
      expected: 3,
      found: 3,
      missing: 0,
      healed: 0,
      extra: 0,
      reads: 1,
    });
    expect(sent()).toEqual(before);
    expect(fakes.logs.at(-1)).toMatchObject({ severity: 'INFO', message: 'Reconciled', reads: 1 });
  });

  test('it costs a read per 1,000 documents, and few more', async () => {
    for (let i = 0; i < 5_000; i++) await sync(`s${i}`, session(i * 17 * MINUTE));
    const { reads, expected, found } = await run();
    expect({ expected, found }).toEqual({ expected: 5_000, found: 5_000 });
    expect(reads).toBeLessThanOrEqual(6);
  });

  test('an empty project costs one read', async () => {
    await expect(run({ verifyReads: 100 })).resolves.toMatchObject({ complete: true, expected: 0, reads: 2 });
  });
});

describe('a document whose event never came', () => {
  test('is found and sent, and the next run finds nothing', async () => {
    await sync('s1');
    complete('s2');
    await expect(run()).resolves.toMatchObject({ expected: 2, found: 1, missing: 1, healed: 1 });
    expect(sent()).toEqual(['s1', 's2']);
    await expect(statusOf('s2')).resolves.toBe('synced');
    expect(fakes.logs.at(-1)).toMatchObject({
      severity: 'WARNING',
      message: 'Documents were missing in BigQuery',
      missing: 1,
      healed: 1,
    });
    await expect(run()).resolves.toMatchObject({ expected: 2, found: 2, missing: 0, reads: 1 });
  });

  test('is sent as the trigger would have sent it', async () => {
    const updateTime = complete('s1');
    await run();
    await syncDocument(fakes.context, sessions, { path: pathOf('s1'), data: session(), updateTime });
    const [healed, late] = fakes.rowSink.rows('sessions');
    expect(late).toEqual(healed);
  });

  test('is found among thousands, for few reads', async () => {
    const missing = new Set([1_234, 3_500, 3_501]);
    for (let i = 0; i < 5_000; i++) {
      if (missing.has(i)) complete(`s${i}`, session(i * 7 * MINUTE));
      else await sync(`s${i}`, session(i * 7 * MINUTE));
    }
    const { reads, ...report } = await run();
    expect(report).toMatchObject({ expected: 5_000, found: 4_997, missing: 3, healed: 3 });
    expect(reads).toBeLessThan(80);
    await expect(run()).resolves.toMatchObject({ missing: 0, expected: 5_000, found: 5_000 });
  });

  test('is found at a time at which BigQuery has nothing, and at no time at all', async () => {
    await sync('s1');
    complete('before', session(-400 * DAY));
    complete('after', session(400 * DAY));
    complete('no time', session(0, { createdAt: 'yesterday' }));
    await expect(run()).resolves.toMatchObject({ expected: 4, missing: 3, healed: 2, abandoned: 1 });
    expect(new Set(sent())).toEqual(new Set(['after', 'before', 's1']));
    await expect(fakes.deadLetters.get(failureId('sessions', pathOf('no time')))).resolves.toMatchObject({
      status: 'abandoned',
      failureReason: 'document invalid: createdAt: expected a timestamp',
    });
    await expect(run()).resolves.toMatchObject({ missing: 0, abandoned: 1, reads: 1 });
  });

  test('and is refused becomes a failure like any other', async () => {
    complete('s1');
    fakes.rowSink.failNext('before', UNAVAILABLE);
    await expect(run()).resolves.toMatchObject({ missing: 1, healed: 0, waiting: 1 });
    expect(fakes.deadLetters.all()).toMatchObject([{ failure: { status: 'pending' } }]);
    expect(fakes.retryQueue.waiting()).toHaveLength(1);
  });

  test('is left alone for a quarter of an hour: its event may be on its way', async () => {
    fakes.advance(-60 * MINUTE + 15 * MINUTE);
    complete('s1');
    await expect(run()).resolves.toMatchObject({ missing: 0 });
    fakes.advance(1);
    await expect(run()).resolves.toMatchObject({ missing: 1, healed: 1 });
  });
});

describe('a difference that is right', () => {
  test('is an abandoned document: looked into once', async () => {
    await sync('s1');
    await sync('poison', session(0, { repCount: 'many' }));
    await expect(run()).resolves.toMatchObject({ missing: 0, abandoned: 1, expected: 2, found: 1 });
    await expect(run()).resolves.toMatchObject({ missing: 0, abandoned: 1, reads: 1 });
  });

  test('is a row whose document was deleted since: reported, and looked into once', async () => {
    for (const name of ['s1', 's2']) await sync(name);
    fakes.documents.delete(pathOf('s2'));
    await expect(run()).resolves.toMatchObject({ missing: 0, extra: 1, expected: 1, found: 2 });
    await expect(run()).resolves.toMatchObject({ extra: 1, reads: 1 });
    fakes.documents.delete(pathOf('s1'));
    await expect(run()).resolves.toMatchObject({ extra: 2, expected: 0 });
  });

  test('is looked into again when it changes', async () => {
    await sync('s1');
    await sync('poison', session(0, { repCount: 'many' }));
    await run();
    complete('s2');
    await expect(run()).resolves.toMatchObject({ missing: 1, healed: 1, abandoned: 1 });
    await expect(run()).resolves.toMatchObject({ missing: 0, abandoned: 1, reads: 1 });
  });

  test('is a document of the same collection name elsewhere', async () => {
    await sync('s1');
    fakes.documents.put('archive/a/b/c/sessions/s9', session());
    await expect(run()).resolves.toMatchObject({ missing: 0, expected: 2, found: 1 });
    expect(sent()).toEqual(['s1']);
    await expect(run()).resolves.toMatchObject({ missing: 0, reads: 1 });
  });

  test('is a document whose time was edited', async () => {
    await sync('s1', session(0));
    const { data } = (await fakes.documents.get(pathOf('s1')))!;
    fakes.documents.put(pathOf('s1'), { ...data, createdAt: Timestamp.fromMillis(START + 9 * DAY) });
    await expect(run()).resolves.toMatchObject({ missing: 0 });
    // What was edited is a version that BigQuery has not seen.
    await expect(run({ verifyReads: 10 })).resolves.toMatchObject({ missing: 1, healed: 1 });
    await expect(run()).resolves.toMatchObject({ missing: 0, extra: 0, expected: 1, found: 1 });
  });
});

test('a failure that waits for its retry is left to it', async () => {
  await sync('s1');
  fakes.rowSink.failNext('before', UNAVAILABLE);
  await sync('s2');
  await expect(run()).resolves.toMatchObject({ missing: 0, waiting: 1 });
  expect(sent()).toEqual(['s1']);
});

describe('verification, document by document', () => {
  const verify = (verifyReads = 100) => run({ verifyReads });

  test('finds a newer version that never came', async () => {
    await sync('s1');
    const { data } = (await fakes.documents.get(pathOf('s1')))!;
    complete('s1', { ...data, repCount: 99 });
    await expect(run()).resolves.toMatchObject({ missing: 0 });
    await expect(verify()).resolves.toMatchObject({ missing: 1, healed: 1, verified: 1 });
    expect(fakes.rowSink.rows('sessions').at(-1)?.json).toMatchObject({ session_id: 's1', rep_count: 99 });
    await expect(verify()).resolves.toMatchObject({ missing: 0 });
  });

  test('finds a missing document beside a deleted one, which the counts cannot', async () => {
    await sync('s1');
    fakes.documents.delete(pathOf('s1'));
    complete('s2');
    await expect(run()).resolves.toMatchObject({ missing: 0, expected: 1, found: 1 });
    await expect(verify()).resolves.toMatchObject({ missing: 1, healed: 1 });
  });

  test('finds a document without a time', async () => {
    const { createdAt: _, ...timeless } = session();
    complete('s1', timeless);
    await expect(run()).resolves.toMatchObject({ missing: 0 });
    await expect(verify()).resolves.toMatchObject({ missing: 1, healed: 0 });
    await expect(fakes.deadLetters.get(failureId('sessions', pathOf('s1')))).resolves.toMatchObject({
      status: 'abandoned',
    });
    await expect(verify()).resolves.toMatchObject({ missing: 0 });
  });

  test('sends content that came back when a version between is on top', async () => {
    const first = session(0, { repCount: 1 });
    await sync('s1', first);
    const { data } = (await fakes.documents.get(pathOf('s1')))!;
    const between = { ...data, repCount: 2 };
    const updateTime = complete('s1', between);
    complete('s1', { ...data, repCount: 1 }); // its event never comes
    await syncDocument(fakes.context, sessions, { path: pathOf('s1'), data: between, updateTime });
    await expect(verify()).resolves.toMatchObject({ missing: 1, healed: 1 });
    const newest = fakes.rowSink
      .rows('sessions')
      .toSorted((a, b) =>
        String(a.json['source_updated_at']) < String(b.json['source_updated_at']) ? -1 : 1,
      )
      .at(-1);
    expect(newest?.json['rep_count']).toBe(1);
    await expect(verify()).resolves.toMatchObject({ missing: 0 });
  });

  test('sends content that came back after its failure was given up with the version between', async () => {
    const first = session(0, { repCount: 1 });
    fakes.rowSink.failNext('before', UNAVAILABLE);
    await sync('s1', first);
    const { data } = (await fakes.documents.get(pathOf('s1')))!;
    complete('s1', { ...data, status: 'active' });
    const [claim] = fakes.retryQueue.waiting();
    const authorization = fakes.taskTokens.authorization();
    await retryFailure(fakes.context, { method: 'POST', authorization, body: { v: 1, ...claim } });
    expect(fakes.deadLetters.all()).toMatchObject([
      { failure: { status: 'abandoned', failureReason: 'source not completed any more' } },
    ]);
    complete('s1', data); // completed as before, and its event never comes
    await expect(verify()).resolves.toMatchObject({ missing: 1, healed: 1 });
    await expect(verify()).resolves.toMatchObject({ missing: 0 });
    expect(sent()).toEqual(['s1']);
  });

  test('restores a status that was never written', async () => {
    await sync('s1');
    const { data } = (await fakes.documents.get(pathOf('s1')))!;
    const { bigquerySyncStatus: _, ...lost } = data;
    fakes.documents.put(pathOf('s1'), lost);
    await expect(verify()).resolves.toMatchObject({ missing: 0 });
    await expect(statusOf('s1')).resolves.toBe('synced');
  });

  test('goes on where it stopped, and begins anew at the end', async () => {
    for (const name of ['s1', 's2', 's3']) complete(name);
    fakes.context.syncedDocuments.count = async () => 0; // the counts see nothing today
    await expect(verify(2)).resolves.toMatchObject({ verified: 2, healed: 2 });
    await expect(verify(2)).resolves.toMatchObject({ verified: 1, healed: 1 });
    await expect(verify(2)).resolves.toMatchObject({ verified: 2, missing: 0 });
  });

  test.each(['by its event', 'by a retry'])(
    'leaves a document that a former schema took, and the present one does not: delivered %s',
    async (road) => {
      const poison = session(0, { repCount: 'many' });
      const lenient = { ...sessions, read: () => sessions.read(FULL_SESSION) };
      const updateTime = complete('s1', poison);
      const deliver = () =>
        syncDocument(fakes.context, lenient, { path: pathOf('s1'), data: poison, updateTime });
      if (road === 'by a retry') {
        fakes.rowSink.failNext('before', UNAVAILABLE);
        await deliver();
        fakes.documents.failNext('before', 14); // whoever delivers it dies before it writes the status
        await deliver().catch(() => undefined);
      } else await deliver();
      const before = fakes.deadLetters.all();
      await verify();
      await expect(verify()).resolves.toMatchObject({ missing: 0 });
      expect(fakes.deadLetters.all().map(({ failure }) => failure.status)).toEqual(
        before.map(({ failure }) => failure.status),
      );
    },
  );

  test('knows rows under a former key', async () => {
    await sync('s1');
    const [old] = fakes.context.keyring.all;
    const active = createPseudonymKey(2, Buffer.alloc(32, 7), FAKE_SCOPE);
    const keyring = { active, all: [old!, active], get: () => active, at: () => active };
    const rotated = { ...fakes.context, keyring };
    await expect(reconcile(rotated, sessions, { ...LIMITS, verifyReads: 10 })).resolves.toMatchObject({
      missing: 0,
    });
  });
});

test('a document whose row would be expired is not missed, and not sent: BigQuery would drop it at once', async () => {
  complete('s1');
  fakes.advance((sessions.retentionDays! + 1) * DAY);
  await expect(run({ verifyReads: 10 })).resolves.toMatchObject({ missing: 0, healed: 0, abandoned: 1 });
  await expect(run()).resolves.toMatchObject({ missing: 0, abandoned: 1, reads: 1 });
  expect(sent()).toEqual([]);
  const keepsForEver = { ...sessions, retentionDays: null };
  await reconcile(fakes.context, keepsForEver, { ...LIMITS, verifyReads: 10 });
  expect(sent()).toEqual(['s1']);
});

test('a dry run sends nothing, writes nothing, and says what is missing', async () => {
  complete('s1');
  fakes.journal.length = 0;
  await expect(run({ dryRun: true, verifyReads: 10 })).resolves.toMatchObject({ missing: 2, healed: 0 });
  expect(fakes.journal).toEqual([]);
  expect(fakes.reports.saved).toMatchObject([{ dryRun: true, missing: 2 }]);
  await expect(run()).resolves.toMatchObject({ dryRun: false, missing: 1, healed: 1 });
});

test('an operator may ask something of the next run alone', async () => {
  for (const name of ['s1', 's2', 's3']) await sync(name);
  await run({ verifyReads: 2 });
  await fakes.reports.request('sessions', { verifyReads: 50, verifyFromStart: true });
  await expect(run()).resolves.toMatchObject({ verified: 3, allVerified: true });
  await expect(run()).resolves.toMatchObject({ verified: 0, allVerified: false });
});

describe('between the runs that count all of time', () => {
  const HOUR = 60 * MINUTE;
  const now = () => fakes.context.now().getTime() - START;
  const hourly = () => run({ recentDays: 7, verifyReads: 10 });

  test('a run counts the last days only, and verifies nothing', async () => {
    await hourly();
    fakes.advance(HOUR);
    complete('old', session(now() - 9 * DAY));
    complete('recent', session(now() - 6 * DAY));
    fakes.advance(HOUR);
    await expect(hourly()).resolves.toMatchObject({ missing: 1, healed: 1, verified: 0, complete: true });
    expect(sent()).toEqual(['recent']);
    expect(fakes.reports.saved.at(-1)?.since?.getTime()).toBe(Math.floor((now() + START) / DAY - 7) * DAY);
  });

  test('what was left out is found when a day is over, and then all of it is verified', async () => {
    await hourly();
    complete('old', session(now() - 9 * DAY));
    for (let hour = 1; hour < 24; hour++) {
      fakes.advance(HOUR);
      await expect(hourly()).resolves.toMatchObject({ missing: 0, verified: 0 });
    }
    fakes.advance(HOUR);
    await expect(hourly()).resolves.toMatchObject({ missing: 1, healed: 1, verified: 1, since: null });
  });

  test('a run of all of time that was not finished is gone on with at the next hour', async () => {
    for (let i = 0; i < 60; i++) complete(`s${i}`, session(now() - (20 + i) * DAY));
    fakes.advance(HOUR);
    let last = await run({ recentDays: 7, maxReads: 20 });
    for (let i = 0; !last.complete && i < 30; i++) {
      expect(last.since).toBeNull();
      fakes.advance(HOUR);
      last = await run({ recentDays: 7, maxReads: 20 });
    }
    expect(new Set(sent()).size).toBe(60);
    fakes.advance(HOUR);
    await expect(run({ recentDays: 7 })).resolves.toMatchObject({ since: expect.any(Date) });
  });

  test('an operator who asks gets all of time', async () => {
    await hourly();
    complete('old', session(now() - 9 * DAY));
    fakes.advance(HOUR);
    await fakes.reports.request('sessions', {});
    await expect(hourly()).resolves.toMatchObject({ missing: 1, since: null });
  });
});

test('two runs at once do no harm: rows under the same ids, and all of them there', async () => {
  for (let i = 0; i < 30; i++) complete(`s${i}`, session(i * MINUTE));
  await Promise.all([run({ verifyReads: 10 }), run()]);
  const ids = new Map<unknown, Set<string>>();
  for (const { json, insertId } of fakes.rowSink.rows('sessions')) {
    ids.set(json['session_id'], (ids.get(json['session_id']) ?? new Set()).add(insertId));
  }
  expect(ids.size).toBe(30);
  expect([...ids.values()].every(({ size }) => size === 1)).toBe(true);
});

describe('the ceiling of reads', () => {
  test('holds but for one page, and the next run goes on where this one stopped', async () => {
    for (let i = 0; i < 1_500; i++) complete(`s${i}`, session(i * DAY));
    const reads: number[] = [];
    let last;
    do {
      last = await run({ maxReads: 300 });
      reads.push(last.reads);
    } while (!last.complete && reads.length < 30);
    expect(last.complete).toBe(true);
    expect(Math.max(...reads)).toBeLessThan(300 + 3 * 200);
    expect(new Set(sent()).size).toBe(1_500);
    await expect(run()).resolves.toMatchObject({ complete: true, missing: 0, expected: 1_500, found: 1_500 });
  });

  test('of time holds too', async () => {
    for (let i = 0; i < 500; i++) complete(`s${i}`, session(i * DAY));
    const insert = fakes.rowSink.insert.bind(fakes.rowSink);
    fakes.context.rowSink.insert = (table, row) => {
      fakes.advance(2_000);
      return insert(table, row);
    };
    await expect(run()).resolves.toMatchObject({ complete: false });
    expect(sent().length).toBeLessThanOrEqual(200);
  });
});

test('a failing service ends the run, and what was found until then is found again', async () => {
  complete('s1');
  fakes.documents.failNext('before', 14);
  await expect(run()).rejects.toThrow('firestore write status failed: grpc 14');
  expect(fakes.reports.saved).toEqual([]);
  await expect(run({ verifyReads: 10 })).resolves.toMatchObject({ complete: true, missing: 0 });
  await expect(statusOf('s1')).resolves.toBe('synced');
});

test('no id and no value of a document is in a log line', async () => {
  complete('s1');
  complete('poison', session(0, { repCount: 'planted-7f3a' }));
  await run({ verifyReads: 10 });
  expect(fakes.logs.length).toBeGreaterThan(1);
  for (const secret of ['花子', 's1', 'planted-7f3a', 'スクワット']) {
    expect(JSON.stringify(fakes.logs)).not.toContain(secret);
  }
});

test('whatever was lost, deleted or poisoned, one verification brings every latest version in', async () => {
  const fate = fc.record({
    at: fc.integer({ min: -3, max: 3 }).map((days) => days * DAY),
    fate: fc.constantFrom('synced', 'lost', 'lost', 'deleted', 'poison', 'edited', 'outage'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fate, { maxLength: 40 }), async (documents) => {
      fakes = createFakeContext();
      fakes.advance(60 * MINUTE);
      for (const [i, { at, fate: what }] of documents.entries()) {
        const name = `s${i}`;
        if (what === 'lost') complete(name, session(at));
        else if (what === 'poison') await sync(name, session(at, { repCount: 'many' }));
        else if (what === 'outage') fakes.rowSink.failNext('before', UNAVAILABLE);
        if (what === 'synced' || what === 'deleted' || what === 'edited' || what === 'outage') {
          await sync(name, session(at));
        }
        if (what === 'deleted') fakes.documents.delete(pathOf(name));
        if (what === 'edited') complete(name, session(at, { repCount: 1_000 + i }));
      }
      const alike = (await run()).missing;
      const report = await run({ verifyReads: 1_000 });
      const lost = documents.filter(({ fate: what }) => what === 'lost' || what === 'edited').length;
      expect(alike + report.missing).toBe(lost);
      await expect(run({ verifyReads: 1_000 })).resolves.toMatchObject({ missing: 0, complete: true });
      const rows = new Map(fakes.rowSink.rows('sessions').map(({ json }) => [json['session_id'], json]));
      const shown = documents.map((_, i) => rows.get(`s${i}`)?.['rep_count']);
      expect(shown).toEqual(
        documents.map(({ fate: what }, i) => {
          if (what === 'poison' || what === 'outage') return undefined;
          return what === 'edited' ? 1_000 + i : FULL_SESSION.repCount;
        }),
      );
    }),
    { numRuns: 100 },
  );
});

test('a document older than all keys is left, and what is missing beside it is healed', async () => {
  fakes = createFakeContext();
  fakes.documents.put('users/u1/sessions/a-old', FULL_SESSION);
  for (let i = 0; i < 2_000; i++) fakes.documents.put('other/document', {}); // each a microsecond
  fakes.documents.put('users/u1/sessions/b-new', { ...FULL_SESSION, repCount: 2 });
  fakes.advance(3_600_000);
  const key = createHash('sha512').update('two').digest('base64');
  const secret = JSON.stringify({ active: 2, keys: { 2: { key, from: '2026-01-01T00:00:00.001Z' } } });
  const context = { ...fakes.context, keyring: parseKeyring(secret, FAKE_SCOPE) };
  const limits = { ...LIMITS, verifyReads: 100 };
  await expect(reconcile(context, sessions, limits)).resolves.toMatchObject({ healed: 1 });
});
