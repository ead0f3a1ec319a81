// The key behind the pseudonyms, checked before it is used: a weak key is as bad as none.

export interface PseudonymKey {
  readonly version: number;
  readonly bytes: Buffer;
}

export interface Keyring {
  /** What new work is pseudonymised with. */
  readonly active: PseudonymKey;
  /** The key that waiting work began with; throws when it is not held any more. */
  get(version: number): PseudonymKey;
  /** All that are held: a row may be under any of them. */
  readonly all: readonly PseudonymKey[];
}

export const MIN_KEY_BYTES = 32;
const MIN_DISTINCT_BYTES = 8;
const PLACEHOLDER =
  /default|placeholder|change[-_ ]?(me|this|it)|change-in-production|replace[-_ ]?me|example|your[-_ ](secret|salt|key)/i;

/** Fail closed: this error is thrown before anything is read or inserted. It never holds the secret. */
export class KeyError extends Error {
  constructor(problem: string) {
    super(
      `PSEUDONYMIZATION_SALT ${problem}. Set a random secret of at least ${MIN_KEY_BYTES} bytes, e.g. ` +
        '`openssl rand -base64 48 | firebase functions:secrets:set PSEUDONYMIZATION_SALT --data-file -`, and deploy again. ' +
        'Nothing was inserted.',
    );
    this.name = 'KeyError';
  }
}

/** One key, version 1. A trailing line break is not part of it: shells add one when a secret is piped in. */
export function parseKeyring(secret: string | undefined): Keyring {
  const value = (secret ?? '').replace(/\r?\n$/, '');
  const bytes = Buffer.from(value, 'utf8');
  if (value.trim() === '') throw new KeyError('is missing');
  if (bytes.length < MIN_KEY_BYTES) throw new KeyError(`is too short (${bytes.length} bytes)`);
  if (PLACEHOLDER.test(value) || new Set(bytes).size < MIN_DISTINCT_BYTES)
    throw new KeyError('is a placeholder');
  const active: PseudonymKey = { version: 1, bytes };
  return {
    active,
    all: [active],
    get(version) {
      if (version !== active.version) throw new KeyError(`does not hold key version ${version}`);
      return active;
    },
  };
}
