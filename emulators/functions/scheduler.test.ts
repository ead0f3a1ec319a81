import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../shared/clock.ts';
import { Faults } from '../shared/faults.ts';
import { until } from '../shared/until.ts';
import { parseSchedule } from './schedule.ts';
import { createScheduler } from './scheduler.ts';

const START = Date.UTC(2026, 2, 4, 10, 2, 30); // a Wednesday

describe('parseSchedule', () => {
  test.each([
    ['every 5 minutes', 'UTC', '2026-03-04T10:07:30.000Z'],
    ['every 5 mins synchronized', 'UTC', '2026-03-04T10:05:00.000Z'],
    ['Every  1  hours', 'UTC', '2026-03-04T11:02:30.000Z'],
    ['every 24 hours', 'UTC', '2026-03-05T10:02:30.000Z'],
    ['every day 09:00', 'Asia/Tokyo', '2026-03-05T00:00:00.000Z'],
    ['every monday,friday 09:30', 'UTC', '2026-03-06T09:30:00.000Z'],
    ['*/5 * * * *', 'UTC', '2026-03-04T10:05:00.000Z'],
    ['0 3 1 * *', 'Asia/Tokyo', '2026-03-31T18:00:00.000Z'],
  ])('%s in %s', (text, timeZone, expected) => {
    expect(new Date(parseSchedule(text, timeZone).next(START)).toISOString()).toBe(expected);
  });

  test.each(['every now and then', 'every 0 minutes', 'every someday 09:00', '61 * * * *', ''])(
    'refuses "%s"',
    (text) => {
      expect(() => parseSchedule(text, 'UTC')).toThrow(/Cannot read schedule/);
    },
  );
});

function setUp(status = 200) {
  const clock = new ManualClock(START);
  const posts: { url: string; scheduled: string | undefined }[] = [];
  const logged: string[] = [];
  const faults = new Faults();
  const scheduler = createScheduler({
    faults,
    clock,
    log: (line) => logged.push(line),
    post: async (url, headers) => {
      posts.push({ url, scheduled: headers['x-cloudscheduler-scheduletime'] });
      return status;
    },
  });
  const job = { name: 'sweep', schedule: 'every 5 minutes', timeZone: 'UTC', url: 'http://host/sweep' };
  scheduler.setFunctions([job]);
  return { clock, faults, posts, logged, scheduler, job };
}

describe('the scheduler', () => {
  test('runs each schedule again and again, by its clock', async () => {
    const { clock, posts } = setUp();
    clock.advance(16 * 60_000);
    await until(() => posts.length === 3);
    expect(posts.map(({ scheduled }) => scheduled)).toEqual([
      '2026-03-04T10:07:30.000Z',
      '2026-03-04T10:12:30.000Z',
      '2026-03-04T10:17:30.000Z',
    ]);
  });

  test('runs on demand, and knows what it does not know', async () => {
    const { posts, scheduler } = setUp();
    await expect(scheduler.run('sweep')).resolves.toBe(200);
    await expect(scheduler.run('other')).resolves.toBeUndefined();
    expect(posts).toHaveLength(1);
  });

  test('says when a run failed', async () => {
    const { logged, scheduler } = setUp(500);
    await scheduler.run('sweep');
    expect(logged).toEqual(['scheduler: sweep: failed (status 500)']);
  });

  test('a fault of the function hits the run, before it is called or after', async () => {
    const { faults, posts, scheduler } = setUp();
    faults.add({ service: 'functions', method: 'sweep', match: 'host/sweep', status: 503, count: 1 });
    await expect(scheduler.run('sweep')).resolves.toBe(503);
    expect(posts).toHaveLength(0);
    faults.add({ service: 'functions', method: 'sweep', phase: 'after', drop: true, count: 1 });
    await expect(scheduler.run('sweep')).resolves.toBe(0);
    expect(posts).toHaveLength(1);
    faults.add({ service: 'functions', method: 'sweep', match: 'host/other', status: 503 });
    await expect(scheduler.run('sweep')).resolves.toBe(200);
  });

  test('setting the functions anew replaces the old schedules', () => {
    const { clock, posts, scheduler, job } = setUp();
    scheduler.setFunctions([{ ...job, schedule: 'every 1 hours' }]);
    clock.advance(59 * 60_000);
    expect(posts).toHaveLength(0);
    scheduler.close();
    clock.advance(24 * 3_600_000);
    expect(posts).toHaveLength(0);
  });
});
