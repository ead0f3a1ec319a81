import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { backoffMs } from './backoff.ts';
import {
  afterAttempt,
  isOpen,
  owns,
  postponed,
  reissued,
  reopened,
  replayed,
  type Attempt,
  type Failure,
} from './failure.ts';
import type { Attempted } from './outcome.ts';
import { reason } from '../pipelines/reason.ts';

const policy = { maxAttempts: 3, minBackoffMs: 1_000, maxBackoffMs: 3_600_000, maxDoublings: 5 };
const START = Date.UTC(2026, 0, 1);
const seconds = (n: number) => new Date(START + n * 1000);
const version = (n: number) => ({
  updateTime: `2026-01-01T00:00:00.00000${n}Z`,
  contentHash: String(n).repeat(64),
});

const numberOf = ({ documentVersion }: Failure) => Number(documentVersion.updateTime.at(-2));

const delivered: Attempted = { kind: 'delivered' };
const transient: Attempted = { kind: 'retry', reason: reason`http 503`, overloaded: true };
const permanent: Attempted = { kind: 'dead', reason: reason`document invalid: status` };

/** `generation` undefined: by the trigger. */
function attempt(versionNumber: number, generation: number | undefined, at: Date): Attempt {
  return {
    subject: {
      userId: 'u1',
      sessionId: 's1',
      documentPath: 'users/u1/sessions/s1',
      pipeline: 'sessions',
      tableName: 'sessions',
      documentVersion: version(versionNumber),
      keyVersion: 1,
    },
    generation,
    at,
  };
}

const pending = afterAttempt(undefined, attempt(2, undefined, seconds(0)), transient, policy)!;
const with_ = (change: Partial<Failure>): Failure => ({ ...pending, ...change });
const resolved = with_({ status: 'resolved', resolvedAt: seconds(5), nextAttemptAt: null, generation: 4 });
const abandoned = with_({ status: 'abandoned', nextAttemptAt: null, retryCount: 3, generation: 4 });
const givenUp = with_({ status: 'abandoned', nextAttemptAt: seconds(1_800), retryCount: 3, generation: 4 });
const byTrigger = (n: number) => attempt(n, undefined, seconds(9));
const byTask = (generation: number, n = 2) => attempt(n, generation, seconds(9));

describe('the first attempt, by the trigger', () => {
  test('opens a pending record under generation 1, whose task is due after the first backoff', () => {
    expect(pending).toEqual({
      ...byTrigger(2).subject,
      failureReason: reason`http 503`,
      failureKind: 'transient',
      retryCount: 0,
      generation: 1,
      lastRetryAt: null,
      nextAttemptAt: seconds(1),
      createdAt: seconds(0),
      updatedAt: seconds(0),
      resolvedAt: null,
      status: 'pending',
    });
  });

  test('opens an abandoned record when it can never succeed', () => {
    expect(afterAttempt(undefined, byTrigger(2), permanent, policy)).toMatchObject({
      status: 'abandoned',
      failureKind: 'permanent',
      failureReason: reason`document invalid: status`,
      retryCount: 0,
      generation: 1,
      nextAttemptAt: null,
      resolvedAt: null,
    });
  });

  test('leaves no record when it delivers', () => {
    expect(afterAttempt(undefined, byTrigger(2), delivered, policy)).toBeUndefined();
  });
});

describe('the table of attempts', () => {
  const unchanged = 'unchanged';
  type Wanted = Partial<Failure> | typeof unchanged;
  const closed = { status: 'resolved', resolvedAt: seconds(9), nextAttemptAt: null } as const;
  const dead = {
    status: 'abandoned',
    failureKind: 'permanent',
    failureReason: reason`document invalid: status`,
    nextAttemptAt: null,
  } as const;
  const opened = {
    status: 'pending',
    documentVersion: version(3),
    retryCount: 0,
    lastRetryAt: null,
    resolvedAt: null,
    nextAttemptAt: seconds(10),
  } as const;
  const counted = { retryCount: 1, lastRetryAt: seconds(9) };
  const next = with_({ generation: 2 });
  const spent = {
    ...counted,
    status: 'abandoned',
    retryCount: 3,
    nextAttemptAt: seconds(9 + 30 * 60), // not for good: half an hour later all begins anew
    failureReason: reason`3 attempts spent: http 503`,
  } as const;

  // What changes in the record besides `updatedAt`, and nothing else does.
  const table: readonly (readonly [string, Failure | undefined, Attempt, Attempted, Wanted])[] = [
    // by the trigger
    ['a delivery of the same version resolves', pending, byTrigger(2), delivered, closed],
    ['a delivery of a newer version resolves', pending, byTrigger(3), delivered, closed],
    ['a delivery of an older version does not', pending, byTrigger(1), delivered, unchanged],
    ['a delivery leaves a resolved record', resolved, byTrigger(3), delivered, unchanged],
    ['a delivery leaves an abandoned record', abandoned, byTrigger(3), delivered, unchanged],
    ['a delivery resolves what was given up for a time only', givenUp, byTrigger(2), delivered, closed],
    ['a delivery of an older version does not', givenUp, byTrigger(1), delivered, unchanged],
    [
      'a duplicate event of what was given up for a time changes nothing',
      givenUp,
      byTrigger(2),
      transient,
      unchanged,
    ],
    ['a duplicate event that fails changes nothing', pending, byTrigger(2), transient, unchanged],
    [
      'a late event of an older version that fails changes nothing',
      pending,
      byTrigger(1),
      transient,
      unchanged,
    ],
    [
      'a newer version that fails opens the next generation',
      pending,
      byTrigger(3),
      transient,
      { ...opened, generation: 2 },
    ],
    [
      'a newer version that fails reopens a resolved record',
      resolved,
      byTrigger(3),
      transient,
      { ...opened, generation: 5 },
    ],
    [
      'a newer version that fails reopens an abandoned record',
      abandoned,
      byTrigger(3),
      transient,
      { ...opened, generation: 5 },
    ],
    ['the same version does not reopen a resolved record', resolved, byTrigger(2), transient, unchanged],
    ['the same version does not reopen an abandoned record', abandoned, byTrigger(2), transient, unchanged],
    ['a duplicate event that can never succeed abandons', pending, byTrigger(2), permanent, dead],
    ['an older version that can never succeed changes nothing', pending, byTrigger(1), permanent, unchanged],
    [
      'a newer version that can never succeed abandons under the next generation',
      pending,
      byTrigger(3),
      permanent,
      { ...opened, ...dead, generation: 2 },
    ],
    [
      'the same version that can never succeed leaves a resolved record',
      resolved,
      byTrigger(2),
      permanent,
      unchanged,
    ],
    [
      'a newer version that can never succeed abandons a resolved record',
      resolved,
      byTrigger(3),
      permanent,
      { ...opened, ...dead, generation: 5 },
    ],
    // by a task
    [
      'a task that delivers resolves, and is counted',
      pending,
      byTask(1),
      delivered,
      { ...closed, ...counted },
    ],
    [
      'a stale task that delivers resolves all the same',
      next,
      byTask(1),
      delivered,
      { ...closed, ...counted },
    ],
    [
      'a task that fails is counted, and the next is due after its backoff',
      pending,
      byTask(1),
      transient,
      { ...counted, nextAttemptAt: seconds(11) },
    ],
    [
      'a task that fails takes over the version that it found',
      pending,
      byTask(1, 3),
      transient,
      { ...counted, documentVersion: version(3), nextAttemptAt: seconds(11) },
    ],
    ['the last attempt that fails abandons', with_({ retryCount: 2 }), byTask(1), transient, spent],
    ['a stale task that fails changes nothing', next, byTask(1), transient, unchanged],
    ['a task of a generation to come changes nothing', pending, byTask(2), transient, unchanged],
    ['a task changes nothing in a resolved record', resolved, byTask(4), transient, unchanged],
    ['a task changes nothing in an abandoned record', abandoned, byTask(4), transient, unchanged],
    ['a task without a record makes none', undefined, byTask(1), transient, unchanged],
    [
      'a task that can never succeed abandons, and is counted',
      pending,
      byTask(1),
      permanent,
      { ...dead, ...counted },
    ],
    [
      'a task that can never succeed abandons the version that it found',
      pending,
      byTask(1, 3),
      permanent,
      { ...dead, ...counted, documentVersion: version(3) },
    ],
    ['a stale task that can never succeed changes nothing', next, byTask(1), permanent, unchanged],
    [
      'a task that can never succeed changes nothing in a resolved record',
      resolved,
      byTask(4),
      permanent,
      unchanged,
    ],
    ['a task that can never succeed makes no record', undefined, byTask(1), permanent, unchanged],
    ['a task that delivers makes no record', undefined, byTask(1), delivered, unchanged],
  ];

  test.each(table)('%s', (_, current, made, outcome, wanted) => {
    const after = afterAttempt(current, made, outcome, policy);
    expect(after === current).toBe(wanted === unchanged);
    expect(after).toEqual(wanted === unchanged ? current : { ...current, updatedAt: seconds(9), ...wanted });
  });
});

test.each([transient, permanent])(
  'a slow attempt of the owner about an older version changes nothing: %j',
  (outcome) => {
    expect(afterAttempt(pending, byTask(1, 1), outcome, policy)).toBe(pending);
  },
);

describe('the sweep', () => {
  test('gives a record whose task is gone the next generation; its attempts stay counted', () => {
    const counted = with_({ retryCount: 2 });
    expect(reissued(counted, counted, seconds(90), policy)).toEqual({
      ...counted,
      generation: 2,
      nextAttemptAt: seconds(91),
      updatedAt: seconds(90),
    });
  });

  test('looks later at a record whose task still waits', () => {
    const counted = with_({ retryCount: 1 });
    expect(postponed(counted, counted, seconds(90), policy)).toEqual({
      ...counted,
      nextAttemptAt: seconds(92),
      updatedAt: seconds(90),
    });
  });

  test.each([
    ['that is gone', undefined],
    ['of which a task has just run', with_({ retryCount: 1, nextAttemptAt: seconds(60) })],
    ['that another sweep has just reissued', with_({ generation: 2 })],
    ['that was resolved meanwhile', with_({ status: 'resolved', nextAttemptAt: null })],
    ['that was abandoned meanwhile', with_({ status: 'abandoned', nextAttemptAt: null })],
  ])('leaves a record %s', (_, current) => {
    expect(reissued(pending, current, seconds(90), policy)).toBe(current);
    expect(postponed(pending, current, seconds(90), policy)).toBe(current);
  });
});

describe('a pause', () => {
  const spentAt = (lastedMs: number) => {
    const at = new Date(Date.parse(pending.documentVersion.updateTime) + lastedMs);
    const last = { ...byTask(1), at };
    const after = afterAttempt(with_({ retryCount: policy.maxAttempts - 1 }), last, transient, policy)!;
    return after.nextAttemptAt!.getTime() - at.getTime();
  };
  const MINUTE = 60_000;

  test.each([
    ['half an hour at least', 6 * MINUTE, 30 * MINUTE],
    ['as long as the trouble has lasted', 90 * MINUTE, 90 * MINUTE],
    ['six hours at most', 3 * 24 * 60 * MINUTE, 360 * MINUTE],
  ])('is %s', (_, lasted, wanted) => {
    expect(spentAt(lasted)).toBe(wanted);
  });

  test('ends with the next generation and a new budget', () => {
    expect(reopened(givenUp, givenUp, seconds(1_900), policy)).toEqual({
      ...givenUp,
      status: 'pending',
      generation: 5,
      retryCount: 0,
      lastRetryAt: null,
      nextAttemptAt: seconds(1_901),
      updatedAt: seconds(1_900),
    });
  });

  test.each([
    ['that is gone', undefined],
    ['that was opened again meanwhile', with_({ generation: 5 })],
    ['that was resolved meanwhile', with_({ status: 'resolved', generation: 4, nextAttemptAt: null })],
    ['that was given up again meanwhile', { ...givenUp, nextAttemptAt: seconds(3_600) }],
  ])('leaves a record %s', (_, current) => {
    expect(reopened(givenUp, current, seconds(1_900), policy)).toBe(current);
  });

  test('does not end for what was given up for good', () => {
    expect(isOpen(abandoned)).toBe(false);
    expect(isOpen(givenUp)).toBe(true);
    expect(isOpen(pending)).toBe(true);
    expect(isOpen(resolved)).toBe(false);
  });
});

test('a replay opens a record whatever closed it, as transient until an attempt says otherwise', () => {
  const poison = { ...abandoned, failureKind: 'permanent', failureReason: reason`document invalid` } as const;
  for (const closed of [poison, resolved, givenUp]) {
    expect(replayed(closed, seconds(99), policy)).toEqual({
      ...closed,
      status: 'pending',
      failureKind: 'transient',
      generation: 5,
      retryCount: 0,
      lastRetryAt: null,
      nextAttemptAt: seconds(100),
      resolvedAt: null,
      updatedAt: seconds(99),
    });
  }
});

test.each([
  ['pending', 1, true],
  ['pending', 2, false],
  ['resolved', 1, false],
  ['abandoned', 1, false],
] as const)(
  'a %s record of generation 1 has work for a task of generation %i: %s',
  (status, generation, has) => {
    expect(owns(with_({ status }), generation)).toBe(has);
  },
);

describe('whatever happens, in whatever order', () => {
  type Step =
    | { readonly by: 'trigger'; readonly version: number; readonly outcome: Attempted }
    | { readonly by: 'task'; readonly stale: number; readonly newer: number; readonly outcome: Attempted }
    | { readonly by: 'sweep'; readonly taskWaits: boolean; readonly stale: boolean }
    | { readonly by: 'pause over'; readonly stale: boolean };

  const outcomes = fc.constantFrom(delivered, transient, transient, transient, permanent);
  const steps: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      by: fc.constant('trigger' as const),
      version: fc.integer({ min: 1, max: 6 }),
      outcome: outcomes,
    }),
    fc.record({
      by: fc.constant('task' as const),
      stale: fc.constantFrom(0, 0, 0, 1, 2, -1),
      newer: fc.constantFrom(0, 0, 0, 1),
      outcome: outcomes,
    }),
    fc.record({ by: fc.constant('sweep' as const), taskWaits: fc.boolean(), stale: fc.boolean() }),
    fc.record({ by: fc.constant('pause over' as const), stale: fc.boolean() }),
  );

  function take(step: Step, current: Failure | undefined, former: Failure | undefined, at: Date) {
    switch (step.by) {
      case 'trigger':
        return afterAttempt(current, attempt(step.version, undefined, at), step.outcome, policy);
      case 'task': {
        // What a task reads again is never older than the record.
        const n = current ? Math.min(9, numberOf(current) + step.newer) : 1;
        const generation = (current?.generation ?? 1) - step.stale;
        return afterAttempt(current, attempt(n, generation, at), step.outcome, policy);
      }
      case 'sweep': {
        const seen = step.stale ? former : current;
        if (!seen) return current;
        return (step.taskWaits ? postponed : reissued)(seen, current, at, policy);
      }
      case 'pause over': {
        const seen = step.stale ? former : current;
        return seen && isOpen(seen) ? reopened(seen, current, at, policy) : current;
      }
    }
  }

  /** What holds for every record, and for every change from one record to the next. */
  const laws: Readonly<Record<string, (next: Failure, at: Date) => boolean>> = {
    'a pending record waits for a time, and so does one that was given up for nothing in the data': (next) =>
      (next.nextAttemptAt !== null) ===
      (next.status === 'pending' || (next.status === 'abandoned' && next.failureKind === 'transient')),
    'a resolved record, and no other, says when': (next) =>
      (next.status === 'resolved') === (next.resolvedAt !== null),
    'the budget holds': (next) => next.retryCount <= policy.maxAttempts,
    'a counted attempt has a time': (next) => (next.retryCount === 0) === (next.lastRetryAt === null),
    'a change has a time': (next, at) => next.updatedAt.getTime() === at.getTime(),
  };
  const lawsOfChange: Readonly<Record<string, (before: Failure, next: Failure, step: Step) => boolean>> = {
    'the record keeps its birth': (before, next) => next.createdAt === before.createdAt,
    'generations never fall': (before, next) => next.generation >= before.generation,
    'versions never fall': (before, next) => numberOf(next) >= numberOf(before),
    'attempts never fall within a generation': (before, next) =>
      next.generation > before.generation || next.retryCount >= before.retryCount,
    'only a newer version or the end of a pause reopens, under the next generation and with a new budget': (
      before,
      next,
      step,
    ) =>
      before.status === 'pending' ||
      (next.status === 'resolved' && isOpen(before)) ||
      (step.by === 'pause over' &&
        isOpen(before) &&
        next.generation === before.generation + 1 &&
        next.retryCount === 0) ||
      (step.by === 'trigger' &&
        numberOf(next) > numberOf(before) &&
        next.generation === before.generation + 1 &&
        next.retryCount === 0),
    'a stale task changes nothing, unless it delivers': (_before, _next, step) =>
      step.by !== 'task' || step.stale === 0 || step.outcome.kind === 'delivered',
    'a stale sweep changes nothing': (_before, _next, step) =>
      (step.by !== 'sweep' && step.by !== 'pause over') || !step.stale,
  };

  test('the record keeps its laws', () => {
    fc.assert(
      fc.property(fc.array(steps, { minLength: 1, maxLength: 40 }), (sequence) => {
        let current: Failure | undefined;
        let former: Failure | undefined;
        const broken: string[] = [];
        for (const [i, step] of sequence.entries()) {
          const before = current;
          const next = take(step, before, former, seconds(i));
          if (next === before || next === undefined) continue;
          for (const [law, holds] of Object.entries(laws)) if (!holds(next, seconds(i))) broken.push(law);
          for (const [law, holds] of Object.entries(lawsOfChange)) {
            if (before && !holds(before, next, step)) broken.push(law);
          }
          former = before;
          current = next;
        }
        expect(broken).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  test('a version that only ever fails is abandoned after exactly its budget, though tasks are reissued', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), (reissue) => {
        let failure = pending;
        let attempts = 0;
        for (const [i, lost] of reissue.entries()) {
          const at = seconds(i);
          if (lost) failure = reissued(failure, failure, at, policy)!;
          else {
            if (failure.status === 'pending') attempts++;
            failure = afterAttempt(failure, byTask(failure.generation), transient, policy)!;
          }
        }
        expect(attempts).toBe(Math.min(policy.maxAttempts, reissue.filter((lost) => !lost).length));
        expect(failure.status).toBe(attempts === policy.maxAttempts ? 'abandoned' : 'pending');
        expect(failure.retryCount).toBe(attempts);
      }),
    );
  });

  test('the waits follow the backoff of the queue', () => {
    const generous = { ...policy, maxAttempts: 10 };
    let failure = pending;
    for (let n = 1; n < 10; n++) {
      failure = afterAttempt(failure, byTask(1), transient, generous)!;
      expect(failure.nextAttemptAt!.getTime() - seconds(9).getTime()).toBe(backoffMs(n + 1, generous));
    }
  });
});
