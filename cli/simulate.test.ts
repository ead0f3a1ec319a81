// `npm run simulate` as a person calls it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, test } from '@jest/globals';

async function simulate(...args: string[]) {
  const file = path.join(__dirname, 'simulate.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args]);
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (text.stdout += chunk));
  child.stderr.on('data', (chunk) => (text.stderr += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...text };
}

test('threads share the schedules, and their figures are summed', async () => {
  const { code, stdout } = await simulate('--schedules', '301', '--workers', '2');
  expect(stdout).toMatch(/schedules +301\n +threads +2\n/);
  expect(stdout).toMatch(/promises broken +0\n$/);
  expect(code).toBe(0);
});

test('of all threads the lowest failing seed is told: shrunk, with its timeline', async () => {
  const mistake = ['--mistake', 'a failure abandoned without a reason'];
  const alone = await simulate(...mistake, '--schedules', '50', '--workers', '1');
  const shared = await simulate(...mistake, '--schedules', '50', '--workers', '3');
  expect(alone.stdout).toMatch(
    /^Seed \d+ broke a promise at commit \w+: a failure abandoned without a reason/,
  );
  expect(alone.stdout).toMatch(/\nschedule: [\w,]*:[\d,]*\n/);
  expect(alone.stdout).toMatch(/\n00:00:\d\d\.\d{3} {2}the app: complete s0\n/);
  // Standard error tells how far it is, and that depends on the machine.
  expect([shared.code, shared.stdout]).toEqual([alone.code, alone.stdout]);
  expect(alone.code).toBe(1);
});

test('a schedule that cannot be read is refused, and the remedy said', async () => {
  const { code, stderr } = await simulate('--replay', 'crash,earthquake:0,1');
  expect(stderr).toBe('Cannot read the schedule: "earthquake" is no fault class\n');
  expect(code).toBe(2);
});
