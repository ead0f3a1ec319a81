// Every call of a story, every kind of fault, and every pair of them: no promise breaks. In a process of its own,
// without what Jest adds to each module: twice as fast.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { STORIES, systematicRuns } from './systematic.ts';

test('any fault, any two faults, in any story', async () => {
  const script = path.join(__dirname, '..', '..', 'cli', 'simulate.ts');
  const node = ['--disable-warning=ExperimentalWarning', script, '--systematic'];
  // Exit code 1 when a promise broke: the rejection then says which.
  const { stdout } = await promisify(execFile)(process.execPath, node).catch(
    (error: { stdout: string }) => error,
  );
  for (const { name } of STORIES) expect(stdout).toMatch(new RegExp(`${name} +[1-9]\\d{3,} +0\n`));
}, 600_000);

test('a story that is not what it says counts as broken', async () => {
  const [story] = STORIES;
  const { violations } = await systematicRuns({ ...story!, meets: 'resolved by a retry' }, 0);
  expect(violations).toEqual(['the story does not come to "resolved by a retry"']);
});
