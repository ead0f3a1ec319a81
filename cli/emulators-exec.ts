// `npm run emulators:exec -- '<command>'`: runs a command beside a suite of its own and ends with its exit code.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { parseFlagsOrExit, UsageError } from './args.ts';
import { fail, startLocalSuite, stopLocalSuite, suiteFlags } from './local-suite.ts';

const { values: flags, positionals } = parseFlagsOrExit({
  usage: "npm run emulators:exec -- [flags] '<command>'",
  summary:
    'Starts the suite, runs the command in a shell with the variables that lead to it, and stops the suite.\n' +
    'The exit code is that of the command.',
  flags: suiteFlags,
  positional: 'command',
});

try {
  const command = positionals.join(' ');
  if (command === '') throw new UsageError("A command is wanted: npm run emulators:exec -- '<command>'");
  const suite = await startLocalSuite(flags);
  const code = await run(command, suite.env);
  await stopLocalSuite(suite, flags);
  process.exit(code);
} catch (error) {
  fail(error);
}

async function run(command: string, env: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(command, { shell: true, stdio: 'inherit', env: { ...process.env, ...env } });
  // Ctrl-C in a terminal reaches the command by itself: it is in the same process group. The suite outlives it.
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
