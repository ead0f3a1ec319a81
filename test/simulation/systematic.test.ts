// Before chance: one document, every call of its story, every kind of fault, and every pair of them.
import { describe, expect, test } from '@jest/globals';
import { CALL_FAULTS, type CallFault, type FaultClass } from './faults.ts';
import { runSchedule } from './run.ts';
import { Tape } from './tape.ts';

const FAULTS = CALL_FAULTS.filter((fault) => fault !== 'none');
/** Of the event and of the task that follows when its insert fails, with room for one more attempt of each. */
const CALLS = 16;

async function violationsOf(
  plans: Iterable<readonly (readonly [number, CallFault])[]>,
  on: readonly FaultClass[],
) {
  const violations: string[] = [];
  let runs = 0;
  for (const plan of plans) {
    const { violation } = await runSchedule({ tape: Tape.replay([]), plan: new Map(plan), on });
    if (violation !== undefined) violations.push(`${JSON.stringify(plan)}: ${violation}`);
    runs++;
  }
  return { violations, runs };
}

function* singles(from: number): Generator<readonly [number, CallFault]> {
  for (let call = from; call < CALLS; call++) for (const fault of FAULTS) yield [call, fault];
}

function* pairs(from: number): Generator<readonly (readonly [number, CallFault])[]> {
  for (const first of singles(from)) for (const second of singles(first[0] + 1)) yield [first, second];
}

function* withInsertRefused(): Generator<readonly (readonly [number, CallFault])[]> {
  for (const pair of pairs(1)) yield [[0, 'error before'], ...pair];
}

describe.each<[string, readonly FaultClass[]]>([
  ['transactions in one go', []],
  ['transactions that read first', ['transactionAborts']],
])('%s', (_, on) => {
  test('the story is as long as it is taken to be', async () => {
    const plan = new Map<number, CallFault>([[0, 'error before']]);
    const { calls } = await runSchedule({ tape: Tape.replay([]), plan, on });
    expect(calls).toBeLessThan(CALLS);
  });

  test('any two faults of an event', async () => {
    const { violations, runs } = await violationsOf(pairs(0), on);
    expect(violations.slice(0, 5)).toEqual([]);
    expect(runs).toBe(((CALLS * (CALLS - 1)) / 2) * FAULTS.length ** 2);
  });

  test('any two faults after BigQuery refused the row', async () => {
    const { violations } = await violationsOf(withInsertRefused(), on);
    expect(violations.slice(0, 5)).toEqual([]);
  });
});
