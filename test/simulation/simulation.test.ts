// The real handlers in a world that breaks everything; see README.md.
import { availableParallelism } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { searchInParallel } from './parallel.ts';
import { readRegressions } from './regressions.ts';
import { runSchedule } from './run.ts';
import { explain } from './search.ts';
import { formatSchedule, ofSeed, parseSchedule, replay } from './schedule.ts';
import { kindOf } from './shrink.ts';
import { variantOf } from './zoo/index.ts';

test('an empty tape is a quiet run: one document, one row, three calls, and six of the reconcile', async () => {
  const result = await runSchedule(replay({ faults: [], tape: [] }));
  expect(result).toMatchObject({ violation: undefined, rawRows: 1 });
  expect(result.calls).toHaveLength(9);
});

test('the same seed gives the same trace', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const drawn = ofSeed(seed);
    const first = await runSchedule(drawn);
    const again = await runSchedule(ofSeed(seed));
    const text = formatSchedule({ faults: drawn.faults, tape: drawn.tape.values });
    const replayed = await runSchedule(replay(parseSchedule(text)));
    expect([again.traceHash, replayed.traceHash]).toEqual([first.traceHash, first.traceHash]);
  }
});

describe.each(readRegressions())('$file: $note', ({ schedule, violation, mistake }) => {
  test('no more', async () => {
    expect(await runSchedule(replay(parseSchedule(schedule)))).toMatchObject({ violation: undefined });
  });

  test('again, with the mistake', async () => {
    const variant = mistake === undefined ? undefined : variantOf(mistake);
    const result = await runSchedule({ ...replay(parseSchedule(schedule)), variant });
    const wanted = mistake === undefined ? '' : kindOf(violation); // without the mistake of old there is none to find
    expect(kindOf(result.violation ?? '')).toBe(wanted);
  });
});

/** On threads, in a few seconds; `npm run simulate` runs as many as you like. */
const SCHEDULES = 6_000;
/** Each situation is met, and each fault class does something, in at least this many. */
const FAIR = 10;

test('no schedule of random faults breaks a promise, and every situation is met', async () => {
  const { totals, failing } = await searchInParallel({
    from: 1,
    count: SCHEDULES,
    workers: availableParallelism(),
    seen: () => true,
  });
  expect(failing && (await explain(failing))).toBeUndefined();
  expect(totals.schedules).toBe(SCHEDULES);
  expect(Object.entries(totals.met).filter(([, times]) => times < FAIR)).toEqual([]);
  expect(totals.duplicates).toBeGreaterThan(FAIR);
  expect(totals.visible + totals.abandoned + totals.erased + totals.outside).toBe(totals.completed);
}, 300_000);
