// `npm run bench:privacy`: what privacy costs of a completed document: the policies of all its fields and its pseudonym,
// beside the whole way from the event's bytes to row and status, in one process and in turns.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseFlagsOrExit } from '../cli/args.ts';
import { fail } from '../cli/local-suite.ts';
import { createProgress, table } from '../cli/terminal.ts';
import { sessions } from '../functions/pipelines/sessions.ts';
import { parseKeyring } from '../functions/steps/pseudonym-key.ts';
import { FULL_SESSION } from '../test/contracts/session-documents.ts';
import { startEmulators, type Emulators } from './shared/emulators.ts';
import { mediansBy, round, writeResults, type Figures } from './shared/results.ts';
import { distFlag, prepareDist } from './shared/variants.ts';

const AT_ONCE = 80;
const SECRET = 'k3y-of-the-benches-0123456789-abcdefghij';

const { values: flags } = parseFlagsOrExit({
  usage: 'npm run bench:privacy --',
  summary:
    'CPU of what privacy does to a document, beside all that the trigger does, called in one process without HTTP\n' +
    'and framework. Medians go to stdout, everything to bench/results/privacy.json. Exit code: 0, 2 for a wrong flag.',
  flags: {
    documents: { value: 'N', integer: { min: 100, max: 100_000 }, default: '4000', help: 'Of each round.' },
    runs: { value: 'N', integer: { min: 1, max: 50 }, default: '7', help: 'Rounds.' },
    ...distFlag,
  },
});

type Trigger = (event: { readonly data: Uint8Array }) => Promise<unknown>;

const progress = createProgress();
let emulators: Emulators | undefined;
try {
  const dist = prepareDist(flags.dist);
  emulators = await startEmulators();
  const local = {
    FUNCTIONS_EMULATOR: 'true',
    PSEUDONYMIZATION_SALT: SECRET,
    METADATA_SERVER_DETECTION: 'none',
  };
  Object.assign(process.env, emulators.env, local);
  const { session_onComplete: trigger } = (await import(pathToFileURL(path.join(dist, 'index.js')).href)) as {
    session_onComplete: Trigger;
  };
  const key = parseKeyring(SECRET, { project: 'demo-local', dataset: 'analytics_production' }).active;
  const steps = {
    'policies of all fields': () => void sessions.read(FULL_SESSION),
    'one pseudonym': (i: number) =>
      void key.pseudonym('user_id_hash', 'text', `a-user-of-28-characters-${i}`),
  };

  const rounds: Figures[] = [];
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = () => true; // the trigger's log lines
  for (let run = 0; run <= flags.runs; run++) {
    progress.show(`round ${run} of ${flags.runs}`);
    const all = { run, what: 'all of the trigger', cpuUs: await measureTrigger(emulators, trigger, run) };
    const parts = Object.entries(steps).map(([what, step]) => ({ run, what, cpuUs: measureStep(step) }));
    if (run > 0) rounds.push(all, ...parts); // the first is a warm-up
  }
  progress.end();
  process.stdout.write = write;
  report(rounds);
} catch (error) {
  progress.end();
  fail(error);
} finally {
  emulators?.close();
}
process.exit();

async function measureTrigger(on: Emulators, trigger: Trigger, run: number): Promise<number> {
  await on.ask('clear');
  const loaded = await on.ask('load', { count: flags.documents, seed: 100 + run, kind: 'completion' });
  const events = loaded.map(({ event }) => ({ data: Buffer.from(event.body) }));
  let next = 0;
  const lane = async () => {
    for (let event = events[next++]; event; event = events[next++]) await trigger(event);
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const used = process.cpuUsage(before);
  await new Promise(setImmediate); // its last log lines
  return round((used.user + used.system) / events.length);
}

function measureStep(step: (i: number) => void): number {
  const before = process.cpuUsage();
  for (let i = 0; i < flags.documents * 5; i++) step(i);
  const { user, system } = process.cpuUsage(before);
  return round((user + system) / (flags.documents * 5));
}

function report(rounds: readonly Figures[]): void {
  const medians = mediansBy(rounds, ['what']);
  const of = (what: string) => Number(medians.find((one) => one['what'] === what)?.['cpuUs']);
  const privacy = of('policies of all fields') + of('one pseudonym');
  const ratios = { 'privacy / all of the trigger': round(privacy / of('all of the trigger')) };
  console.log(table(medians.map((one) => [String(one['what']), `${one['cpuUs']} µs CPU per document`])));
  console.log(
    `\n${table(Object.entries(ratios))}\n\n${writeResults('privacy', { rounds, medians, ratios })}`,
  );
}
