// Where the verbs of `keys` read the secret from, and where a new one goes: never from a flag, never onto a terminal.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { isDeepStrictEqual, parseEnv } from 'node:util';
import { readSecretFile } from '../../../emulators/functions/env-files.ts';
import { UsageError, type Values } from '../../args.ts';
import { readKeyring, renderKeyring, type KeyringSecret } from './keyring.ts';

export const SECRET = 'PSEUDONYMIZATION_SALT';

/** How the local suite takes up another secret. */
export const RESTART = 'Restart the functions: curl -X POST http://127.0.0.1:4400/functions/restart';

export const SECRET_IN = {
  keyring: {
    value: 'FILE',
    help: 'The present secret is in that file; "-", and nothing, for standard input.',
  },
  local: {
    value: 'DIR',
    optional: true,
    help: `The present secret is ${SECRET} of .secret.local in functions, or in DIR, as the local suite reads it.`,
  },
} as const;

export const SECRET_IN_OUT = {
  ...SECRET_IN,
  local: {
    ...SECRET_IN.local,
    help: `Change ${SECRET} of .secret.local in functions, or in DIR, as the local suite reads it.`,
  },
  out: {
    value: 'FILE',
    help: 'Write the new keyring into that file, for nobody else to read; without it to standard output.',
  },
} as const;

const FUNCTIONS = path.join(import.meta.dirname, '..', '..', '..', 'functions');

type In = Values<typeof SECRET_IN> & { readonly project?: string | undefined };

/** Throws a UsageError when there is none, or none that the functions would take. */
export async function readSecret(values: In): Promise<KeyringSecret> {
  return readKeyring(await readSecretText(values));
}

async function readSecretText({ keyring, local, project }: In): Promise<string> {
  if (keyring !== undefined && local !== undefined) {
    throw new UsageError('--keyring and --local both say where the secret is; one of them is enough.');
  }
  if (local !== undefined && project !== undefined) {
    throw new UsageError('--local is the secret of the local suite, and no project is under it.');
  }
  if (local !== undefined) {
    const dir = local || FUNCTIONS;
    const secret = readSecretFile(dir)[SECRET];
    if (secret !== undefined) return secret;
    throw new UsageError(
      `${fileIn(dir)} has no ${SECRET}: the suite makes one up for each run. Before it starts: ` +
        `echo "${SECRET}=$(openssl rand -hex 32)" >> ${fileIn(dir)}`,
    );
  }
  if (keyring !== undefined && keyring !== '-') return readGivenFile(keyring);
  if (process.stdin.isTTY) {
    throw new UsageError(
      `The present secret is wanted on standard input, e.g. firebase functions:secrets:access ${SECRET} | npm run -s pipeline -- keys …; or by --keyring FILE, or --local.`,
    );
  }
  return readAll(process.stdin);
}

function readGivenFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--keyring wants a file that can be read: ${file} is none.`, { cause: error });
  }
}

type Out = Values<typeof SECRET_IN_OUT>;

/** Throws a UsageError when the new secret would be seen, or spoiled, on its way. To be asked before anything is done. */
export function checkOutput({ out, local }: Out, env: NodeJS.ProcessEnv = process.env): void {
  if (out !== undefined && local !== undefined) {
    throw new UsageError('--out and --local both say where the keyring goes; one of them is enough.');
  }
  if (out !== undefined || local !== undefined) return;
  if (process.stdout.isTTY) {
    throw new UsageError(
      'A secret is not shown on a terminal: pipe it to where it belongs, or name --out FILE.',
    );
  }
  if (env['npm_lifecycle_event'] === 'pipeline' && env['npm_config_loglevel'] !== 'silent') {
    throw new UsageError('npm would write its own lines into the secret: npm run -s pipeline -- keys …');
  }
}

/** Where it was written to; undefined when it goes to standard output. */
export function writeSecret({ out, local }: Out, keyring: KeyringSecret): string | undefined {
  const secret = renderKeyring(keyring);
  if (out !== undefined) {
    replaceFile(out, `${secret}\n`);
    return out;
  }
  if (local === undefined) return undefined;
  const file = fileIn(local || FUNCTIONS);
  replaceFile(file, withVariable(readFileSync(file, 'utf8'), secret));
  return file;
}

/** The text of an env file with another value of the secret; everything else as it was. */
function withVariable(text: string, secret: string): string {
  const lines = text.split('\n').filter((line) => !new RegExp(`^\\s*(export\\s+)?${SECRET}\\s*=`).test(line));
  const kept = lines.join('\n').replace(/\n*$/, '');
  const changed = `${kept}${kept === '' ? '' : '\n'}${SECRET}='${secret}'\n`;
  if (!isDeepStrictEqual({ ...parseEnv(changed) }, { ...parseEnv(text), [SECRET]: secret })) {
    throw new Error(
      `Cannot change ${SECRET} in .secret.local: its value has several lines. Write it in one line.`,
    );
  }
  return changed;
}

/** At once or not at all, whenever the process dies; readable for its owner alone. */
function replaceFile(file: string, content: string): void {
  const draft = `${file}.${randomUUID()}`;
  try {
    writeFileSync(draft, content, { mode: 0o600, flag: 'wx' });
    renameSync(draft, file);
  } finally {
    if (existsSync(draft)) rmSync(draft);
  }
}

function fileIn(dir: string): string {
  return path.join(dir, '.secret.local');
}
