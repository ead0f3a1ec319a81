// `npm run emulators`: the suite alone; stays up until Ctrl-C.
import { parseFlagsOrExit } from './args.ts';
import {
  describeSuite,
  fail,
  parseOnly,
  startLocalSuite,
  stopLocalSuite,
  suiteFlags,
} from './local-suite.ts';

const { values: flags } = parseFlagsOrExit({
  usage: 'npm run emulators -- [flags]',
  summary: 'Runs Firestore, BigQuery, Cloud Tasks and the built functions on this machine, until Ctrl-C.',
  flags: suiteFlags,
});

try {
  const suite = await startLocalSuite(flags);
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1); // asked a second time: whoever asks does not want to wait
    stopping = true;
    stopLocalSuite(suite, flags).then(() => process.exit(0), fail);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  if (!flags.quiet) console.log(describeSuite(suite, parseOnly(flags.only)));
} catch (error) {
  fail(error);
}
