import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ManualClock, systemClock } from './clock.ts';
import { ShiftedClock } from './shifted-clock.ts';

describe('the clock of the system', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('waits longer than a timer of Node can', () => {
    const days = 40 * 86_400_000;
    const run = jest.fn();
    systemClock.after(days, run);
    jest.advanceTimersByTime(days - 1);
    expect(run).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
  });

  test('forgets what is cancelled, also in the second stretch of a long wait', () => {
    const run = jest.fn();
    const cancel = systemClock.after(40 * 86_400_000, run);
    jest.advanceTimersByTime(30 * 86_400_000);
    cancel();
    jest.runAllTimers();
    expect(run).not.toHaveBeenCalled();
  });
});

describe('a clock that is set ahead', () => {
  test('brings forward what waits, in order of time, and leaves the rest for later', () => {
    const base = new ManualClock(0);
    const clock = new ShiftedClock(base);
    const ran: string[] = [];
    clock.after(5000, () => ran.push('second'));
    clock.after(2000, () => ran.push('first'));
    clock.after(9000, () => ran.push('last'));
    clock.after(1000, () => ran.push('cancelled'))();
    clock.advance(6000);
    expect(clock.now()).toBe(6000);
    expect(clock.offsetMs).toBe(6000);
    base.advance(0);
    expect(ran).toEqual(['first', 'second']);
    base.advance(2999);
    expect(ran).toEqual(['first', 'second']);
    base.advance(1);
    expect(ran).toEqual(['first', 'second', 'last']);
  });

  test('counts what is planned afterwards from its own time', () => {
    const base = new ManualClock(0);
    const clock = new ShiftedClock(base);
    clock.advance(1000);
    const run = jest.fn();
    clock.after(500, run);
    base.advance(500);
    expect(run).toHaveBeenCalledTimes(1);
    expect(clock.now()).toBe(1500);
  });
});
