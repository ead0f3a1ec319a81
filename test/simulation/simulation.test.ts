// The real handlers in a world that breaks everything; see README.md.
import { expect, test } from '@jest/globals';
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

test('no schedule of random faults breaks a promise', async () => {
  const failing = await findFailing(1, 2_000);
  expect(failing && (await explain(failing))).toBeUndefined();
}, 120_000);
