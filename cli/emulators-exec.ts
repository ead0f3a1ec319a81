// `npm run emulators:exec -- '<command>'`: runs a command beside a suite of its own and ends with its exit code.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { parseFlagsOrExit, UsageError } from './args.ts';
import { fail, startLocalSuite, stopLocalSuite, suiteFlags } from './local-suite.ts';

const { values: flags, positionals } = parseFlagsOrExit({
  usage: "npm run emulators:exec -- [flags] '<command>'",
  summary:
    'Starts the suite, runs the command in a shell with the variables that lead to it, and stops the suite.\n' +
    'The exit code is that of the command. Ctrl-C reaches the command; three in two seconds end it.',
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
  // Before the command runs: what it prints may be what somebody answers with Ctrl-C.
  let child: ChildProcess | undefined;
  const times: number[] = [];
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      times.push(performance.now());
      // Ctrl-C in a terminal reaches the command by itself: it is in the same process group. The suite outlives it.
      if (isInsistent(times)) child?.kill('SIGKILL');
      else if (signal !== 'SIGINT' || !process.stdin.isTTY) child?.kill(signal);
    });
  }
  child = spawn(command, { shell: true, stdio: 'inherit', env: { ...process.env, ...env } });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** Three signals within two seconds: the command does not listen, and whoever asks does not want to wait. */
function isInsistent(times: readonly number[]): boolean {
  const third = times.at(-3);
  return third !== undefined && times.at(-1)! - third < 2000;
}
