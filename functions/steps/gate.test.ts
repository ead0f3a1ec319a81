import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createGate } from './gate.ts';

test('who finds room goes in at once, without a promise', () => {
  const gate = createGate(10);
  expect([gate.enter(4), gate.enter(6)]).toEqual([undefined, undefined]);
});

test('who finds none waits for it, and for all who came before', async () => {
  const gate = createGate(10);
  const order: string[] = [];
  void gate.enter(8);
  const large = gate.enter(5)?.then(() => order.push('large'));
  const small = gate.enter(1)?.then(() => order.push('small'));
  expect([large, small]).not.toContain(undefined);
  await Promise.resolve();
  expect(order).toEqual([]);
  gate.leave(8);
  await Promise.all([large, small]);
  expect(order).toEqual(['large', 'small']);
});

test('what is heavier than the limit goes alone', async () => {
  const gate = createGate(10);
  void gate.enter(1);
  const giant = gate.enter(99);
  expect(giant).toBeDefined();
  gate.leave(1);
  await giant;
  expect(gate.enter(1)).toBeDefined();
});

test('never more inside than the limit, and everybody comes in once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 40 }), async (weights) => {
      const gate = createGate(10);
      const inside: number[] = [];
      let entered = 0;
      const visit = async (weight: number) => {
        await gate.enter(weight);
        entered++;
        inside.push(weight);
        const sum = inside.reduce((a, b) => a + b, 0);
        expect(sum <= 10 || inside.filter((each) => each > 0).length === 1).toBe(true);
        await Promise.resolve();
        inside.splice(inside.indexOf(weight), 1);
        gate.leave(weight);
      };
      await Promise.all(weights.map(visit));
      expect(entered).toBe(weights.length);
    }),
  );
});
