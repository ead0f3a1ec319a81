// Two minutes of `npm run chaos`, as a user runs it: a process of its own, its exit code and its last line.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { until } from '../../emulators/shared/until.ts';
import { root } from './harness.ts';

const MINUTES = 2;
/** Fewer than usual: other tests run beside it. */
const RATE = 5;

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...args: string[]) {
  const argv = ['--disable-warning=ExperimentalWarning', path.join(root, 'cli', 'chaos.ts'), ...args];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const ended = once(child, 'close').then(([code]): Run => ({ code: code as number | null, stdout, stderr }));
  return { child, ended, stderr: () => stderr };
}

/** Another test may be building the functions at this moment. */
const built = () => until(() => existsSync(path.join(root, 'dist', 'package.json')));

test(
  'nothing is lost, nothing is double, and nothing is there that nobody wrote',
  async () => {
    await built();
    const run = await start('--minutes', String(MINUTES), '--rate', String(RATE), '--seed', '1', '--json')
      .ended;
    const report = JSON.parse(run.stdout.trimEnd().split('\n').at(-1) ?? '') as {
      readonly findings: unknown;
      readonly calm: { readonly atRest: boolean };
      readonly recovered: number;
      readonly reconciled: number;
      readonly visible: number;
      readonly blows: { readonly killed: number };
      readonly hits: Readonly<Record<string, number>>;
    };
    expect({ findings: report.findings, atRest: report.calm.atRest }).toEqual({ findings: [], atRest: true });
    expect({ code: run.code, stdout: run.code === 0 ? '' : run.stdout }).toEqual({ code: 0, stdout: '' });
    // It says something only if the failures reached their mark.
    expect(report.visible).toBeGreaterThan(100);
    expect(report.recovered).toBeGreaterThan(20);
    expect(report.reconciled).toBeGreaterThan(5);
    expect(report.blows.killed).toBeGreaterThan(3);
    expect(Object.values(report.hits).filter((count) => count > 0).length).toBeGreaterThan(8);
  },
  (MINUTES + 8) * 60_000,
);

test('Ctrl-C ends it with 130, and the functions host with it', async () => {
  await built();
  const { child, ended, stderr } = start('--minutes', '5', '--rate', '1');
  await until(() => /sessions,/.test(stderr()));
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
}, 120_000);

test('--help says what the four counts mean', async () => {
  const { code, stdout } = await start('--help').ended;
  expect(code).toBe(0);
  for (const word of ['lost', 'unexpected', 'duplicated', 'recovered']) expect(stdout).toContain(word);
});
