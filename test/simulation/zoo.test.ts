// Each mistake of the zoo is found, by the invariant that is meant to find it, within its number of seeds.
import { expect, test } from '@jest/globals';
import { readRegressions } from './regressions.ts';
import { findFailing } from './search.ts';
import { zoo } from './zoo/index.ts';

test.each(zoo.filter(({ isRare }) => !isRare))(
  '$mistake: found within $within seeds',
  async ({ within, finds, create }) => {
    const found = await findFailing(1, within, create());
    expect(found?.violation).toMatch(finds);
  },
  300_000,
);

test.each(zoo.filter(({ isRare }) => isRare))('$mistake: a kept schedule finds it', ({ mistake, finds }) => {
  const kept = readRegressions().filter((regression) => regression.mistake === mistake);
  expect(kept.map(({ violation }) => violation)).toContainEqual(expect.stringMatching(finds));
});
