// `npm run emulators`: the suite alone; stays up until Ctrl-C.
import { systemClock } from '../emulators/shared/clock.ts';
import { parseFlagsOrExit } from './args.ts';
import {
  describeSuite,
  DIST,
  fail,
  parseOnly,
  startLocalSuite,
  stopLocalSuite,
  suiteFlags,
} from './local-suite.ts';
import { watchBuild } from './watch-build.ts';

const { values: flags } = parseFlagsOrExit({
  usage: 'npm run emulators -- [flags]',
  summary:
    'Runs Firestore, BigQuery, Cloud Tasks and the built functions on this machine, until Ctrl-C.\n' +
    'The functions are restarted when `npm run build` has built them anew.',
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
  if (parseOnly(flags.only).includes('functions')) {
    watchBuild(flags.functions ?? DIST, systemClock, () => {
      if (stopping) return;
      if (!flags.quiet) console.error('functions: rebuilt; the host restarts');
      suite.functions.restart().catch((error: unknown) => {
        console.error(error instanceof Error ? error.message : String(error));
      });
    });
  }
  if (!flags.quiet) console.log(describeSuite(suite, parseOnly(flags.only)));
} catch (error) {
  fail(error);
}
