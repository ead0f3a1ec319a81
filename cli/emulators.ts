// `npm run emulators`: the suite alone; stays up until Ctrl-C.
import { systemClock } from '../emulators/shared/clock.ts';
import type { Suite } from '../emulators/suite.ts';
import { parseFlagsOrExit } from './args.ts';
import {
  buildWhenMissing,
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
  const only = parseOnly(flags.only);
  let suite: Suite | undefined;
  let isOutdated = false;
  let stopping = false;
  const restartFunctions = ({ functions }: Suite) => {
    if (!flags.quiet) console.error('functions: rebuilt; the host restarts');
    functions.restart().catch((error: unknown) => {
      console.error(error instanceof Error ? error.message : String(error));
    });
  };
  if (only.includes('functions')) {
    buildWhenMissing(flags);
    // From before the host loads them: a build that comes meanwhile must not be missed.
    watchBuild(flags.functions ?? DIST, systemClock, () => {
      if (suite === undefined) isOutdated = true;
      else if (!stopping) restartFunctions(suite);
    });
  }
  const started = await startLocalSuite(flags);
  suite = started;
  const stop = () => {
    if (stopping) process.exit(1); // asked a second time: whoever asks does not want to wait
    stopping = true;
    stopLocalSuite(started, flags).then(() => process.exit(0), fail);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  if (isOutdated) restartFunctions(started);
  if (!flags.quiet) console.log(describeSuite(started, only));
} catch (error) {
  fail(error);
}
