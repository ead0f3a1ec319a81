// `npm start` as a user runs it: a process of its own, its exit code and its last line.
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { root } from './harness.ts';

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

// Ports of its own, away from a suite that a developer may have running, and below those that clients get.
let offset = 10_000 + (process.pid % 130) * 100;

function start(...args: string[]): Promise<Run> {
  offset += 5;
  const argv = ['--disable-warning=ExperimentalWarning', path.join(root, 'cli', 'start.ts'), ...args];
  const child = spawn(process.execPath, [...argv, '--port-offset', String(offset)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

const lastLine = (run: Run): Record<string, unknown> =>
  JSON.parse(run.stdout.trimEnd().split('\n').at(-1) ?? '');

function inputFile(...lines: string[]): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'start-')), 'sessions.ndjson');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

const session = (name: string, fields: Record<string, unknown> = {}) =>
  JSON.stringify({
    name,
    fields: {
      status: { stringValue: 'completed' },
      exerciseType: { stringValue: 'squat' },
      startTime: { timestampValue: '2026-09-01T09:00:00Z' },
      createdAt: { timestampValue: '2026-09-01T09:00:00Z' },
      ...fields,
    },
  });

describe('npm start -- --once --json', () => {
  test('accounts for every session of the demo and exits 0', async () => {
    const run = await start('--once', '--json', '--sessions', '120', '--seed', '3');
    const account = lastLine(run);
    expect({ code: run.code, stderr: run.code === 0 ? '' : run.stderr }).toEqual({ code: 0, stderr: '' });
    expect(account).toMatchObject({ abandoned: 6, pending: 0, lost: 0, duplicates: 0 });
    expect(Number(account['completed']) + Number(account['skipped'])).toBe(120);
    expect(account['latest']).toBe(Number(account['completed']) - 6);
    expect(Number(account['resolved'])).toBeGreaterThan(0);
    expect(Number(account['rows'])).toBeGreaterThanOrEqual(Number(account['latest']));
    expect(account['seconds']).toEqual(expect.any(Number));
    expect(run.stdout).toContain('sessions_latest');
  }, 120_000);

  test('writes the documents of a file instead', async () => {
    const file = inputFile(
      session('users/u1/sessions/s1'),
      session('users/u1/sessions/s2', { duration: { stringValue: 'an hour' } }),
      session('users/u2/sessions/s1', { status: { stringValue: 'in_progress' } }),
      session('users/u2/sessions/s1'),
      session('teams/t1'),
    );
    const run = await start('--once', '--json', '--no-faults', '--input', file);
    expect(run.code).toBe(0);
    expect(lastLine(run)).toMatchObject({
      completed: 3,
      skipped: 1,
      rows: 2,
      latest: 2,
      abandoned: 1,
      pending: 0,
      lost: 0,
      duplicates: 0,
    });
  }, 120_000);
});

test('a malformed line stops it before anything starts, with file, line and reason', async () => {
  const file = inputFile(
    session('users/u1/sessions/s1'),
    session('users/u1/sessions/s2', { duration: { integerValue: 'x' } }),
  );
  const run = await start('--once', '--json', '--input', file);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toContain(`${file}:2: fields.duration: integerValue must be a 64-bit integer`);
});

test('a wrong flag is refused with exit code 2, and --help shows them all', async () => {
  const wrong = await start('--sessions', 'many');
  expect(wrong).toMatchObject({
    code: 2,
    stderr: '--sessions wants a whole number from 1 to 1000000. See --help.\n',
  });
  const help = await start('--help');
  expect(help.code).toBe(0);
  for (const flag of [
    '--sessions',
    '--once',
    '--json',
    '--no-faults',
    '--seed',
    '--input',
    '--port-offset',
  ]) {
    expect(help.stdout).toContain(flag);
  }
});
