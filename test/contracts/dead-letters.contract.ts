// What every store of failure records promises.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeadLetters } from '../../functions/services/dead-letters.ts';
import { deletionAfter } from '../../functions/steps/deletion.ts';
import type { Failure } from '../../functions/steps/failure.ts';
import type { FailureId } from '../../functions/steps/ids.ts';
import { reason } from '../../functions/pipelines/reason.ts';

export interface DeadLettersHarness {
  /** On an empty collection. */
  readonly deadLetters: DeadLetters;
  /** Makes the record something that is pending and due at `dueAt`, but no record. */
  corrupt(id: string, dueAt: Date): Promise<void>;
  /** Changes with every write of the record. */
  stamp(id: string): Promise<string | undefined>;
  close(): Promise<void>;
}

const START = Date.UTC(2026, 0, 1);
const seconds = (n: number) => new Date(START + n * 1000);

const failure: Failure = {
  userId: '花子@example.com',
  sessionId: 's1',
  documentPath: 'users/花子@example.com/sessions/s1',
  pipeline: 'sessions',
  tableName: 'sessions',
  documentVersion: { updateTime: '2026-01-01T00:00:00.000001Z', contentHash: 'c'.repeat(64) },
  keyVersion: 1,
  failureReason: reason`http 503 backendError`,
  failureKind: 'transient',
  retryCount: 0,
  generation: 1,
  lastRetryAt: null,
  nextAttemptAt: seconds(1),
  createdAt: seconds(0),
  updatedAt: new Date(START + 7),
  resolvedAt: null,
  status: 'pending',
};

export function deadLettersContract(name: string, create: () => Promise<DeadLettersHarness>): void {
  describe(`the dead letters: ${name}`, () => {
    let harness: DeadLettersHarness;
    let letters: DeadLetters;
    beforeEach(async () => {
      harness = await create();
      letters = harness.deadLetters;
    });
    afterEach(() => harness.close());

    const put = (id: string, change: Partial<Failure> = {}) =>
      letters.update(id, () => ({ ...failure, ...change }));

    test('give back what was put in', async () => {
      await expect(letters.get('a')).resolves.toBeUndefined();
      await expect(put('a')).resolves.toEqual(failure);
      await expect(letters.get('a')).resolves.toEqual(failure);
      const closed = {
        ...failure,
        status: 'resolved',
        resolvedAt: seconds(9),
        nextAttemptAt: null,
        lastRetryAt: seconds(9),
      } as const;
      await put('a', closed);
      await expect(letters.get('a')).resolves.toEqual(closed);
    });

    test('let the decision see the record as it stands', async () => {
      await put('a');
      const seen: unknown[] = [];
      await letters.update('a', (current) => {
        seen.push(current);
        return current;
      });
      await letters.update('b', (current) => {
        seen.push(current);
        return undefined;
      });
      expect(seen.slice(0, 1)).toEqual([failure]);
      expect(seen.at(-1)).toBeUndefined();
      await expect(letters.get('b')).resolves.toBeUndefined();
    });

    test('write nothing when the decision returns what it was given', async () => {
      await put('a');
      const before = await harness.stamp('a');
      await expect(letters.update('a', (current) => current)).resolves.toEqual(failure);
      await expect(harness.stamp('a')).resolves.toBe(before);
      await put('a', { retryCount: 1 });
      await expect(harness.stamp('a')).resolves.not.toBe(before);
    });

    test('lose none of twenty changes at once', async () => {
      await put('a');
      await Promise.all(
        Array.from({ length: 20 }, () =>
          letters.update('a', (current) => ({ ...current!, retryCount: current!.retryCount + 1 })),
        ),
      );
      await expect(letters.get('a')).resolves.toMatchObject({ retryCount: 20 });
    });

    test('open one record when two open it at once', async () => {
      const ends = await Promise.all(
        [1, 2, 3, 4, 5].map((retryCount) =>
          letters.update('a', (current) => current ?? { ...failure, retryCount }),
        ),
      );
      const opened = await letters.get('a');
      expect(ends).toEqual(Array.from({ length: 5 }, () => opened));
    });

    test('list what is pending and overdue, the most overdue first, up to the limit', async () => {
      await put('third', { nextAttemptAt: seconds(30) });
      await put('first', { nextAttemptAt: seconds(10) });
      await put('second', { nextAttemptAt: seconds(20) });
      await put('due now', { nextAttemptAt: seconds(60) });
      await put('not yet', { nextAttemptAt: new Date(START + 60_001) });
      await put('resolved', { status: 'resolved', nextAttemptAt: null, resolvedAt: seconds(5) });
      await put('abandoned', { status: 'abandoned', nextAttemptAt: null });
      const ids = async (limit: number) =>
        (await letters.overdue('pending', seconds(60), limit)).map(({ id }) => id);
      await expect(ids(10)).resolves.toEqual(['first', 'second', 'third', 'due now']);
      await expect(ids(2)).resolves.toEqual(['first', 'second']);
      const [first] = await letters.overdue('pending', seconds(60), 1);
      expect(first).toEqual({ id: 'first', failure: { ...failure, nextAttemptAt: seconds(10) } });
    });

    test('list what was given up for a time and is due again', async () => {
      await put('pending', { nextAttemptAt: seconds(10) });
      await put('due', { status: 'abandoned', nextAttemptAt: seconds(20) });
      await put('later', { status: 'abandoned', nextAttemptAt: seconds(61) });
      await put('for good', { status: 'abandoned', nextAttemptAt: null });
      const found = await letters.overdue('abandoned', seconds(60), 10);
      expect(found.map(({ id }) => id)).toEqual(['due']);
    });

    test('come all, or all of a status', async () => {
      for (let i = 0; i < 5; i++) await put(`p${i}`);
      await put('resolved', { status: 'resolved', nextAttemptAt: null, resolvedAt: seconds(5) });
      const read = async (status?: Failure['status']) => {
        const ids: string[] = [];
        for await (const page of letters.pages(status)) ids.push(...page.map(({ id }) => id));
        return ids.toSorted((a, b) => (a < b ? -1 : 1));
      };
      await expect(read()).resolves.toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'resolved']);
      await expect(read('resolved')).resolves.toEqual(['resolved']);
      await expect(read('abandoned')).resolves.toEqual([]);
    });

    test('keep what was done to a record by hand, when it was done', async () => {
      await put('a');
      const note = { by: 'ops@example.com', at: seconds(9), status: 'pending', generation: 1 } as const;
      await letters.update('a', (current) => ({ ...current!, generation: 2 }), { ...note, action: 'replay' });
      await letters.update('a', (current) => current, { ...note, action: 'abandon', at: seconds(10) });
      await letters.update('a', (current) => ({ ...current!, generation: 3 }));
      await expect(letters.audits('a')).resolves.toEqual([{ ...note, action: 'replay' }]);
      await expect(letters.audits('b')).resolves.toEqual([]);
    });

    test('forget a record with all that was done to it, and one that is not there', async () => {
      const note = { by: 'ops', at: seconds(9), status: 'pending', generation: 1, action: 'replay' } as const;
      await put('a');
      await put('b');
      await letters.update('a', (current) => ({ ...current!, generation: 2 }), note);
      await expect(letters.forget('a' as FailureId, () => false)).resolves.toBe(false);
      await expect(letters.audits('a')).resolves.toEqual([note]);
      const seen: unknown[] = [];
      const isWanted = (one: Failure | undefined) => seen.push(one) > 0;
      await expect(letters.forget('a' as FailureId, isWanted)).resolves.toBe(true);
      await expect(letters.forget('a' as FailureId, isWanted)).resolves.toBe(false);
      expect(seen).toEqual([{ ...failure, generation: 2 }]);
      await expect(letters.get('a')).resolves.toBeUndefined();
      await expect(letters.audits('a')).resolves.toEqual([]);
      await expect(letters.get('b')).resolves.toEqual(failure);
      await put('a');
      await expect(letters.get('a')).resolves.toEqual(failure);
    });

    test('forget a malformed record too', async () => {
      await harness.corrupt('m', seconds(1));
      await expect(letters.forget('m' as FailureId, (one) => one === undefined)).resolves.toBe(true);
      await expect(letters.forget('m' as FailureId, (one) => one === undefined)).resolves.toBe(false);
    });

    test('come by the person, whatever their status', async () => {
      await put('a');
      await put('b', { status: 'resolved', nextAttemptAt: null, resolvedAt: seconds(5) });
      await put('other', { userId: '花子@example.co' });
      const found = await letters.ofPerson(failure.userId);
      expect(new Map(found.map(({ id, failure: one }) => [id as string, one?.status]))).toEqual(
        new Map([
          ['a', 'pending'],
          ['b', 'resolved'],
        ]),
      );
      await expect(letters.ofPerson('nobody')).resolves.toEqual([]);
    });

    test('say how many wait, and since when the oldest does', async () => {
      await expect(letters.backlog()).resolves.toEqual({
        pending: 0,
        abandoned: 0,
        oldestUnsynced: undefined,
      });
      const version = (n: number) => ({
        ...failure.documentVersion,
        updateTime: `2026-01-01T00:00:0${n}.000000Z`,
      });
      await put('a', { documentVersion: version(3) });
      await put('b', { documentVersion: version(4) });
      await put('given up for a time', { status: 'abandoned', documentVersion: version(2) });
      await put('poison', {
        status: 'abandoned',
        failureKind: 'permanent',
        nextAttemptAt: null,
        documentVersion: version(1),
      });
      await put('resolved', { status: 'resolved', nextAttemptAt: null, documentVersion: version(1) });
      const deletion = deletionAfter('2025-01-01T00:00:00.000000Z', '2026-01-01T00:00:05Z');
      await put('deleted just now', { documentVersion: deletion });
      await expect(letters.backlog()).resolves.toEqual({
        pending: 3,
        abandoned: 2,
        oldestUnsynced: '2026-01-01T00:00:02.000000Z',
      });
    });

    test('are not held up by malformed records, were they more than the limit', async () => {
      for (const id of ['m1', 'm2', 'm3']) await harness.corrupt(id, seconds(1));
      await put('a', { nextAttemptAt: seconds(10) });
      await put('b', { nextAttemptAt: seconds(20) });
      await put('c', { nextAttemptAt: seconds(30) });
      const found = await letters.overdue('pending', seconds(60), 2);
      expect(found.map(({ id }) => id)).toEqual(['a', 'b']);
    });

    test('count a malformed record as none: the next failure of its document replaces it', async () => {
      await harness.corrupt('m', seconds(1));
      await expect(letters.get('m')).resolves.toBeUndefined();
      const seen: unknown[] = [];
      const decide = (current: Failure | undefined) => {
        seen.push(current);
        return failure;
      };
      await expect(letters.update('m', decide)).resolves.toEqual(failure);
      expect(seen).toEqual([undefined]);
      await expect(letters.get('m')).resolves.toEqual(failure);
    });
  });
}
