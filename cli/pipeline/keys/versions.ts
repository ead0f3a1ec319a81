// Two versions of the key as flags name them, checked against the keyring.
import { parseKeyring, type Keyring } from '../../../functions/steps/pseudonym-key.ts';
import { UsageError, type Values } from '../../args.ts';
import type { Connection } from '../connect.ts';
import type { VersionPair } from './bridge-table.ts';
import { epochAfter, epochsOf, renderKeyring, type KeyringSecret } from './keyring.ts';
import { readSecret, SECRET_IN } from './secret.ts';

const VERSION = { value: 'N', integer: { min: 1, max: 999_999_999 } } as const;

export const VERSIONS = {
  'from-version': { ...VERSION, help: 'The old version.' },
  'to-version': { ...VERSION, help: 'The new version.' },
  ...SECRET_IN,
} as const;

export interface GivenVersions {
  readonly versions: VersionPair;
  /** Makes the pseudonyms of the project's dataset. */
  readonly keyring: Keyring;
  readonly secret: KeyringSecret;
}

/** Throws a UsageError for versions that are missing, not held, or in the wrong order. */
export async function readVersions(
  verb: string,
  { config }: Connection,
  values: Values<typeof VERSIONS>,
): Promise<GivenVersions> {
  const { 'from-version': from, 'to-version': to } = values;
  if (from === undefined || to === undefined) {
    throw new UsageError(`${verb} wants --from-version N and --to-version N. See --help.`);
  }
  if (to <= from) throw new UsageError('--to-version wants a newer version than --from-version.');
  const secret = await readSecret(values);
  for (const version of [from, to]) epochAfter(secret, version); // throws when it is not held
  if (to > secret.active) throw new UsageError(`Key version ${to} is not active yet.`);
  const scope = { project: config.bigqueryProject, dataset: config.dataset };
  const keyring = parseKeyring(renderKeyring(secret), scope, config.pseudonymMode);
  return { versions: { from, to }, keyring, secret };
}

/** Throws a UsageError unless `to` takes over from `from`, and has begun. */
export function checkSuccession(secret: KeyringSecret, { from, to }: VersionPair, now: Date): void {
  const next = epochAfter(secret, from);
  if (next?.version !== to) {
    throw new UsageError(
      `Rows go to the version that comes next, which takes over their time when the old one is retired: --to-version ${next?.version}.`,
    );
  }
  const begins = epochsOf(secret).find(({ version }) => version === to)?.from;
  if (begins && begins > now) {
    throw new UsageError(
      `Key version ${to} begins at ${begins.toISOString()}: until then documents come in under version ${from}.`,
    );
  }
}
