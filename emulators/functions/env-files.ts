// The files beside the functions' source that give params and secrets their values, as firebase-tools reads them.
// https://firebase.google.com/docs/functions/config-env
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';

export type Values = Record<string, string>;

/** Params: `.env`, then `.env.<project>`, then `.env.local`; the later wins. */
export function readParamFiles(dir: string, project: string): Values {
  return Object.assign(
    {},
    ...['.env', `.env.${project}`, '.env.local'].map((name) => readEnvFile(path.join(dir, name))),
  );
}

export function readSecretFile(dir: string): Values {
  return readEnvFile(path.join(dir, '.secret.local'));
}

function readEnvFile(file: string): Values {
  return existsSync(file) ? (parseEnv(readFileSync(file, 'utf8')) as Values) : {};
}
