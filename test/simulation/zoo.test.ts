// Each mistake of the zoo is found, by the invariant that is meant to find it, within its number of seeds.
import { expect, test } from '@jest/globals';
import { findFailing } from './search.ts';
import { zoo } from './zoo/index.ts';

test.each(zoo)(
  '$mistake: found within $within seeds',
  async ({ within, from = 1, finds, create }) => {
    const found = await findFailing(from, within - from + 1, create());
    expect(found?.violation).toMatch(finds);
  },
  300_000,
);
