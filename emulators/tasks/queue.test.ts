import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../shared/clock.ts';
import { DEFAULT_QUEUE_CONFIG } from './queue-config.ts';
import type { RateLimits, RetryConfig } from './queue-config.ts';
import { Queue } from './queue.ts';
import type { Attempt, AttemptResult, NewTask, Task } from './task.ts';

const SECOND = 1000;
const OK: AttemptResult = { kind: 'answered', status: 200 };
const FAILED: AttemptResult = { kind: 'answered', status: 500 };

interface Sent {
  readonly atS: number;
  readonly attempt: Attempt;
  readonly done: (result: AttemptResult) => void;
}

/** A queue on a clock that stands still. `answer` ends each attempt at once; without it they stay under way. */
function setUp(
  options: {
    rateLimits?: Partial<RateLimits>;
    retryConfig?: Partial<RetryConfig>;
    answer?: (attempt: Attempt) => AttemptResult | undefined;
    tombstoneMs?: number;
  } = {},
) {
  const clock = new ManualClock();
  const start = clock.now();
  const sent: Sent[] = [];
  const dead: Task[] = [];
  let id = 0;
  const queue = new Queue({
    clock,
    config: {
      rateLimits: { ...DEFAULT_QUEUE_CONFIG.rateLimits, ...options.rateLimits },
      retryConfig: { ...DEFAULT_QUEUE_CONFIG.retryConfig, ...options.retryConfig },
      samplingRatio: 0,
    },
    send(attempt, done) {
      sent.push({ atS: (clock.now() - start) / SECOND, attempt, done });
      const result = options.answer?.(attempt);
      if (result) done(result);
    },
    newId: () => `auto-${id++}`,
    tombstoneMs: options.tombstoneMs ?? 3600 * SECOND,
    onDead: (task) => dead.push(task),
  });
  const add = (task: Partial<NewTask> = {}) =>
    queue.add({
      target: { url: 'http://127.0.0.1/', httpMethod: 'POST', headers: {}, body: Buffer.alloc(0) },
      dispatchDeadlineMs: 600 * SECOND,
      ...task,
    });
  return { clock, queue, sent, dead, add, times: () => sent.map((one) => one.atS) };
}

describe('attempts', () => {
  test('a task that succeeds is sent once and is gone', () => {
    const { queue, sent, add, clock } = setUp({ answer: () => OK });
    add();
    clock.advance(24 * 3600 * SECOND);
    expect(sent).toHaveLength(1);
    expect(queue.size).toBe(0);
  });

  test('a failing task is retried after doubling, then linear waits until its attempts are spent', () => {
    const { times, dead, add, clock, queue } = setUp({
      answer: () => FAILED,
      retryConfig: { maxAttempts: 8, minBackoffMs: SECOND, maxBackoffMs: 10 * SECOND, maxDoublings: 2 },
    });
    add();
    clock.advance(3600 * SECOND);
    expect(times()).toEqual([0, 1, 3, 7, 15, 25, 35, 45]);
    expect(dead.map((task) => task.dispatchCount)).toEqual([8]);
    expect(queue.size).toBe(0);
  });

  test('with a duration, a task dies only when attempts and duration are both spent', () => {
    const waits = { minBackoffMs: 10 * SECOND, maxBackoffMs: 10 * SECOND };
    const long = setUp({
      answer: () => FAILED,
      retryConfig: { ...waits, maxAttempts: 2, maxRetryDurationMs: 35 * SECOND },
    });
    long.add();
    long.clock.advance(3600 * SECOND);
    expect(long.times()).toEqual([0, 10, 20, 30, 40]);

    const many = setUp({
      answer: () => FAILED,
      retryConfig: { ...waits, maxAttempts: 6, maxRetryDurationMs: 15 * SECOND },
    });
    many.add();
    many.clock.advance(3600 * SECOND);
    expect(many.times()).toEqual([0, 10, 20, 30, 40, 50]);
  });

  test('without a limit on attempts, the duration alone ends a task', () => {
    const { times, add, clock } = setUp({
      answer: () => FAILED,
      retryConfig: {
        minBackoffMs: 10 * SECOND,
        maxBackoffMs: 10 * SECOND,
        maxAttempts: -1,
        maxRetryDurationMs: 15 * SECOND,
      },
    });
    add();
    clock.advance(3600 * SECOND);
    expect(times()).toEqual([0, 10, 20]);
  });

  test('an attempt knows its retries, its executions and the status before it', () => {
    const results: AttemptResult[] = [
      { kind: 'answered', status: 404 },
      { kind: 'answered', status: 503 },
      { kind: 'deadline' },
      { kind: 'unreachable', reason: 'refused' },
      OK,
    ];
    const { sent, add, clock } = setUp({ answer: () => results.shift() });
    add();
    clock.advance(60 * SECOND);
    expect(
      sent.map(({ attempt }) => [attempt.retryCount, attempt.executionCount, attempt.task.previousStatus]),
    ).toEqual([
      [0, 0, undefined],
      [1, 1, 404],
      [2, 1, 503],
      [3, 1, 504],
      [4, 1, undefined],
    ]);
  });

  test('a longer Retry-After wins over the backoff, a shorter one does not', () => {
    const results: AttemptResult[] = [
      { kind: 'answered', status: 503, retryAfterMs: 90 * SECOND },
      { kind: 'answered', status: 429, retryAfterMs: SECOND },
      OK,
    ];
    const { times, add, clock } = setUp({
      answer: () => results.shift(),
      retryConfig: { minBackoffMs: 10 * SECOND },
    });
    add();
    clock.advance(600 * SECOND);
    expect(times()).toEqual([0, 90, 110]);
  });
});

describe('when a task goes', () => {
  test('not before its schedule time; a time in the past is now', () => {
    const { times, add, clock } = setUp({ answer: () => OK });
    add({ scheduledAtMs: clock.now() + 30 * SECOND });
    add({ scheduledAtMs: clock.now() - 30 * SECOND });
    clock.advance(29 * SECOND);
    expect(times()).toEqual([0]);
    clock.advance(SECOND);
    expect(times()).toEqual([0, 30]);
  });

  test('the rate lets a burst through, then one at a time', () => {
    const { times, add, clock } = setUp({
      answer: () => OK,
      rateLimits: { maxDispatchesPerSecond: 10, maxBurstSize: 3 },
    });
    for (let i = 0; i < 6; i++) add();
    clock.advance(10 * SECOND);
    expect(times()).toEqual([0, 0, 0, 0.1, 0.2, 0.3]);
  });

  test('no more are under way than the queue allows', () => {
    const { sent, add } = setUp({ rateLimits: { maxConcurrentDispatches: 2 } });
    for (let i = 0; i < 5; i++) add();
    expect(sent).toHaveLength(2);
    sent[0]!.done(OK);
    expect(sent).toHaveLength(3);
  });

  test('a paused queue sends nothing until it is resumed', () => {
    const { queue, sent, add, clock } = setUp({ answer: () => OK });
    queue.pause();
    add();
    clock.advance(3600 * SECOND);
    expect(sent).toHaveLength(0);
    queue.resume();
    expect(sent).toHaveLength(1);
  });

  test('run sends at once, paused or scheduled for later, and a failure restarts the wait from there', () => {
    const { queue, times, add, clock } = setUp({
      answer: () => FAILED,
      retryConfig: { minBackoffMs: 5 * SECOND },
    });
    queue.pause();
    const task = add({ scheduledAtMs: clock.now() + 3600 * SECOND });
    queue.run(task.id);
    expect(times()).toEqual([0]);
    queue.resume();
    clock.advance(5 * SECOND);
    expect(times()).toEqual([0, 5]);
  });

  test('a new rate takes effect at once', () => {
    const { queue, sent, add, clock } = setUp({
      answer: () => OK,
      rateLimits: { maxDispatchesPerSecond: 0.001, maxBurstSize: 1 },
    });
    add();
    add();
    expect(sent).toHaveLength(1);
    queue.update(DEFAULT_QUEUE_CONFIG);
    clock.advance(0);
    expect(sent).toHaveLength(2);
  });
});

describe('names', () => {
  test('a live name is refused', () => {
    const { add } = setUp();
    add({ id: 'a' });
    expect(() => add({ id: 'a' })).toThrow(expect.objectContaining({ status: 'ALREADY_EXISTS' }));
  });

  test.each(['done', 'deleted', 'purged', 'dead'])(
    'the name of a %s task is refused for the window, then free',
    (end) => {
      const { queue, add, clock } = setUp({
        tombstoneMs: 60 * SECOND,
        retryConfig: { maxAttempts: 1 },
        answer: () => ({ done: OK, dead: FAILED })[end],
      });
      add({ id: 'a' });
      if (end === 'deleted') queue.delete('a');
      if (end === 'purged') queue.purge();
      clock.advance(59 * SECOND);
      expect(() => add({ id: 'a' })).toThrow(expect.objectContaining({ status: 'ALREADY_EXISTS' }));
      clock.advance(SECOND);
      expect(add({ id: 'a' }).id).toBe('a');
    },
  );

  test('clear frees every name', () => {
    const { queue, add } = setUp({ answer: () => OK });
    add({ id: 'a' });
    queue.clear();
    expect(add({ id: 'a' }).id).toBe('a');
  });
});

describe('removal while an attempt is under way', () => {
  test('the late result is ignored and frees its place', () => {
    const { queue, sent, add, clock } = setUp({ rateLimits: { maxConcurrentDispatches: 1 } });
    add({ id: 'a' });
    add({ id: 'b' });
    queue.delete('a');
    sent[0]!.done(FAILED);
    expect(sent.map(({ attempt }) => attempt.task.id)).toEqual(['a', 'b']);
    clock.advance(3600 * SECOND);
    expect(queue.get('a')).toBeUndefined();
  });

  test('the result of a cleared task does not settle a new one of the same name', () => {
    const { queue, sent, add } = setUp();
    add({ id: 'a' });
    queue.clear();
    add({ id: 'a' });
    sent[0]!.done(OK);
    expect(queue.get('a')).toBeDefined();
  });

  test('a closed queue sends nothing more', () => {
    const { queue, sent, add, clock } = setUp({ answer: () => FAILED });
    add();
    queue.close();
    clock.advance(3600 * SECOND);
    expect(sent).toHaveLength(1);
  });
});
