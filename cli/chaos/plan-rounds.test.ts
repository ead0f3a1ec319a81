// One seed, one plan; and a plan that leaves nothing out.
import { expect, test } from '@jest/globals';
import { faultSpecSchema } from '../../emulators/shared/faults.ts';
import { FAULT_KINDS } from './fault-kinds.ts';
import { planBlows, planRounds, type HostBlow, type Round } from './plan-rounds.ts';
import { scriptOf } from './session-script.ts';

const take = <T>(plan: Generator<T, never>, count: number): T[] =>
  Array.from({ length: count }, () => plan.next().value);
const rounds = (seed: number, count: number): Round[] => take(planRounds(seed), count);
const blows = (seed: number, count: number): HostBlow[] => take(planBlows(seed), count);

test('the same seed gives the same failures and the same sessions, another seed others', () => {
  expect(rounds(5, 50)).toEqual(rounds(5, 50));
  expect(rounds(5, 50)).not.toEqual(rounds(6, 50));
  expect(blows(5, 50)).toEqual(blows(5, 50));
  expect(blows(5, 50)).not.toEqual(blows(6, 50));
  const paths = (seed: number) => Array.from({ length: 50 }, (_, i) => scriptOf(seed, i).path);
  expect(paths(5)).toEqual(paths(5));
  expect(paths(5)).not.toEqual(paths(6));
});

test('every kind of fault is one that the suite knows, and comes up', () => {
  const many = rounds(1, 400).flatMap(({ faults }) => faults);
  for (const { spec } of many) expect(faultSpecSchema.safeParse(spec).error).toBeUndefined();
  expect(new Set(many.map(({ name }) => name))).toEqual(new Set(FAULT_KINDS.map(({ name }) => name)));
  expect(new Set(blows(1, 100).map(({ kind }) => kind))).toEqual(new Set(['killed', 'paused', 'restarted']));
});

test('BigQuery and Cloud Tasks fail together, and some rounds are quiet', () => {
  const together = rounds(1, 100).filter(({ faults }) => {
    const names = faults.map(({ name }) => name);
    return (
      names.some((name) => name.startsWith('BigQuery')) && names.some((name) => name.startsWith('Tasks'))
    );
  });
  expect(together.length).toBeGreaterThan(10);
  expect(rounds(1, 100).filter(({ faults }) => faults.length === 0).length).toBeGreaterThan(3);
});
