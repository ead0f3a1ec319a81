// A person is forgotten: the story of an erasure, on fakes that keep the contracts of test/contracts.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createFakeContext, FAKE_SECRET, type FakeContext } from '../../test/contracts/fakes/context.ts';
import { FULL_CAMPAIGN } from '../../test/contracts/channel-documents.ts';
import { FULL_SESSION } from '../../test/contracts/session-documents.ts';
import { msToRfc3339 } from '../pipelines/fields.ts';
import { campaigns } from '../pipelines/campaigns.ts';
import { sessions } from '../pipelines/sessions.ts';
import type { Context } from '../context.ts';
import type { RowEraser } from '../services/row-eraser.ts';
import { failureId } from '../steps/ids.ts';
import { ServiceError } from '../steps/service-error.ts';
import { erasePersons } from './erase-persons.ts';
import { reconcile } from './reconcile/reconcile.ts';
import { requestErasure } from './request-erasure.ts';
import { retryFailure } from './retry-failure.ts';
import { syncDocument } from './sync-document.ts';

const UNAVAILABLE = { httpStatus: 503, reasons: [{ reason: 'backendError' }] };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const PERSON = '花子@example.com';
const OTHER = '太郎@example.com';

let fakes: FakeContext;
let context: Context;
let unsent: Record<string, () => Promise<unknown>>;

beforeEach(() => {
  fakes = createFakeContext();
  context = fakes.context;
  unsent = {};
});

const pathOf = (name: string, person = PERSON) => `users/${person}/sessions/${name}`;
/** Completed; its event has not come. */
function complete(name: string, person = PERSON): void {
  const path = pathOf(name, person);
  fakes.documents.put(path, FULL_SESSION);
  const updateTime = msToRfc3339(fakes.context.now().getTime());
  unsent[name] = () => syncDocument(context, sessions, { path, data: FULL_SESSION, updateTime });
}
async function sync(name: string, person = PERSON): Promise<void> {
  complete(name, person);
  await unsent[name]!();
}
async function fail(name: string, person = PERSON): Promise<void> {
  fakes.rowSink.failNext('before', UNAVAILABLE);
  await sync(name, person);
}
const ask = (name = 'r1', id = PERSON) => requestErasure(fakes.context, { name, subject: 'userId', id });
const run = () => erasePersons(context);
const erasure = async (name = 'r1') => (await fakes.erasures.get(name))?.erasure;
const state = async (name = 'r1') => (await erasure(name))?.status;
const rows = () => fakes.rowSink.rows('sessions').map(({ json }) => json['session_id']);
async function runFor(ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 15 * MINUTE) {
    fakes.advance(15 * MINUTE);
    await run();
  }
}

describe('an erasure', () => {
  test('of rows of five minutes ago is verified when BigQuery has let go of them', async () => {
    await sync('s1');
    await sync('s2');
    await sync('other', OTHER);
    fakes.advance(5 * MINUTE);
    await ask();
    await expect(state()).resolves.toBe('requested');
    await run();
    await expect(state()).resolves.toBe('waiting');
    expect(rows()).toEqual(['s1', 's2', 'other']);

    await runFor(2.75 * HOUR);
    await expect(state()).resolves.toBe('waiting');
    await runFor(0.25 * HOUR);
    expect(rows()).toEqual(['other']);
    await expect(state()).resolves.toBe('deleted');
    await runFor(0.25 * HOUR);
    await expect(state()).resolves.toBe('verified');
  });

  test('ends as a receipt that names no person, and says when nobody can bring the rows back', async () => {
    await sync('s1');
    await fail('s2');
    await ask();
    await runFor(4 * HOUR);
    const receipt = await erasure();
    expect(receipt).toMatchObject({
      id: null,
      status: 'verified',
      nextAt: null,
      rows: { sessions: 1 },
      failures: 1,
      keyVersions: [1],
    });
    const { deletedAt, verifiedAt, forgottenAt } = receipt!;
    expect(verifiedAt!.getTime()).toBeGreaterThan(deletedAt!.getTime());
    expect(forgottenAt!.getTime() - deletedAt!.getTime()).toBe(9 * DAY);
    expect(JSON.stringify([receipt, fakes.logs])).not.toContain('花子');
  });

  test('of somebody unknown is verified too', async () => {
    await sync('other', OTHER);
    await ask('r1', 'nobody');
    await runFor(4 * HOUR);
    await expect(erasure()).resolves.toMatchObject({
      status: 'verified',
      rows: { sessions: 0 },
      failures: 0,
    });
    expect(rows()).toEqual(['other']);
  });

  test('asked for twice under one name is one', async () => {
    await ask();
    const before = await fakes.erasures.get('r1');
    fakes.advance(MINUTE);
    await ask();
    await expect(fakes.erasures.get('r1')).resolves.toEqual(before);
  });

  test('of several persons takes one statement', async () => {
    for (const [name, person] of [
      ['s1', PERSON],
      ['s2', OTHER],
    ] as const)
      await sync(name, person);
    await ask('r1', PERSON);
    await ask('r2', OTHER);
    const removed: number[] = [];
    const rowEraser: RowEraser = {
      count: (...args) => fakes.rowEraser.count(...args),
      unlink: () => fakes.rowEraser.unlink(),
      timeTravelMs: () => fakes.rowEraser.timeTravelMs(),
      remove(pipeline, column, persons) {
        removed.push(persons.length);
        return fakes.rowEraser.remove(pipeline, column, persons);
      },
    };
    context = { ...fakes.context, rowEraser };
    await runFor(4 * HOUR);
    expect(removed).toEqual([2]);
    expect(rows()).toEqual([]);
    await expect(erasure('r1')).resolves.toMatchObject({ status: 'verified', rows: { sessions: 1 } });
    await expect(erasure('r2')).resolves.toMatchObject({ status: 'verified', rows: { sessions: 1 } });
  });

  test('does not wait for another person, whose rows are still in the streaming buffer', async () => {
    await sync('s1');
    await sync('s2', OTHER);
    await ask('r1', PERSON);
    await ask('r2', OTHER);
    await run();
    fakes.advance(2.9 * HOUR);
    // However late: an instance went on after its time.
    const [row] = fakes.rowSink.rows('sessions').filter(({ json }) => json['session_id'] === 's2');
    await fakes.rowSink.insert('sessions', {
      insertId: 'late',
      json: { ...row!.json, synced_at: fakes.context.now().toISOString() },
    });
    await runFor(0.5 * HOUR);
    await expect(state('r1')).resolves.toBe('verified');
    await expect(state('r2')).resolves.toBe('waiting');
    await runFor(2.5 * HOUR);
    await expect(state('r2')).resolves.toBe('verified');
    expect(rows()).toEqual([]);
  });

  test('counts what went of a person although rows of a document, in another table, may not go yet', async () => {
    fakes = createFakeContext(undefined, [sessions, campaigns]);
    context = fakes.context;
    await sync('s1');
    const path = 'campaigns/c1';
    fakes.documents.put(path, FULL_CAMPAIGN);
    const updateTime = msToRfc3339(context.now().getTime());
    await syncDocument(context, campaigns, { path, data: FULL_CAMPAIGN, updateTime });
    await ask('r1', PERSON);
    await requestErasure(context, { name: 'r2', subject: campaigns.document, id: 'c1' });
    await run();
    fakes.advance(2.9 * HOUR);
    const [row] = fakes.rowSink.rows('campaigns');
    const synced_at = context.now().toISOString();
    await fakes.rowSink.insert('campaigns', { insertId: 'late', json: { ...row!.json, synced_at } });
    await runFor(0.5 * HOUR);
    await expect(erasure('r1')).resolves.toMatchObject({ status: 'verified', rows: { sessions: 1 } });
    await expect(erasure('r2')).resolves.toMatchObject({ status: 'waiting', rows: {} });
    await runFor(2.5 * HOUR);
    await expect(erasure('r2')).resolves.toMatchObject({ status: 'verified', rows: { campaigns: 2 } });
  });

  test('that finds a row after the deletion begins again', async () => {
    await sync('s1');
    await ask();
    await run();
    const [row] = fakes.rowSink.rows('sessions');
    await runFor(3 * HOUR);
    await expect(state()).resolves.toBe('deleted');
    await fakes.rowSink.insert('sessions', {
      insertId: 'late',
      json: { ...row!.json, synced_at: fakes.context.now().toISOString() },
    });
    await runFor(0.25 * HOUR);
    await expect(state()).resolves.toBe('waiting');
    expect(fakes.logs).toContainEqual(expect.objectContaining({ severity: 'WARNING' }));
    await runFor(2.5 * HOUR);
    await expect(erasure()).resolves.toMatchObject({ status: 'verified', rows: { sessions: 2 } });
  });

  test('looks for rows under every key that is held', async () => {
    const keys = { '1': Buffer.alloc(33, 'abcdefghijklmnop').toString('base64') };
    const second = {
      key: Buffer.alloc(33, 'qrstuvwxyz012345').toString('base64'),
      from: '2026-01-01T01:00:00Z',
    };
    fakes = createFakeContext(() => JSON.stringify({ active: 2, keys: { ...keys, '2': second } }));
    context = fakes.context;
    await sync('under 1');
    fakes.advance(2 * HOUR);
    await sync('under 2');
    await ask();
    await runFor(4 * HOUR);
    expect(rows()).toEqual([]);
    await expect(erasure()).resolves.toMatchObject({ rows: { sessions: 2 }, keyVersions: [1, 2] });
  });

  test('that fails half way goes on, and the others with it', async () => {
    await sync('s1');
    await fail('s2');
    await ask('r1');
    await ask('r2', OTHER);
    fakes.deadLetters.failNext('before', 14);
    await expect(run()).rejects.toThrow(ServiceError);
    await expect(state('r1')).resolves.toBe('requested');
    await expect(state('r2')).resolves.toBe('waiting');
    await runFor(4 * HOUR);
    await expect(state('r1')).resolves.toBe('verified');
  });

  test('without a key does nothing, and goes on when there is one', async () => {
    let secret: string | undefined = FAKE_SECRET;
    fakes = createFakeContext(() => secret);
    context = fakes.context;
    await sync('s1');
    context = { ...fakes.context, keyring: createFakeContext(() => secret).context.keyring };
    secret = undefined;
    await ask();
    await expect(run()).rejects.toThrow(/^PSEUDONYMIZATION_SALT is missing/);
    await expect(state()).resolves.toBe('requested');
    secret = FAKE_SECRET;
    await runFor(4 * HOUR);
    await expect(state()).resolves.toBe('verified');
    expect(rows()).toEqual([]);
  });

  test('of a path parameter that no pipeline has is never taken for done', async () => {
    await sync('s1');
    await requestErasure(fakes.context, { name: 'r1', subject: 'coachId', id: PERSON });
    await requestErasure(fakes.context, { name: 'r2', subject: 'userId', id: PERSON });
    await expect(run()).rejects.toThrow(/^Cannot erase: no pipeline has the path parameter/);
    await expect(state('r1')).resolves.toBe('requested');
    await expect(state('r2')).resolves.toBe('waiting');
  });
});

describe('what comes late', () => {
  test('as an event is not sent, and not recorded', async () => {
    complete('s1');
    await ask();
    await run();
    fakes.advance(HOUR);
    await expect(unsent['s1']!()).resolves.toBe('erased');
    expect(rows()).toEqual([]);
    expect(fakes.deadLetters.all()).toEqual([]);
    await expect(fakes.documents.get(pathOf('s1'))).resolves.toMatchObject({ data: FULL_SESSION });
  });

  test('as a retry is not sent: its record is closed, and goes with the rows', async () => {
    await fail('s1');
    const id = failureId('sessions', pathOf('s1'));
    const record = await fakes.deadLetters.get(id);
    await ask();
    await run();
    expect(fakes.deadLetters.all()).toEqual([]);
    expect(fakes.retryQueue.waiting()).toEqual([]);
    // An attempt that began before wrote it once more.
    await fakes.deadLetters.update(id, () => record);
    fakes.advance(HOUR);
    const reply = await retryFailure(fakes.context, {
      method: 'POST',
      authorization: fakes.taskTokens.authorization(),
      body: { v: 1, failureId: id, generation: 1 },
    });
    expect(reply).toEqual({ status: 200, message: 'Nothing to do' });
    expect(rows()).toEqual([]);
    expect(fakes.deadLetters.all()).toMatchObject([
      { failure: { status: 'abandoned', nextAttemptAt: null, failureReason: 'person erased' } },
    ]);
    await runFor(4 * HOUR);
    expect(fakes.deadLetters.all()).toEqual([]);
  });

  test('as a retry of an old version leaves the record of a newer one open', async () => {
    await fail('s1');
    const id = failureId('sessions', pathOf('s1'));
    const record = await fakes.deadLetters.get(id);
    await ask();
    await run();
    const newer = { updateTime: '2026-01-01T02:00:00.000000Z', contentHash: 'c'.repeat(64) };
    await fakes.deadLetters.update(id, () => ({ ...record!, documentVersion: newer }));
    fakes.advance(HOUR);
    await expect(unsent['s1']!()).resolves.toBe('erased');
    await runFor(4 * HOUR);
    expect(fakes.deadLetters.all()).toMatchObject([
      { failure: { status: 'pending', documentVersion: newer } },
    ]);
    await expect(state()).resolves.toBe('verified');
  });

  test('as a record of an attempt that was on its way goes with the rows', async () => {
    await fail('s1');
    const id = failureId('sessions', pathOf('s1'));
    const record = await fakes.deadLetters.get(id);
    await ask();
    await run();
    await fakes.deadLetters.update(id, () => record);
    await runFor(4 * HOUR);
    expect(fakes.deadLetters.all()).toEqual([]);
    await expect(erasure()).resolves.toMatchObject({ status: 'verified', failures: 2 });
  });

  test('to a reconciliation is no row that is missing', async () => {
    await sync('s1');
    await sync('other', OTHER);
    await ask();
    await runFor(4 * HOUR);
    const limits = { ...fakes.context.reconcile, verifyReads: 100 };
    for (let i = 0; i < 2; i++) {
      await expect(reconcile(fakes.context, sessions, limits)).resolves.toMatchObject({
        expected: 2,
        found: 1,
        missing: 0,
        healed: 0,
      });
    }
    expect(rows()).toEqual(['other']);
  });

  test('within the hour of a token is gone in the end, although it was sent', async () => {
    await ask();
    await run();
    fakes.advance(59 * MINUTE);
    await sync('s1');
    expect(rows()).toEqual(['s1']);
    await runFor(4 * HOUR);
    expect(rows()).toEqual([]);
    await expect(state()).resolves.toBe('verified');
  });

  test('is sent when it is newer than the request: the person came back', async () => {
    await ask();
    await run();
    fakes.advance(61 * MINUTE);
    complete('s1');
    fakes.advance(HOUR);
    await expect(unsent['s1']!()).resolves.toBe('delivered');
    await runFor(4 * HOUR);
    await expect(state()).resolves.toBe('verified');
    expect(rows()).toEqual(['s1']);
  });

  test('costs no read while it is young', async () => {
    const asked: unknown[] = [];
    context = {
      ...fakes.context,
      tombstones: {
        set: (...args) => fakes.tombstones.set(...args),
        cover(names, updateTime) {
          asked.push(names);
          return fakes.tombstones.cover(names, updateTime);
        },
      },
    };
    await sync('s1');
    expect(asked).toEqual([]);
    complete('s2');
    fakes.advance(16 * MINUTE);
    await unsent['s2']!();
    expect(asked).toHaveLength(1);
  });
});
