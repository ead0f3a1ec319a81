// `pipeline keys list`: which rows and failures are under which version of the key, and, when it is given the secret,
// whether it holds all of them. It shows no key.
import { paint, table } from '../../terminal.ts';
import { defineVerb } from '../verb.ts';
import { createBridge, type PairCount } from './bridge-table.ts';
import { failuresByVersion, type FailuresOfVersion } from './failures.ts';
import { epochsOf, type KeyringSecret } from './keyring.ts';
import { countRows, type RowsOfVersion } from './rows.ts';
import { readSecret, SECRET_IN } from './secret.ts';

interface Listing {
  readonly rows: readonly RowsOfVersion[];
  readonly failures: readonly FailuresOfVersion[];
  /** In the bridge: whoever reads it can link these versions. */
  readonly bridge: readonly PairCount[];
  readonly keyring: ReturnType<typeof withoutKeys> | undefined;
  /** Versions of rows or failures that the keyring does not hold. */
  readonly notHeld: readonly number[];
}

export const keysListVerb = defineVerb({
  name: 'keys list',
  summary:
    'Which rows and failures are under which version of the key. Shows no key, and works without the secret.\n' +
    'With it (--keyring FILE, --keyring - for standard input, --local) also what the keyring holds;\n' +
    'exit code 1 when something is under a version that it does not hold.',
  flags: SECRET_IN,
  async run(connection, values) {
    const given = values.keyring !== undefined || values.local !== undefined;
    const keyring = given ? withoutKeys(await readSecret(values)) : undefined;
    const rows = await countRows(connection);
    const failures = await failuresByVersion(connection.context, ['pending', 'abandoned']);
    const used = new Set([...rows, ...failures].map(({ version }) => version));
    const held = keyring?.keys.map(({ version }) => version);
    const notHeld = held ? [...used].filter((version) => !held.includes(version)) : [];
    const bridge = await createBridge(connection).count();
    const json: Listing = { rows, failures, bridge, keyring, notHeld };
    return { text: describe(json), json, exitCode: notHeld.length > 0 ? 1 : 0 };
  },
});

function withoutKeys(keyring: KeyringSecret) {
  return { active: keyring.active, keys: epochsOf(keyring) };
}

function describe({ rows, failures, bridge, keyring, notHeld }: Listing): string {
  const day = (time: Date) => time.toISOString();
  const parts = [
    paint('bold', 'Rows in BigQuery'),
    rows.length === 0
      ? '  none'
      : table([
          ['table', 'version', 'rows', 'oldest source_updated_at', 'newest'],
          ...rows.map((of) => [of.table, of.version, of.rows, day(of.oldest), day(of.newest)]),
        ]),
    paint('bold', 'Failures'),
    failures.length === 0
      ? '  none'
      : table([
          ['version', 'pending', 'abandoned'],
          ...failures.map(({ version, byStatus }) => [version, byStatus.pending, byStatus.abandoned]),
        ]),
  ];
  if (bridge.length > 0) {
    parts.push(
      paint('bold', 'Bridge'),
      table([['from version', 'to', 'pairs'], ...bridge.map(({ from, to, pairs }) => [from, to, pairs])]),
    );
  }
  if (keyring) {
    parts.push(
      paint('bold', 'Keyring'),
      table([
        ['version', 'from', 'mode', ''],
        ...keyring.keys.map(({ version, from, mode }) => [
          version,
          from ? from.toISOString() : 'ever since',
          mode ?? 'as PSEUDONYM_MODE says',
          version === keyring.active ? 'active' : '',
        ]),
      ]),
    );
  }
  if (notHeld.length > 0) {
    parts.push(
      paint(
        'red',
        `Not held: version ${notHeld.join(', ')}. Its rows cannot be found for a person, its failures cannot be tried again.`,
      ),
    );
  }
  return parts.join('\n');
}
