// The real handlers in a world that breaks everything; see README.md.
import { expect, test } from '@jest/globals';
import { SITUATIONS, type Situation } from './invariants.ts';
import { regressions } from './regressions.ts';
import { runSchedule } from './run.ts';
import { explain, findFailing } from './search.ts';
import { Tape } from './tape.ts';

test('an empty tape is a quiet run: one document, one row', async () => {
  const result = await runSchedule({ tape: Tape.replay([]) });
  expect(result).toMatchObject({ violation: undefined, rawRows: 1, faults: [] });
});

test('the same seed gives the same trace', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const tape = Tape.ofSeed(seed);
    const first = await runSchedule({ tape });
    const again = await runSchedule({ tape: Tape.ofSeed(seed) });
    const replayed = await runSchedule({ tape: Tape.replay(tape.values) });
    expect([again.traceHash, replayed.traceHash]).toEqual([first.traceHash, first.traceHash]);
  }
});

test.each(regressions)('no more: $once', async ({ tape }) => {
  const { violation } = await runSchedule({ tape: Tape.replay(tape) });
  expect(violation).toBeUndefined();
});

/** In about ten seconds on two cores, with coverage; `npm run simulate` runs as many as you like. */
const SCHEDULES = 10_000;
/** Each situation is met by at least this many. */
const FAIR = 10;

test('no schedule of random faults breaks a promise, and every situation is met', async () => {
  const met = new Map<Situation, number>(SITUATIONS.map((situation) => [situation, 0]));
  let duplicates = 0;
  const failing = await findFailing(1, SCHEDULES, undefined, ({ situations, duplicateRows }) => {
    for (const situation of situations) met.set(situation, met.get(situation)! + 1);
    duplicates += duplicateRows;
    return true;
  });
  expect(failing && (await explain(failing))).toBeUndefined();
  expect([...met].filter(([, count]) => count < FAIR)).toEqual([]);
  expect(duplicates).toBeGreaterThan(FAIR);
}, 120_000);
