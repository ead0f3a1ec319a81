// The keys behind the pseudonyms, checked before they are used: a weak key is as bad as none. A key makes pseudonyms
// and never shows its bytes.
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { msToRfc3339 } from '../pipelines/fields.ts';
import { SafeError, vouched } from '../pipelines/reason.ts';
import { encodeTexts, hkdfSha256, hmacSha256 } from './keyed-hash.ts';

/** `sha256-salt`: SHA-256 of the identifier and the secret after it, for teams that have such data already. */
export type PseudonymMode = 'hmac' | 'sha256-salt';

/** Where the rows go: the same secret gives other pseudonyms elsewhere. */
export interface PseudonymScope {
  /** Of the dataset. */
  readonly project: string;
  readonly dataset: string;
}

export interface PseudonymKey {
  readonly version: number;
  readonly mode: PseudonymMode;
  /** 64 hex digits. Columns of one name in one dataset share their pseudonyms, so that their tables can be joined. */
  pseudonym(column: string, kind: string, id: string): string;
  /** 64 hex digits under a key of its own, whatever the mode: the name under which an erased person is remembered. */
  tombstone(subject: string, id: string): string;
}

export interface Keyring {
  /** The newest that is in use, or will be from its time on. */
  readonly active: PseudonymKey;
  /** The key of a document version, by its `updateTime`: the same for whoever sends it, and whenever. */
  at(updateTime: string): PseudonymKey;
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
export class KeyError extends SafeError {
  constructor(problem: string) {
    super(
      vouched(
        `PSEUDONYMIZATION_SALT ${problem}. Set a random secret of at least ${MIN_KEY_BYTES} bytes, e.g. ` +
          '`openssl rand -base64 48 | firebase functions:secrets:set PSEUDONYMIZATION_SALT --data-file -`, and deploy again. ' +
          'Nothing was inserted.',
      ),
    );
    this.name = 'KeyError';
  }
}

/** All keys that are held began after the version: those before were retired. */
export class VersionTooOldError extends KeyError {
  constructor() {
    super('holds no key for a document that is older than all of its keys');
  }
}

export function createPseudonymKey(
  version: number,
  secret: Buffer,
  { project, dataset }: PseudonymScope,
  mode: PseudonymMode = 'hmac',
): PseudonymKey {
  const derive = (...info: readonly string[]) =>
    hkdfSha256(secret, Buffer.alloc(0), encodeTexts(...info), 32);
  const derived = new Map<string, Buffer>();
  const keyOf = (column: string) => {
    let key = derived.get(column);
    if (!key) {
      key = derive('pseudonym', project, dataset, column);
      derived.set(column, key);
    }
    return key;
  };
  return {
    version,
    mode,
    pseudonym(column, kind, id) {
      if (mode === 'sha256-salt') return createHash('sha256').update(id).update(secret).digest('hex');
      return hmacSha256(keyOf(column), encodeTexts(kind, id));
    },
    tombstone: (subject, id) => hmacSha256(derive('tombstone', project, dataset), encodeTexts(subject, id)),
  };
}

/**
 * The secret is one key, version 1, or a keyring as JSON: `{"active": 2, "keys": {"1": "<base64>", "2": {"key":
 * "<base64>", "from": "2027-01-01T00:00:00Z", "mode": "hmac"}}}`. `mode` holds for keys that name none. A trailing
 * line break is no part of it: shells add one when a secret is piped in.
 */
export function parseKeyring(
  secret: string | undefined,
  scope: PseudonymScope,
  mode: PseudonymMode = 'hmac',
): Keyring {
  const value = (secret ?? '').replace(/\r?\n$/, '');
  if (value.trim() === '') throw new KeyError('is missing');
  const { active: newest, epochs } = value.trimStart().startsWith('{')
    ? readKeyring(value)
    : { active: 1, epochs: [readEpoch(1, Buffer.from(value), value)] };
  const held = epochs.map(({ version, bytes, from, mode: own }) => ({
    from,
    key: createPseudonymKey(version, bytes, scope, own ?? mode),
  }));
  const all = held.map(({ key }) => key);
  const get = (version: number) => {
    const key = all.find((one) => one.version === version);
    if (!key) throw new KeyError(`does not hold key version ${version}`);
    return key;
  };
  const inUse = held.filter(({ key }) => key.version <= newest);
  return {
    active: get(newest),
    all,
    get,
    at(updateTime) {
      const epoch = inUse.findLast(({ from }) => from <= updateTime);
      if (!epoch) throw new VersionTooOldError();
      return epoch.key;
    },
  };
}

/** A key, and the time from which on versions of documents are under it. */
interface Epoch {
  readonly version: number;
  readonly bytes: Buffer;
  /** RFC 3339 UTC with microseconds; empty for ever since. */
  readonly from: string;
  readonly mode?: PseudonymMode | undefined;
}

const base64 = z.string().regex(/^[A-Za-z0-9+/_-]+={0,2}$/);
const keyringSchema = z.strictObject({
  active: z.int().positive(),
  keys: z.record(
    z.string().regex(/^[1-9]\d{0,8}$/),
    z.union([
      base64.transform((key) => ({ key, from: undefined, mode: undefined })),
      z.strictObject({
        key: base64,
        from: z.iso.datetime({ offset: true }).optional(),
        mode: z.enum(['hmac', 'sha256-salt']).optional(),
      }),
    ]),
  ),
});

function readKeyring(value: string): { readonly active: number; readonly epochs: readonly Epoch[] } {
  const { success, data } = keyringSchema.safeParse(parseJson(value));
  if (!success) {
    throw new KeyError(
      'is no keyring: expected {"active": 2, "keys": {"1": "<base64>", "2": {"key": "<base64>", "from": "<RFC 3339>"}}}',
    );
  }
  const epochs = Object.entries(data.keys)
    .map(([version, { key, from, mode }]) => {
      const bytes = Buffer.from(key, 'base64');
      return { ...readEpoch(Number(version), bytes, bytes.toString('latin1'), from), mode };
    })
    .toSorted((a, b) => a.version - b.version);
  for (const [i, { version, bytes, from }] of epochs.entries()) {
    const before = epochs.slice(0, i);
    if (before.some((other) => other.bytes.equals(bytes))) throw new KeyError('holds a key twice');
    if (before.some((other) => other.from !== '' && other.from >= from)) {
      throw new KeyError(`says that key version ${version} begins before an earlier one`);
    }
  }
  return { active: data.active, epochs };
}

function readEpoch(version: number, bytes: Buffer, text: string, from?: string): Epoch {
  if (bytes.length < MIN_KEY_BYTES) throw new KeyError(`is too short (${bytes.length} bytes)`);
  if (PLACEHOLDER.test(text) || new Set(bytes).size < MIN_DISTINCT_BYTES)
    throw new KeyError('is a placeholder');
  return { version, bytes, from: from === undefined ? '' : msToRfc3339(Date.parse(from)) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
