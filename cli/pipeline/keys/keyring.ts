// The secret as operators change it: one plain key, or a keyring. What is held stays byte for byte; what comes out is
// a keyring that the functions take, or an error that holds no key.
import type { PseudonymMode } from '../../../functions/steps/pseudonym-key.ts';
import { KeyError, MIN_KEY_BYTES, parseKeyring } from '../../../functions/steps/pseudonym-key.ts';
import { UsageError } from '../../args.ts';

type Entry =
  string | { readonly key: string; readonly from?: string | undefined; readonly mode?: PseudonymMode };

/** As `parseKeyring` takes it. */
export interface KeyringSecret {
  readonly active: number;
  readonly keys: Readonly<Record<string, Entry>>;
}

/** When versions of documents are under a key, without the key. */
export interface Epoch {
  readonly version: number;
  /** Undefined for ever since. */
  readonly from: Date | undefined;
  /** Undefined when PSEUDONYM_MODE decides. */
  readonly mode: PseudonymMode | undefined;
}

/** Keys are not derived here, so that a secret can be checked without its project. */
const NOWHERE = { project: '', dataset: '' };

/** Throws a UsageError for what the functions would not take. */
export function readKeyring(secret: string): KeyringSecret {
  check(secret, 'The secret that was given');
  const value = secret.replace(/\r?\n$/, '');
  if (value.trimStart().startsWith('{')) return JSON.parse(value) as KeyringSecret; // checked above
  if (/[\r\n]/.test(value)) {
    throw new UsageError(
      'The secret that was given has several lines: a key has one. Did another command write into it?',
    );
  }
  return { active: 1, keys: { 1: Buffer.from(value).toString('base64') } };
}

/** One line, as it is stored. Throws a UsageError for what the functions would not take. */
export function renderKeyring(keyring: KeyringSecret): string {
  const secret = JSON.stringify(keyring);
  check(secret, 'The new keyring');
  return secret;
}

/** Oldest first. */
export function epochsOf({ keys }: KeyringSecret): readonly Epoch[] {
  return Object.entries(keys)
    .map(([version, entry]) => {
      const { from, mode } = typeof entry === 'string' ? {} : entry;
      return { version: Number(version), from: from === undefined ? undefined : new Date(from), mode };
    })
    .toSorted((a, b) => a.version - b.version);
}

/** The epoch that ends the given one; undefined for the newest. Throws a UsageError when the version is not held. */
export function epochAfter(keyring: KeyringSecret, version: number): Epoch | undefined {
  const epochs = epochsOf(keyring);
  const at = epochs.findIndex((epoch) => epoch.version === version);
  if (at === -1) {
    const held = epochs.map((epoch) => epoch.version).join(', ');
    throw new UsageError(`The keyring does not hold key version ${version}; it holds ${held}.`);
  }
  return epochs[at + 1];
}

export interface NewKey {
  readonly key: Buffer;
  /** Versions of documents from then on are under it. */
  readonly from: Date;
  readonly mode: PseudonymMode;
}

/** With the next version, which becomes the active one. A number is never used twice: the newest is never retired. */
export function withKey(keyring: KeyringSecret, { key, from, mode }: NewKey): KeyringSecret {
  const newest = Math.max(...epochsOf(keyring).map(({ version }) => version));
  if (newest !== keyring.active) {
    throw new UsageError(
      `The keyring holds version ${newest} and has version ${keyring.active} active: make ${newest} the active one, or take it out, before the next is added.`,
    );
  }
  if (key.length < MIN_KEY_BYTES) throw new Error(`Cannot add a key of ${key.length} bytes`);
  const added = { key: key.toString('base64'), from: toSeconds(from), mode };
  return { active: newest + 1, keys: { ...keyring.keys, [newest + 1]: added } };
}

/**
 * Without that version. `handOver` gives its time to the next one; otherwise documents of that time have no key, and
 * whoever handles one fails closed. That holds for the oldest alone: without another, the key before it would take over.
 */
export function withoutKey(keyring: KeyringSecret, version: number, handOver: boolean): KeyringSecret {
  const next = epochAfter(keyring, version);
  if (version === keyring.active || !next) throw new UsageError(`Key version ${version} is the active one.`);
  const [oldest] = epochsOf(keyring);
  if (oldest?.version !== version) {
    throw new UsageError(`The oldest version goes first: retire version ${oldest?.version}.`);
  }
  const { [version]: retired, [next.version]: heir, ...others } = keyring.keys;
  if (retired === undefined || heir === undefined) throw new Error('Unreachable: both are held');
  const kept = handOver && typeof heir !== 'string' ? { ...heir, from: undefined, ...fromOf(retired) } : heir;
  return { active: keyring.active, keys: { ...others, [next.version]: kept } };
}

function fromOf(entry: Entry): { readonly from?: string } {
  return typeof entry === 'string' || entry.from === undefined ? {} : { from: entry.from };
}

/** Rounded up, so that it is not before the moment that was asked for. */
function toSeconds(time: Date): string {
  return new Date(Math.ceil(time.getTime() / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

function check(secret: string, what: string): void {
  try {
    parseKeyring(secret, NOWHERE);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    const [problem] = error.message.replace(/^PSEUDONYMIZATION_SALT /, '').split('. Set a random secret');
    throw new UsageError(`${what} ${problem}.`, { cause: error });
  }
}
