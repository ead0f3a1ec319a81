// `npm run pipeline -- <verb>`: the operator's tool. Each verb is a file below pipeline/; here is the list of them.
import { iamVerb } from './iam/verb.ts';
import { readVerb, type Verb } from './pipeline/verb.ts';
import { costVerb } from './pipeline/cost.ts';
import { doctorVerb } from './pipeline/doctor.ts';
import { eraseVerb } from './pipeline/erasures/erase.ts';
import { erasuresVerb } from './pipeline/erasures/list.ts';
import { abandonVerb } from './pipeline/failures/abandon.ts';
import { listVerb } from './pipeline/failures/list.ts';
import { replayVerb } from './pipeline/failures/replay.ts';
import { showVerb } from './pipeline/failures/show.ts';
import { bridgeVerb } from './pipeline/keys/bridge.ts';
import { keysListVerb } from './pipeline/keys/list.ts';
import { rekeyVerb } from './pipeline/keys/rekey.ts';
import { retireVerb } from './pipeline/keys/retire.ts';
import { rotateVerb } from './pipeline/keys/rotate.ts';
import { planVerb } from './pipeline/plan.ts';
import { privacyRecordVerb } from './pipeline/privacy/record.ts';
import { privacyReportVerb } from './pipeline/privacy/report.ts';
import { provisionVerb } from './pipeline/provision.ts';
import { reconcileVerb } from './pipeline/reconcile.ts';
import { statusVerb } from './pipeline/status.ts';
import { fail } from './local-suite.ts';
import { paint, table } from './terminal.ts';

const VERBS: readonly Verb[] = [
  statusVerb,
  listVerb,
  showVerb,
  replayVerb,
  abandonVerb,
  reconcileVerb,
  doctorVerb,
  planVerb,
  provisionVerb,
  eraseVerb,
  erasuresVerb,
  privacyReportVerb,
  privacyRecordVerb,
  rotateVerb,
  keysListVerb,
  rekeyVerb,
  bridgeVerb,
  retireVerb,
  costVerb,
  iamVerb,
];

const argv = process.argv.slice(2);
const verb = VERBS.find(({ name }) => name.split(' ').every((word, i) => argv[i] === word));
if (verb) {
  try {
    process.exitCode = await readVerb(verb, argv.slice(verb.name.split(' ').length));
  } catch (error) {
    fail(error);
  }
  process.exit(); // Google's clients keep connections open
} else {
  const asked = argv.length === 0 || argv.includes('--help');
  const print = asked ? console.log : console.error;
  if (!asked) print(paint('red', `No such verb: ${argv.slice(0, 2).join(' ')}.`));
  print('Usage: npm run pipeline -- <verb> [flags]\n');
  print(table(VERBS.map(({ name, summary }) => [name, summary.split('\n')[0] ?? ''])));
  print('\nEach verb has --help. Without --project they speak to the local suite.');
  process.exitCode = asked ? 0 : 2;
}
