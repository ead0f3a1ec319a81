// `pipeline keys retire`: a filter from the present secret to one without a key that nothing is under any more. It
// looks first at what would be lost, and says what retiring a key is not: an erasure.
import { TOMBSTONES_COLLECTION } from '../../../functions/config.ts';
import { parseKeyring } from '../../../functions/steps/pseudonym-key.ts';
import { UsageError } from '../../args.ts';
import { defineVerb, type Result } from '../verb.ts';
import { failuresByVersion, type FailuresOfVersion } from './failures.ts';
import { epochAfter, renderKeyring, withoutKey, type KeyringSecret } from './keyring.ts';
import { connectFirestore } from './identifiers.ts';
import { countRows, createRows, type RowsOfVersion } from './rows.ts';
import { handTombstonesOver } from './tombstones.ts';
import { checkOutput, readSecret, RESTART, SECRET, SECRET_IN_OUT, writeSecret } from './secret.ts';
import type { Connection } from '../connect.ts';

/** An event is delivered again for 24 hours: so long a version may still be sent under the key of its time. */
const LATE_EVENT_MS = 25 * 3_600_000;

export const retireVerb = defineVerb({
  name: 'keys retire',
  summary:
    'Takes the oldest key out of the secret, which comes on standard input and goes to standard output.\n' +
    'Refuses with exit code 1 while something is under the key. Its time belongs to the next version afterwards.\n' +
    `  firebase functions:secrets:access ${SECRET} | npm run -s pipeline -- keys retire --version 1 --project ID --out keyring.json`,
  flags: {
    ...SECRET_IN_OUT,
    version: { value: 'N', integer: { min: 1, max: 999_999_999 }, help: 'The version to take out.' },
    force: {
      help: 'In spite of what is under it: its rows cannot be found for a person any more, its failures not be tried again, and documents of its time not be sent or looked up: whoever meets one fails, a reconciliation too.',
    },
  },
  async run(connection, values): Promise<Result> {
    const { version, force } = values;
    if (version === undefined) throw new UsageError('keys retire wants --version N. See --help.');
    checkOutput(values);
    const before = await readSecret(values);
    withoutKey(before, version, true); // refuses the active one, before anything is counted
    const next = epochAfter(before, version);
    const rows = await countRows(connection);
    const failures = await failuresByVersion(connection.context);
    checkIsPresent(before, [...rows, ...failures]);
    const reasons = [
      ...reasonsAgainst(version, rows, failures),
      ...(next?.from ? lateEvents(next.from, await createRows(connection).now()) : []),
    ];
    if (reasons.length > 0 && !force) {
      const said = [`Key version ${version} stays:`, ...reasons.map((reason) => `  ${reason}`), ...REMEDIES];
      // Nothing may follow on standard output when a secret is awaited there.
      if (values.out === undefined && values.local === undefined) throw new Error(said.join('\n'));
      return { text: said.join('\n'), json: { retired: false, version, reasons }, exitCode: 1 };
    }
    const hasRows = rows.some((of) => of.version === version);
    const keyring = withoutKey(before, version, !hasRows);
    const heir = next?.version ?? keyring.active;
    const tombstones = await handOverTombstones(connection, before, version, heir);
    const file = writeSecret(values, keyring);
    const said = explain({ version, heir, reasons, hasRows, local: values.local });
    if (tombstones > 0)
      said.push(`${tombstones} erased persons who have documents are known to version ${heir} now.`);
    if (file === undefined) {
      console.error(said.join('\n'));
      return { text: renderKeyring(keyring), json: keyring };
    }
    return { text: said.join('\n'), json: { retired: true, version, reasons, tombstones, file } };
  },
});

const REMEDIES = [
  'Rows go by "keys rekey", by the retention of their table, or by the erasure of their persons; failures by "keys rekey",',
  'or resolved ones after 30 days. --force takes the key out all the same: see --help for what that costs.',
];

/** Throws when something is under a newer version than all that are held: the secret has been rotated since. */
function checkIsPresent(secret: KeyringSecret, used: readonly { readonly version: number }[]): void {
  const newer = used.find(({ version }) => version > secret.active);
  if (!newer) return;
  throw new Error(
    `The secret that was given is not the present one: something is under version ${newer.version}, which it does not hold.`,
  );
}

/** What the key is still needed for, as sentences with counts. */
function reasonsAgainst(
  version: number,
  rows: readonly RowsOfVersion[],
  failures: readonly FailuresOfVersion[],
): readonly string[] {
  return [
    ...rows
      .filter((of) => of.version === version)
      .map(
        (of) =>
          `${of.rows} rows of table "${of.table}" are under it, the newest of ${of.newest.toISOString()}`,
      ),
    ...failures
      .filter((of) => of.version === version)
      .map(({ byStatus: { pending, abandoned, resolved } }) => {
        const counts = `${pending} pending, ${abandoned} abandoned, ${resolved} resolved`;
        return `${pending + abandoned + resolved} failures began with it and could be replayed (${counts})`;
      }),
  ];
}

function lateEvents(endedAt: Date, now: Date): readonly string[] {
  const until = new Date(endedAt.getTime() + LATE_EVENT_MS);
  return now < until ? [`events of its time may still come, until ${until.toISOString()}`] : [];
}

async function handOverTombstones(
  { config, context }: Connection,
  secret: KeyringSecret,
  from: number,
  to: number,
): Promise<number> {
  const scope = { project: config.bigqueryProject, dataset: config.dataset };
  const keyring = parseKeyring(renderKeyring(secret), scope, config.pseudonymMode);
  const keys = { from: keyring.get(from), to: keyring.get(to) };
  return handTombstonesOver(
    await connectFirestore(),
    context.pipelines.values(),
    TOMBSTONES_COLLECTION,
    context.tombstones,
    keys,
  );
}

interface Retirement {
  readonly version: number;
  readonly heir: number;
  /** Why it should have stayed. */
  readonly reasons: readonly string[];
  readonly hasRows: boolean;
  readonly local: string | undefined;
}

function explain({ version, heir, reasons, hasRows, local }: Retirement): string[] {
  const cost = hasRows
    ? [
        'These rows cannot be found for a person any more, also not to erase them. Documents of its time cannot be sent',
        'or looked up any more: whoever meets one fails, and a reconciliation ends there.',
      ]
    : [`Documents of its time are under version ${heir} from now on, should one still have to be sent.`];
  const steps =
    local === undefined
      ? [
          `Set the keyring as ${SECRET} and deploy. Then "keys list --keyring FILE" must find nothing under version ${version};`,
          'otherwise the former secret is still needed. Only then destroy what else holds the key:',
          `  gcloud secrets versions list ${SECRET}`,
          `  gcloud secrets versions destroy N --secret ${SECRET}     # every version that holds it, and any copy of yours`,
        ]
      : [RESTART];
  return [
    `Key version ${version} is taken out.`,
    ...reasons.map((reason) => `In spite of this: ${reason}.`),
    ...cost,
    ...steps,
    'This is not an erasure: see docs/privacy.md, "Rotation".',
  ];
}
