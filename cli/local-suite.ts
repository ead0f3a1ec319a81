// The suite as the commands start it: the flags they share, provisioning, and what they print of it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { PARTS, startSuite } from '../emulators/suite.ts';
import type { Part, Suite } from '../emulators/suite.ts';
import { UsageError } from './args.ts';
import { provision } from './provision.ts';
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
  quiet: { help: 'Print nothing but errors.' },
} as const;

export interface SuiteFlags {
  readonly project: string;
  readonly only: string | undefined;
  readonly 'port-offset': number;
  readonly quiet: boolean;
}

const ROOT = path.join(import.meta.dirname, '..');
const DIST = path.join(ROOT, 'dist');

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

/** Builds the functions first when they were never built. */
export async function startLocalSuite(flags: SuiteFlags): Promise<Suite> {
  const only = parseOnly(flags.only);
  const withFunctions = only.includes('functions');
  if (withFunctions && !existsSync(path.join(DIST, 'package.json'))) buildFunctions();
  return startSuite({
    project: flags.project,
    only,
    portOffset: flags['port-offset'],
    functionsDir: withFunctions ? DIST : false,
    log: flags.quiet ? () => undefined : (line) => console.error(paint('dim', line)),
    async prepare({ project, env }) {
      // Google's clients let the variables win over what they are told: those of another suite must not stay.
      Object.assign(process.env, env);
      if (only.includes('bigquery')) await provision({ project, env });
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
