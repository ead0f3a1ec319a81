import { describe, expect, test } from '@jest/globals';
import { FieldValue } from 'firebase-admin/firestore';
import { sessions } from '../../functions/pipelines/sessions.ts';
import { planSessions } from './plan.ts';
import { POISONS } from './poison.ts';

const plan = (count: number, seed: number) => [...planSessions(count, seed)];
const paths = (count: number, seed: number) => plan(count, seed).map((session) => session.path);

describe('the demo workload', () => {
  test('is the same for the same seed and another for another', () => {
    expect(paths(200, 7)).toEqual(paths(200, 7));
    expect(paths(200, 7)).not.toEqual(paths(200, 8));
  });

  test('has as many sessions as asked for, all of different paths', () => {
    for (const count of [1, 19, 500]) expect(new Set(paths(count, 1)).size).toBe(count);
  });

  test('writes values that Firestore accepts wherever they stand', () => {
    for (const { writes } of plan(2000, 5)) {
      const created = writes[0]?.kind === 'create' ? writes[0].data : {};
      expect(Object.values(created)).not.toContain(undefined);
      expect(created['formFeedback'] instanceof FieldValue).toBe(false);
    }
  });

  test('holds every kind of poison, sessions that never complete, and deleted ones', () => {
    const sessionsPlanned = plan(500, 1);
    expect(sessionsPlanned.filter((session) => session.ends === 'poison')).toHaveLength(POISONS.length);
    expect(sessionsPlanned.some((session) => session.writes.at(-1)?.kind === 'delete')).toBe(true);
    expect(
      sessionsPlanned.some((session) => session.writes[0]?.kind === 'create' && session.writes.length === 1),
    ).toBe(true);
    expect(sessionsPlanned.filter((session) => session.ends === 'unfinished').length).toBeGreaterThan(20);
  });

  test.each(POISONS.map((poison, i) => [i, poison] as const))(
    'poison %i is refused by the schema',
    (_, poison) => {
      const reading = sessions.read({ status: 'completed', ...poison() });
      const problems = reading.ok ? [] : reading.problems;
      const touched = Object.keys(poison());
      expect(problems.some((problem) => touched.includes(problem.split(/[.:]/)[0]!))).toBe(true);
    },
  );
});
