// Values of secrets for this run: those given, and a random one for each that is not. No default that could be
// mistaken for a real key, and the same value again when the host is restarted within the run.
import { createHmac } from 'node:crypto';
import type { Values } from './env-files.ts';

export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** From `.secret.local`. */
  readonly file: Readonly<Values>;
  /** Random, one per run; generated values are derived from it. */
  readonly seed: string;
}

export interface ResolvedSecrets {
  readonly values: Values;
  /** Names of the secrets whose value was made up. */
  readonly generated: readonly string[];
}

export function resolveSecrets(names: Iterable<string>, sources: SecretSources): ResolvedSecrets {
  const values: Values = {};
  const generated: string[] = [];
  for (const name of new Set(names)) {
    const given = sources.env[name] ?? sources.file[name];
    if (given === undefined) generated.push(name);
    values[name] = given ?? createHmac('sha256', sources.seed).update(name).digest('hex');
  }
  return { values, generated };
}
