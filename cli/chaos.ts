// `npm run chaos`: the whole local suite under load while everything in it fails; then calm, and the final account.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Pipeline } from '../test/e2e/harness.ts';
import { parseFlagsOrExit } from './args.ts';
import { DEFINITIONS, describeReport, toJsonLine } from './chaos/describe.ts';
import { runChaos } from './chaos/run.ts';
import { buildFunctions, DIST, fail } from './local-suite.ts';
import { createProgress } from './terminal.ts';

const definitions = Object.entries(DEFINITIONS).map(([word, meaning]) => `  ${word.padEnd(12)}${meaning}`);

const { values: flags } = parseFlagsOrExit({
  usage: 'npm run chaos -- [flags]',
  summary:
    'Runs the built functions in the local suite while an app writes sessions: the functions host is killed every few\n' +
    'seconds, BigQuery, Cloud Tasks and Firestore fail, stall, cut connections and answer with errors after they have\n' +
    'done their work, events come late, twice and in another order. Then calm, and four counts in the words of Jepsen:\n\n' +
    `${definitions.join('\n')}\n\n` +
    'Exit code 1 when anything is lost, unexpected or duplicated, or does not come to rest; 2 for a wrong flag.\n' +
    'The seed decides what is written and what is broken; when exactly each call meets its fault is up to the machine.',
  flags: {
    minutes: { value: 'M', integer: { min: 1, max: 1440 }, default: '2', help: 'How long the chaos lasts.' },
    seed: {
      value: 'S',
      integer: { min: 0, max: 4_294_967_295 },
      default: '1',
      help: 'Another seed, other sessions and other failures.',
    },
    rate: { value: 'N', integer: { min: 1, max: 200 }, default: '10', help: 'Sessions begun in a second.' },
    'keep-events': { help: 'Every event is delivered in the end; otherwise some never are.' },
    json: { help: 'Print the result as one JSON object on the last line of standard output.' },
  },
});

const progress = createProgress();
let running: Pipeline | undefined;

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    progress.end();
    void Promise.resolve(running?.close()).finally(() => process.exit(code));
  });
}

try {
  if (!existsSync(path.join(DIST, 'package.json'))) buildFunctions();
  const report = await runChaos({
    minutes: flags.minutes,
    seed: flags.seed,
    rate: flags.rate,
    loseEvents: !flags['keep-events'],
    show: (line) => progress.show(line),
    onStarted: (pipeline) => (running = pipeline),
  });
  progress.end();
  console.log(describeReport(report));
  if (flags.json) console.log(toJsonLine(report));
  await running?.close();
  process.exit(report.ok ? 0 : 1);
} catch (error) {
  progress.end();
  await running?.close();
  fail(error);
}
