import { expect, test } from '@jest/globals';
import { Faults } from './faults.ts';

const error = { service: 'tasks', method: 'createTask', status: 503 } as const;

/** Which of so many calls are hit. */
async function hits(faults: Faults, calls: number, target?: string): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < calls; i++) if (await faults.take('tasks', 'createTask', target)) found.push(i);
  return found;
}

test('a fault with a count ends by itself and keeps its hits', async () => {
  const faults = new Faults();
  faults.add({ ...error, count: 2 });
  expect(await hits(faults, 4)).toEqual([0, 1]);
  expect(faults.list()).toMatchObject([{ hits: 2, active: false }]);
});

test('a fault with a duration ends with its time', async () => {
  let now = 0;
  const faults = new Faults(() => now);
  faults.add({ ...error, durationMs: 1000 });
  now = 999;
  expect(await hits(faults, 1)).toEqual([0]);
  now = 1000;
  expect(await hits(faults, 1)).toEqual([]);
});

test('a fault with a match hits only calls whose target has the text', async () => {
  const faults = new Faults();
  faults.add({ ...error, match: '/queues/a/' });
  expect(await hits(faults, 1, '/v2/projects/p/locations/l/queues/b/tasks')).toEqual([]);
  expect(await hits(faults, 1)).toEqual([]);
  expect(await hits(faults, 1, '/v2/projects/p/locations/l/queues/a/tasks')).toEqual([0]);
  expect(faults.list()).toMatchObject([{ hits: 1 }]);
});

test('other services and methods are left alone; * is every method', async () => {
  const faults = new Faults();
  faults.add({ ...error, method: '*' });
  expect(await faults.take('bigquery', 'createTask')).toBeUndefined();
  expect(await faults.take('tasks', 'getTask')).toMatchObject({ error: { status: 503 } });
});

test('the same seed gives the same hits, another seed others', async () => {
  const draw = async (seed: number) => {
    const faults = new Faults();
    faults.add({ ...error, probability: 0.5, seed });
    return hits(faults, 40);
  };
  const first = await draw(7);
  expect(first.length).toBeGreaterThan(5);
  expect(first.length).toBeLessThan(35);
  expect(await draw(7)).toEqual(first);
  expect(await draw(8)).not.toEqual(first);
});
