// The commands as a person calls them. The parts that are slow to load stay out.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from '@jest/globals';
import { closeServer, listen } from '../emulators/shared/http.ts';
import { until } from '../emulators/shared/until.ts';

// Away from the usual ports, which a person may be using.
const OFFSET = '21000';

function start(script: string, args: readonly string[], stdin: 'ignore' | 'pipe' = 'ignore'): ChildProcess {
  const file = path.join(__dirname, script);
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
    stdio: [stdin, 'pipe', 'pipe'],
  });
}

async function run(script: string, ...args: string[]) {
  const child = start(script, args);
  const text = { stdout: '', stderr: '' };
  child.stdout!.on('data', (chunk) => (text.stdout += chunk));
  child.stderr!.on('data', (chunk) => (text.stderr += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...text };
}

describe('emulators:exec', () => {
  const flags = ['--only', 'tasks', '--port-offset', OFFSET, '--quiet'];

  test('runs the command with the variables of the suite and gives back its exit code', async () => {
    const { code, stdout } = await run(
      'emulators-exec.ts',
      ...flags,
      '--project',
      'demo-exec',
      'echo "$CLOUD_TASKS_EMULATOR_HOST $GCLOUD_PROJECT $FIRESTORE_EMULATOR_HOST."; exit 7',
    );
    expect(stdout).toBe('127.0.0.1:30499 demo-exec .\n');
    expect(code).toBe(7);
  });

  test('a command that a signal ended counts as 128 and the signal', async () => {
    const { code } = await run('emulators-exec.ts', ...flags, 'kill -TERM $$');
    expect(code).toBe(143);
  });

  test('passes SIGTERM on and waits for the command', async () => {
    const child = start('emulators-exec.ts', [
      ...flags,
      "trap 'echo ended; exit 3' TERM; echo up; while :; do sleep 0.05; done",
    ]);
    const lines: string[] = [];
    createInterface(child.stdout!).on('line', (line) => {
      lines.push(line);
      if (line === 'up') child.kill('SIGTERM');
    });
    const [code] = await once(child, 'close');
    expect(lines).toEqual(['up', 'ended']);
    expect(code).toBe(3);
  });

  test('ends a command that does not listen, when it is asked three times', async () => {
    const child = start('emulators-exec.ts', [
      ...flags,
      "trap '' TERM; echo up; while :; do sleep 0.05; done",
    ]);
    let asked = 0;
    child.stdout!.once('data', () => {
      // Signals of one kind that come at once are one signal: each has to be taken before the next.
      const asking = setInterval(() => {
        if (++asked === 3) clearInterval(asking);
        child.kill('SIGTERM');
      }, 300);
    });
    const [code] = await once(child, 'close');
    expect([asked, code]).toEqual([3, 137]);
  });

  test('passes its standard input to the command', async () => {
    const child = start('emulators-exec.ts', [...flags, 'cat'], 'pipe');
    let stdout = '';
    child.stdout!.on('data', (chunk) => (stdout += chunk));
    child.stdin!.end('through and through');
    await once(child, 'close');
    expect(stdout).toBe('through and through');
  });

  test('leaves its ports free, also when SIGINT ended the command', async () => {
    const child = start('emulators-exec.ts', [...flags, 'echo up; exec sleep 60']);
    child.stdout!.once('data', () => child.kill('SIGINT'));
    const [code] = await once(child, 'close');
    expect(code).toBe(130);
    const server = http.createServer();
    await expect(listen(server, 9499 + Number(OFFSET))).resolves.toBe(30499);
    await closeServer(server);
  });

  test.each([
    ['--data', '--data'],
    ['--export-on-exit', '--import'],
  ])('with %s, then %s, a dataset is there in the next run', async (first, second) => {
    const dir = path.join(await mkdtemp(path.join(tmpdir(), 'data-')), 'new');
    const exec = (flag: string, command: string) =>
      run(
        'emulators-exec.ts',
        '--only',
        'bigquery',
        '--port-offset',
        OFFSET,
        '--quiet',
        `${flag}=${dir}`,
        command,
      );
    const url = 'process.env.BIGQUERY_EMULATOR_HOST + "/projects/demo-local/datasets"';
    const node = (code: string) => `"${process.execPath}" -e '${code}'`;
    const body = '"{\\"datasetReference\\":{\\"datasetId\\":\\"kept\\"}}"';
    const headers = '{"content-type":"application/json"}';
    const made = await exec(
      first,
      node(`fetch(${url}, {method: "POST", headers: ${headers}, body: ${body}})`),
    );
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const { stdout } = await exec(second, node(`fetch(${url}).then((r) => r.text()).then(console.log)`));
    expect(stdout).toContain('demo-local:kept');
  });

  test.each([
    ['no command', flags, /A command is wanted/],
    ['an unknown flag', ['--prot', '1', 'true'], /--prot/],
    ['an unknown part', ['--only', 'task', 'true'], /--only knows no "task"; there are: firestore/],
    ['an import that does not exist', ['--import', '/none', 'true'], /--import: "\/none" does not exist/],
    ['an import that is no export', ['--import', __dirname, 'true'], /is no export of this suite/],
    ['an export over other files', [`--export-on-exit=${__dirname}`, 'true'], /holds something else/],
    [
      'an export without a folder',
      ['--export-on-exit', '--quiet', 'true'],
      /wants a folder: --export-on-exit=DIR/,
    ],
    ['data that is no folder', ['--data', __filename, 'true'], /--data wants a folder/],
    [
      'data without BigQuery',
      ['--only', 'tasks', '--data', 'x', 'true'],
      /--data is of use with bigquery only/,
    ],
    ['a port offset that is no number', ['--port-offset', 'x', 'true'], /--port-offset wants a whole number/],
  ])('with %s it ends with 2 and says what is wanted', async (_, args, message) => {
    const { code, stderr } = await run('emulators-exec.ts', ...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe('emulators', () => {
  test('prints where everything listens, and closes on Ctrl-C', async () => {
    const child = start('emulators.ts', ['--only', 'tasks', '--port-offset', '22000']);
    let stdout = '';
    createInterface(child.stdout!).on('line', (line) => {
      stdout += `${line}\n`;
      if (line.includes('export CLOUD_TASKS_EMULATOR_HOST')) child.kill('SIGINT');
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect(stdout).toMatch(/tasks +127\.0\.0\.1:31499/);
    expect(stdout).toContain('export CLOUD_TASKS_EMULATOR_HOST=127.0.0.1:31499');
  });

  test('serves the functions of another folder, and what was built there anew', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'built-'));
    const build = (answer: string) =>
      writeFile(
        path.join(dir, 'index.js'),
        `export const fn = (request, response) => response.send('${answer}');
        fn.__endpoint = { platform: 'gcfv2', region: ['r'], httpsTrigger: {} };`,
      );
    await writeFile(path.join(dir, 'package.json'), '{"type":"module"}');
    await build('old');
    const args = ['--only', 'functions', '--port-offset', '23000', '--functions', dir];
    const child = start('emulators.ts', args);
    const url = 'http://127.0.0.1:28001/demo-local/r/fn';
    // A call that the old host no longer answers must not be waited for.
    const ask = () =>
      fetch(url, { signal: AbortSignal.timeout(2000) })
        .then((response) => response.text())
        .catch(() => undefined);
    try {
      await until(async () => (await ask()) === 'old');
      await build('new and longer');
      await until(async () => (await ask()) === 'new and longer');
    } finally {
      child.kill('SIGTERM');
    }
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  }, 120_000);

  test('--help shows every flag', async () => {
    const { code, stdout } = await run('emulators.ts', '--help');
    expect(code).toBe(0);
    const flags = [
      'project ID',
      'only PARTS',
      'port-offset N',
      'functions DIR',
      'data DIR',
      'import DIR',
      'quiet',
      'help',
    ];
    for (const name of [...flags, 'export-on-exit[=DIR]']) {
      expect(stdout).toContain(`--${name}`);
    }
  });
});
