// Runs the bench of each emulator in a process of its own, one after the other, a minute each at most.
//   node bench/emulators/index.ts [name …]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';

const LIMIT_MS = 60_000;

const all = ['firestore', 'bigquery', 'tasks'].filter((name) =>
  existsSync(path.join(import.meta.dirname, `${name}.ts`)),
);
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no bench "${unknown.join('", "')}"; there are: ${all.join(', ')}\n`);
  process.exit(2);
}

for (const name of asked.length > 0 ? asked : all) {
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
