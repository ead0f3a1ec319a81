// Every call of a story, every kind of fault, and every pair of them: no promise breaks.
import { expect, test } from '@jest/globals';
import { STORIES, systematicRuns } from './systematic.ts';

test.each(STORIES)(
  '$name: any fault, any two faults',
  async (story) => {
    const { runs, violations, undisturbed } = await systematicRuns(story);
    expect(violations.slice(0, 5)).toEqual([]);
    expect(story.meets === undefined || undisturbed.has(story.meets)).toBe(true);
    expect(runs).toBeGreaterThan(1_000);
  },
  300_000,
);
