// What is compared: the functions as they are built, and three others that get the same events.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { buildFunctions, DIST } from '../../cli/local-suite.ts';
import type { FunctionSource } from './measured-process.ts';
import { runDir, toJavaScript } from './to-javascript.ts';

/** What sends rows, and the bare framework. */
export const VARIANTS = ['framework', 'ours', 'baseline', 'incumbent'] as const;
export type VariantName = (typeof VARIANTS)[number] | 'decode';

export interface Variant extends FunctionSource {
  readonly name: VariantName;
  /** Where its rows go, and the column that has one value for each document; undefined when it inserts none. */
  readonly rows?: { readonly table: string; readonly key: string };
  readonly writesStatus: boolean;
}

const BENCH = path.join(import.meta.dirname, '..');

export const distFlag = {
  dist: {
    value: 'DIR',
    help: 'Measure the functions of this folder as they are built; without it they are built first.',
  },
} as const;

/** A copy of the built functions, so that a build meanwhile does not change what is measured. */
export function prepareDist(given: string | undefined): string {
  if (given === undefined) buildFunctions();
  const copy = path.join(runDir, 'ours');
  cpSync(given ?? DIST, copy, { recursive: true });
  return copy;
}

/** A program of `variants/` as JavaScript. */
export function prepareProgram(name: string): string {
  return toJavaScript(path.join(BENCH, 'variants', `${name}.ts`));
}

export function prepareVariant(name: VariantName, dist: string): Variant {
  const target = { target: 'session_onComplete', signature: 'cloudevent' } as const;
  const rows = { table: 'sessions', key: 'session_id' };
  switch (name) {
    case 'framework':
    case 'decode':
      return { ...target, name, module: prepareProgram(name), writesStatus: false };
    case 'ours':
      return { ...target, name, module: path.join(dist, 'index.js'), rows, writesStatus: true };
    case 'baseline':
      return { ...target, name, module: prepareProgram('baseline'), rows, writesStatus: true };
    case 'incumbent':
      return {
        ...target,
        name,
        module: path.join(installIncumbent(), 'index.js'),
        rows: { table: 'sessions_raw_changelog', key: 'document_name' },
        writesStatus: false,
      };
  }
}

/** The folder of the incumbent, with its packages as its lock file says. */
function installIncumbent(): string {
  const dir = path.join(BENCH, 'incumbent');
  if (existsSync(path.join(dir, 'node_modules', '@firebaseextensions'))) return dir;
  process.stderr.write('Installing the incumbent into bench/incumbent/node_modules\n');
  const installed = spawnSync('npm', ['ci', '--ignore-scripts', '--prefix', dir], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (installed.status !== 0) throw new Error('The incumbent cannot be installed; see above.');
  return dir;
}
