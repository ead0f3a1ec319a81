// `npm run emulators`: the suite alone; stays up until Ctrl-C.
import { parseFlagsOrExit } from './args.ts';
import { describeSuite, fail, parseOnly, startLocalSuite, suiteFlags } from './local-suite.ts';

const { values: flags } = parseFlagsOrExit({
  usage: 'npm run emulators -- [flags]',
  summary: 'Runs Firestore, BigQuery, Cloud Tasks and the built functions on this machine, until Ctrl-C.',
  flags: suiteFlags,
});

try {
  const suite = await startLocalSuite(flags);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void suite.close().finally(() => process.exit(0)));
  }
  if (!flags.quiet) console.log(describeSuite(suite, parseOnly(flags.only)));
} catch (error) {
  fail(error);
}
