// The pseudonymisation key, read from its secret when it is first needed, so that a function without the secret
// can share the context. A bad secret is read again each time: a corrected one is taken up.
import { parseKeyring, type Keyring } from '../steps/pseudonym-key.ts';

/** Using the keyring throws a KeyError when the secret is missing, short or a placeholder. */
export function createKeys(readSecret: () => string | undefined): Keyring {
  let keyring: Keyring | undefined;
  const load = () => (keyring ??= parseKeyring(readSecret()));
  return {
    get active() {
      return load().active;
    },
    get all() {
      return load().all;
    },
    get: (version) => load().get(version),
  };
}
