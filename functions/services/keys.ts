// The pseudonymisation keys, read from their secret when one is first needed, so that a function without the secret
// can share the context. A bad secret is read again each time: a corrected one is taken up.
import {
  parseKeyring,
  type Keyring,
  type PseudonymMode,
  type PseudonymScope,
} from '../steps/pseudonym-key.ts';
import { reason } from '../pipelines/reason.ts';
import type { Log } from './log.ts';

export interface KeysConfig {
  readonly scope: PseudonymScope;
  /** Of keys that name none. */
  readonly mode: PseudonymMode;
}

/** Using the keyring throws a KeyError when the secret is missing, short or a placeholder. */
export function createKeys(
  readSecret: () => string | undefined,
  { scope, mode }: KeysConfig,
  log: Log,
): Keyring {
  let keyring: Keyring | undefined;
  const load = () => {
    if (keyring) return keyring;
    keyring = parseKeyring(readSecret(), scope, mode);
    if (keyring.all.some((key) => key.mode === 'sha256-salt')) {
      log('WARNING', 'Pseudonyms are SHA-256 of id and salt (sha256-salt), and not HMAC', {
        reason: reason`the same in every project, dataset and column, so that data of all can be linked, and not built to withstand what HMAC withstands; begin a key with mode hmac`,
      });
    }
    return keyring;
  };
  return {
    get active() {
      return load().active;
    },
    get all() {
      return load().all;
    },
    at: (updateTime) => load().at(updateTime),
    get: (version) => load().get(version),
  };
}
