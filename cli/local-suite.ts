// The suite as the commands start it: the flags they share, provisioning, and what they print of it.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { findExportProblem, findImportProblem } from '../emulators/snapshot.ts';
import { PARTS, startSuite } from '../emulators/suite.ts';
import type { Part, Suite } from '../emulators/suite.ts';
import { UsageError } from './args.ts';
import { paint, table } from './terminal.ts';

export const suiteFlags = {
  project: { value: 'ID', default: 'demo-local', help: 'Project of all parts.' },
  only: {
    value: 'PARTS',
    help: `Start only these, separated by commas: ${PARTS.join(', ')}. The hub always runs.`,
  },
  'port-offset': {
    value: 'N',
    integer: { min: 0, max: 50_000 },
    default: '0',
    help: 'Added to every port.',
  },
  functions: {
    value: 'DIR',
    help: 'Serve the built functions of this folder, with the .env files and secrets in it, instead of dist.',
  },
  data: {
    value: 'DIR',
    help: 'Keep BigQuery in a file in this folder, across runs. Firestore stays in memory: see --import.',
  },
  import: { value: 'DIR', help: 'Start with the documents and tables of an export.' },
  'export-on-exit': {
    value: 'DIR',
    optional: true,
    help:
      'Write the documents of Firestore and the tables of BigQuery when the suite stops; ' +
      'without DIR, back to that of --import.',
  },
  quiet: { help: 'Print nothing but errors.' },
} as const;

export interface SuiteFlags {
  readonly project: string;
  readonly only: string | undefined;
  readonly 'port-offset': number;
  readonly functions: string | undefined;
  readonly data: string | undefined;
  readonly import: string | undefined;
  readonly 'export-on-exit': string | undefined;
  readonly quiet: boolean;
}

const ROOT = path.join(import.meta.dirname, '..');
export const DIST = path.join(ROOT, 'dist');

/** Throws a UsageError for a part that does not exist. */
export function parseOnly(text: string | undefined): readonly Part[] {
  if (text === undefined) return PARTS;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !(PARTS as readonly string[]).includes(name));
  if (unknown.length > 0) {
    throw new UsageError(`--only knows no "${unknown.join('", "')}"; there are: ${PARTS.join(', ')}.`);
  }
  return names as Part[];
}

/** Where to export to when the suite stops; undefined for nowhere. Throws a UsageError. */
export function exportDir(flags: SuiteFlags): string | undefined {
  const given = flags['export-on-exit'];
  if (given === undefined) return undefined;
  const dir = given === '' ? flags.import : given;
  if (dir === undefined) throw new UsageError('--export-on-exit wants a folder: --export-on-exit=DIR.');
  const problem = findExportProblem(dir);
  if (problem !== undefined) throw new UsageError(`--export-on-exit: ${problem}; choose another folder.`);
  return dir;
}

/** Throws a UsageError for a folder that cannot serve its flag, before anything is started. */
function checkFolders(flags: SuiteFlags, only: readonly Part[]): void {
  const wants = (flag: keyof SuiteFlags, ...parts: readonly Part[]) => {
    if (flags[flag] === undefined || parts.some((part) => only.includes(part))) return;
    throw new UsageError(`--${flag} is of use with ${parts.join(' and ')} only; add it to --only.`);
  };
  wants('data', 'bigquery');
  wants('functions', 'functions');
  wants('import', 'firestore', 'bigquery');
  wants('export-on-exit', 'firestore', 'bigquery');
  if (flags.data !== undefined && existsSync(flags.data) && !statSync(flags.data).isDirectory()) {
    throw new UsageError(`--data wants a folder; "${flags.data}" is none.`);
  }
  const problem = flags.import === undefined ? undefined : findImportProblem(flags.import);
  if (problem !== undefined) {
    throw new UsageError(`--import: ${problem}; --export-on-exit=DIR makes a folder to import.`);
  }
  exportDir(flags);
}

/** Exports when that was asked for, then closes. A failed export is told and does not keep the suite open. */
export async function stopLocalSuite(suite: Suite, flags: SuiteFlags): Promise<void> {
  const dir = exportDir(flags);
  try {
    if (dir === undefined) return;
    const parts = await suite.exportTo(dir);
    if (!flags.quiet) console.error(`Exported ${parts.join(', ') || 'nothing'} to ${dir}`);
  } finally {
    await suite.close();
  }
}

/** Builds the functions first when they were never built. */
export async function startLocalSuite(flags: SuiteFlags): Promise<Suite> {
  const only = parseOnly(flags.only);
  checkFolders(flags, only);
  const withFunctions = only.includes('functions');
  const own = flags.functions;
  if (withFunctions && own === undefined && !existsSync(path.join(DIST, 'package.json'))) buildFunctions();
  return startSuite({
    project: flags.project,
    only,
    portOffset: flags['port-offset'],
    functionsDir: withFunctions ? (own ?? DIST) : false,
    ...(own === undefined ? {} : { functionsEnvDir: own }),
    log: flags.quiet ? () => undefined : (line) => console.error(paint('dim', line)),
    ...(flags.data === undefined ? {} : { dataDir: flags.data }),
    ...(flags.import === undefined ? {} : { importDir: flags.import }),
    async prepare({ project, env }) {
      // Google's clients let the variables win over what they are told: those of another suite must not stay.
      Object.assign(process.env, env);
      if (!only.includes('bigquery')) return;
      const { provision } = await import('./provision.ts');
      await provision({ project, env });
    },
  });
}

export function describeSuite({ env, ports }: Suite, only: readonly Part[]): string {
  const shown = PARTS.filter((part) => part === 'hub' || only.includes(part));
  const exports = Object.entries(env).map(([name, value]) => `  export ${name}=${value}`);
  return [
    '',
    table(shown.map((part) => [part, `127.0.0.1:${ports[part]}`])),
    '',
    'For other processes:',
    ...exports,
    '',
  ].join('\n');
}

/** `npm run build`, silent unless it fails. */
export function buildFunctions(): void {
  const built = spawnSync(process.execPath, [path.join(ROOT, 'cli', 'build.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (built.status !== 0) throw new Error('The functions do not build; see above.');
}

/** Ends the process with the message alone: 2 for a mistake in the call, 1 for anything else. */
export function fail(error: unknown): never {
  console.error(paint('red', error instanceof Error ? error.message : String(error)));
  process.exit(error instanceof UsageError ? 2 : 1);
}
