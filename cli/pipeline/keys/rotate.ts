// `pipeline keys rotate`: a filter from the present secret to one with a new key. It reaches no project, and prints
// the secret nowhere but where it is piped to.
import { randomBytes } from 'node:crypto';
import { MIN_KEY_BYTES, type PseudonymMode } from '../../../functions/steps/pseudonym-key.ts';
import { UsageError } from '../../args.ts';
import { defineLocalVerb } from '../verb.ts';
import { epochsOf, renderKeyring, withKey } from './keyring.ts';
import { checkOutput, readSecret, RESTART, SECRET, SECRET_IN_OUT, writeSecret } from './secret.ts';

const HOUR_MS = 3_600_000;
const MODES: readonly string[] = ['hmac', 'sha256-salt'] satisfies PseudonymMode[];
const POLICIES: readonly string[] = ['unlinkable', 'continuous'];

export const rotateVerb = defineLocalVerb({
  name: 'keys rotate',
  summary:
    'Adds a new key to the secret, which comes on standard input and goes to standard output.\n' +
    `  firebase functions:secrets:access ${SECRET} | npm run -s pipeline -- keys rotate --out keyring.json\n` +
    `  firebase functions:secrets:set ${SECRET} --data-file keyring.json && rm keyring.json, and deploy\n` +
    'Locally: npm run pipeline -- keys rotate --local --in 0, and restart the functions.',
  flags: {
    ...SECRET_IN_OUT,
    in: {
      value: 'HOURS',
      help: 'Versions of documents from then on are under the new key: the deployment must be through before (default 1).',
    },
    from: { value: 'TIME', help: 'The same as a time, e.g. 2027-01-01T00:00:00Z.' },
    mode: { value: 'MODE', default: 'hmac', help: 'Of the new key: hmac, or the weaker sha256-salt.' },
    policy: {
      value: 'POLICY',
      default: 'unlinkable',
      help: 'Which steps are to follow: unlinkable, or continuous, with the rows under the old key brought to the new one.',
    },
  },
  async run(values) {
    const { mode, policy } = values;
    if (!isMode(mode)) throw new UsageError(`--mode wants one of ${MODES.join(', ')}. See --help.`);
    if (!POLICIES.includes(policy)) {
      throw new UsageError(`--policy wants one of ${POLICIES.join(', ')}. See --help.`);
    }
    checkOutput(values);
    const asked = beginningOf(values, new Date());
    const before = await readSecret(values);
    const keyring = withKey(before, { key: randomBytes(MIN_KEY_BYTES), from: asked, mode });
    const from = epochsOf(keyring).at(-1)?.from ?? asked; // in whole seconds
    const file = writeSecret(values, keyring);
    const said = explain({
      old: before.active,
      version: keyring.active,
      from,
      policy,
      file,
      local: values.local,
    });
    if (mode === 'sha256-salt') said.push('sha256-salt is weaker than hmac: see docs/privacy.md.');
    if (file === undefined) {
      console.error(said.join('\n'));
      return { text: renderKeyring(keyring), json: keyring };
    }
    return { text: said.join('\n'), json: { version: keyring.active, from, mode, policy, file } };
  },
});

function isMode(text: string): text is PseudonymMode {
  return MODES.includes(text);
}

/** Throws a UsageError for a time that is past: versions of it were sent under the old key. */
export function beginningOf(
  { in: hours, from }: { readonly in: string | undefined; readonly from: string | undefined },
  now: Date,
): Date {
  if (from === undefined) {
    if (hours !== undefined && !/^\d{1,5}(\.\d{1,3})?$/.test(hours)) {
      throw new UsageError('--in wants a number of hours, e.g. 1 or 0.5. See --help.');
    }
    return new Date(now.getTime() + Number(hours ?? 1) * HOUR_MS);
  }
  if (hours !== undefined) throw new UsageError('--in and --from say the same; one of them is enough.');
  const given = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(from)
    ? Date.parse(from)
    : NaN;
  if (Number.isNaN(given))
    throw new UsageError('--from wants a time with its zone, e.g. 2027-01-01T00:00:00Z.');
  if (given < now.getTime()) {
    throw new UsageError('--from wants a time that is to come: versions before now are under the old key.');
  }
  return new Date(given);
}

interface Rotation {
  readonly old: number;
  readonly version: number;
  readonly from: Date;
  readonly policy: string;
  readonly file: string | undefined;
  readonly local: string | undefined;
}

function explain({ old, version, from, policy, file, local }: Rotation): string[] {
  const when = from.toISOString();
  const deploy =
    local === undefined ? `Set it as ${SECRET}, and deploy the functions before ${when}.` : RESTART;
  const steps =
    policy === 'unlinkable'
      ? [
          `Then nothing more is to be done. A person's rows before and after cannot be put together by their`,
          `pseudonyms without the keys; by what else a row says (session_id) see docs/privacy.md, "Rotation".`,
        ]
      : [
          `After that, bring the rows under version ${old} to version ${version}, so that each person has one pseudonym:`,
          local === undefined
            ? `  firebase functions:secrets:access ${SECRET} | npm run -s pipeline -- keys rekey --from-version ${old} --to-version ${version} --project ID`
            : `  npm run pipeline -- keys rekey --from-version ${old} --to-version ${version} --local`,
          'or write down which pseudonyms are of one person, for as long as somebody needs it: keys bridge.',
        ];
  return [
    `Key version ${version} is added${file === undefined ? '' : `, in ${file}`}; versions of documents from ${when} on are under it.`,
    deploy,
    ...steps,
    'npm run pipeline -- keys list says which rows are under which key.',
  ];
}
