// `npm run bench:emulators`: runs the bench of each emulator in a process of its own, one after the other.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { parseFlagsOrExit } from '../../cli/args.ts';

const LIMIT_MS = 90_000;
const NAMES = ['firestore', 'bigquery', 'tasks', 'functions'];

const { positionals } = parseFlagsOrExit({
  usage: 'npm run bench:emulators -- [name …]',
  summary:
    `Measures the emulators on this machine: operations per second and memory. Names: ${NAMES.join(', ')}; all\n` +
    `without any. Each takes ${LIMIT_MS / 1000} s at most. Exit code: 0, 1 when one failed, 2 for an unknown name.`,
  flags: {},
  positional: 'name',
});

const unknown = positionals.filter((name) => !NAMES.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no bench "${unknown.join('", "')}"; there are: ${NAMES.join(', ')}\n`);
  process.exit(2);
}

for (const name of positionals.length > 0 ? positionals : NAMES) {
  process.stdout.write(`\n${name}\n`);
  const file = path.join(import.meta.dirname, `${name}.ts`);
  const bench = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
    stdio: 'inherit',
  });
  const timer = setTimeout(() => bench.kill(), LIMIT_MS);
  const [code, signal] = (await once(bench, 'exit')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  if (signal !== null) process.stdout.write(`${name}: stopped after ${LIMIT_MS / 1000} s\n`);
  if (code !== 0) process.exitCode = 1;
}
