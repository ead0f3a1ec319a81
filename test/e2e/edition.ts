// Editions of the project: copies with a few edits, built and operated with their own commands, so that a deployment and
// a provisioning of changed code are what they are in production.
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { operateIn, root, type Pipeline, type Told } from './harness.ts';

export interface Edit {
  readonly file: string;
  /** Makes the file, from this one. */
  readonly copyOf?: string;
  readonly from: string | RegExp;
  readonly to: string;
}

export interface Editions {
  /** The built functions that a suite serves: at first those of the project. */
  readonly served: string;
  /** Puts the project's own functions there again. */
  serveProject(): void;
  make(name: string, edits: readonly Edit[]): Edition;
  remove(): void;
}

export interface Edition {
  /** Builds its functions, once, and puts them in the place of those that the suite serves. */
  deploy(pipeline: Pipeline): Promise<void>;
  /** `npm run pipeline -- …` of this edition. */
  operate(pipeline: Pipeline, ...args: string[]): Promise<Told>;
}

/** Rejects with what the build says when it fails. */
const run = promisify(execFile);

/** Edited, or found by their place. All else is the project's own. */
const COPIED = ['functions', 'bigquery-schemas', 'cli', 'tsconfig.json', 'package.json', 'package-lock.json'];
const LEFT_OUT = ['dist', 'coverage', '.git'];

export function createEditions(): Editions {
  const workspace = mkdtempSync(path.join(tmpdir(), 'editions-'));
  symlinkSync(path.join(root, 'node_modules'), path.join(workspace, 'node_modules'));
  const served = path.join(workspace, 'served');
  const serve = (folder: string) => {
    rmSync(served, { recursive: true, force: true });
    cpSync(path.join(folder, 'dist'), served, { recursive: true });
  };
  return {
    served,
    serveProject: () => serve(root),
    make: (name, edits) => makeEdition(path.join(workspace, name), serve, edits),
    remove: () => rmSync(workspace, { recursive: true, force: true }),
  };
}

function makeEdition(dir: string, serve: (folder: string) => void, edits: readonly Edit[]): Edition {
  mkdirSync(dir);
  for (const entry of readdirSync(root)) {
    const [from, to] = [path.join(root, entry), path.join(dir, entry)];
    if (LEFT_OUT.includes(entry) || entry.startsWith('.')) continue;
    if (COPIED.includes(entry))
      cpSync(from, to, { recursive: true, filter: (file) => !file.endsWith('.test.ts') });
    else symlinkSync(from, to);
  }
  for (const { file, copyOf = file, from, to } of edits) {
    const before = readFileSync(path.join(dir, copyOf), 'utf8');
    const after = before.replace(from, to);
    if (after === before) throw new Error(`Cannot edit ${copyOf}: nothing in it is ${String(from)}`);
    writeFileSync(path.join(dir, file), after);
  }
  let built: Promise<unknown> | undefined;
  return {
    async deploy({ suite }) {
      await (built ??= run(process.execPath, [path.join(dir, 'cli', 'build.ts')]));
      serve(dir);
      await suite.functions.restart();
    },
    operate: (pipeline, ...args) => operateIn(dir, pipeline, ...args),
  };
}
