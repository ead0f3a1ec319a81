// What a bench leaves behind: bench/results/<name>.json, with everything that one needs to judge or repeat it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..', '..');
const PACKAGES = [
  '@google-cloud/functions-framework',
  'firebase-functions',
  'firebase-admin',
  '@google-cloud/firestore',
  '@google-cloud/bigquery',
  '@google-cloud/tasks',
  '@grpc/grpc-js',
];
const INCUMBENT_PACKAGES = [
  '@firebaseextensions/firestore-bigquery-change-tracker',
  '@google-cloud/bigquery',
  'firebase-functions',
  'firebase-admin',
];

export type Figures = Readonly<Record<string, number | string>>;

export interface Outcome {
  readonly rounds: readonly Figures[];
  readonly medians: readonly Figures[];
  /** What the goals are about, and anything else that is one number for the whole bench. */
  readonly ratios: Readonly<Record<string, number>>;
}

export function writeResults(name: string, outcome: Outcome): string {
  const dir = path.join(ROOT, 'bench', 'results');
  mkdirSync(dir, { recursive: true });
  const file = path.join(dir, `${name}.json`);
  const result = {
    name,
    date: new Date().toISOString(),
    command: command(name),
    machine: {
      cpu: os.cpus()[0]?.model ?? 'unknown',
      cores: os.cpus().length,
      memoryGb: Math.round(os.totalmem() / 2 ** 30),
      os: `${os.type()} ${os.release()} ${os.arch()}`,
      // Over the last 15 minutes, the bench's own processes included: what is far above two was not alone.
      loadAverage: round(os.loadavg()[2]!),
    },
    commit: commit(),
    versions: { node: process.version, ...versions() },
    ...outcome,
  };
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  return path.relative(process.cwd(), file);
}

/** Without the place of another build: it means nothing elsewhere. */
function command(name: string): string {
  const words = process.argv
    .slice(2)
    .map((word, i, all) => (all[i - 1] === '--dist' ? path.basename(word) : word));
  return [`npm run bench:${name}${words.length > 0 ? ' --' : ''}`, ...words].join(' ');
}

/** Dirty when the code that is measured, or the bench, differs from the commit. */
function commit(): { id: string; dirty: boolean } {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' }).stdout.trim();
  const measured = ['functions', 'bench', 'emulators', 'cli', 'package-lock.json', ':!bench/results'];
  return {
    id: git('rev-parse', 'HEAD'),
    dirty: git('status', '--porcelain', '--', ...measured) !== '',
  };
}

function versions(): Record<string, string> {
  const own = PACKAGES.map((name) => [name, versionIn(ROOT, name)] as const);
  const incumbent = INCUMBENT_PACKAGES.map(
    (name) => [`incumbent: ${name}`, versionIn(path.join(ROOT, 'bench', 'incumbent'), name)] as const,
  );
  return Object.fromEntries([...own, ...incumbent].flatMap(([name, v]) => (v ? [[name, v]] : [])));
}

function versionIn(dir: string, name: string): string | undefined {
  try {
    const file = path.join(dir, 'node_modules', name, 'package.json');
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** One line per group of rounds: texts and the fields of the group as they are, the median of every other number. */
export function mediansBy(rounds: readonly Figures[], keys: readonly string[]): Figures[] {
  const groups = new Map<string, Figures[]>();
  for (const figures of rounds) {
    const key = keys.map((name) => figures[name]).join(' ');
    groups.set(key, [...(groups.get(key) ?? []), figures]);
  }
  return [...groups.values()].map((group) =>
    Object.fromEntries(
      Object.entries(group[0]!)
        .filter(([name]) => name !== 'run')
        .map(([name, value]) =>
          typeof value === 'string' || keys.includes(name)
            ? [name, value]
            : [name, round(median(group.map((one) => Number(one[name]))))],
        ),
    ),
  );
}

/** Four significant digits: more is noise. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}
