// One chaos run from start to verdict: suite up, load and failures for a time, calm, final checks.
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { startPipeline, type Pipeline } from '../../test/e2e/harness.ts';
import { createLeakSearch } from '../../test/leaks/search.ts';
import { textsIn } from '../../test/leaks/sinks.ts';
import { calmDown, type Calm } from './calm.ts';
import { check, type Verdict } from './check.ts';
import { gather } from './gather.ts';
import { HistoryRecorder } from './history.ts';
import { startLoad } from './load.ts';
import { startNemesis } from './nemesis.ts';
import type { HostFault } from './plan-rounds.ts';
import { USERS } from './session-script.ts';

export interface ChaosOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly rate: number;
  /** Some events are never delivered: only a reconciliation finds their documents. */
  readonly loseEvents: boolean;
  /** Told now and then how far it is. */
  readonly show: (line: string) => void;
  /** Told as soon as there is something that has to be closed when the run is broken off. */
  readonly onStarted: (pipeline: Pipeline) => void;
}

export interface ChaosReport {
  readonly seed: number;
  readonly minutes: number;
  readonly rate: number;
  readonly loseEvents: boolean;
  /** Nothing lost, unexpected or duplicated, and at rest. */
  readonly ok: boolean;
  readonly verdict: Verdict;
  readonly calm: Calm;
  readonly chaosSeconds: number;
  readonly sessions: number;
  readonly repeatedWrites: number;
  readonly hits: ReadonlyMap<string, number>;
  readonly blows: Readonly<Record<HostFault, number>>;
  readonly aheadSeconds: number;
}

const SHOW_EVERY_MS = 500;
const DUPLICATE_EVENTS = 0.1;
const MOST_LEAKS = 20;
/** The suite's hours are minutes: what is older than a minute is not left to its event, and all is verified. */
const RECONCILE = { SYNC_SETTLE_SECONDS: '60', SYNC_VERIFY_READS: '5000', SYNC_RECENT_DAYS: '0' };

export async function runChaos({
  minutes,
  seed,
  rate,
  loseEvents,
  show,
  onStarted,
}: ChaosOptions): Promise<ChaosReport> {
  const history = new HistoryRecorder();
  const redelivered = new Set<string>();
  const search = createLeakSearch(USERS);
  const leaks = new Set<string>();
  const log = (line: string) => {
    const found = search.find(line);
    if (found !== undefined && leaks.size < MOST_LEAKS)
      leaks.add(`a line of the log, as ${found.form}: ${found.around}`);
  };
  const clock = pathToFileURL(path.join(import.meta.dirname, 'follow-clock.ts')).href;
  const nodeOptions = `${process.env['NODE_OPTIONS'] ?? ''} --disable-warning=ExperimentalWarning --import ${clock}`;
  const pipeline = await startPipeline({
    log,
    eventRetry: { minMs: 100, maxMs: 2000 },
    eventDisorder: { seed, duplicates: DUPLICATE_EVENTS, reorder: true },
    onRedelivered: (document) => redelivered.add(document),
    env: { NODE_OPTIONS: nodeOptions.trim(), ...RECONCILE },
  });
  onStarted(pipeline);
  const { suite, firestore, bigquery } = pipeline;
  suite.firestore.onChange((changes) => history.observe(changes));

  const load = startLoad({ firestore, seed, rate });
  const nemesis = startNemesis({ suite, seed, loseEvents });
  const startedAt = Date.now();
  const sum = (counts: Iterable<number>) => [...counts].reduce((a, b) => a + b, 0);
  for (let passed = 0; passed < minutes * 60_000; passed = Date.now() - startedAt) {
    show(
      `${Math.floor(passed / 1000)} of ${minutes * 60} s: ${load.begun()} sessions, ` +
        `${sum(nemesis.hits().values())} calls hit, host struck ${sum(Object.values(nemesis.blows()))} times, ` +
        `${suite.eventarc.pending()} events and ${suite.tasks.pendingCount()} tasks to go`,
    );
    await Promise.race([sleep(SHOW_EVERY_MS), nemesis.done]);
  }
  await nemesis.stop();
  await load.stop();
  const chaosSeconds = Math.round((Date.now() - startedAt) / 1000);

  const calm = await calmDown(suite, firestore, show);
  show('final checks');
  const held = await gather(firestore, bigquery, suite.secrets['PSEUDONYMIZATION_SALT'] ?? '');
  for (const { reason } of held.failures) {
    if (search.find(reason) !== undefined) leaks.add('the reason of a failure');
  }
  for (const row of [...held.raw, ...held.latest]) {
    if (textsIn(row).some((text) => search.find(text) !== undefined)) leaks.add('a row');
  }
  const verdict = check({
    ...held,
    history: history.sessions,
    redelivered,
    losesEvents: loseEvents,
    leaks: [...leaks],
  });
  const wrong = verdict.lost.length + verdict.unexpected.length + verdict.duplicated.length;
  return {
    seed,
    minutes,
    rate,
    loseEvents,
    ok: wrong === 0 && calm.atRest,
    verdict,
    calm,
    chaosSeconds,
    sessions: load.begun(),
    repeatedWrites: load.repeated(),
    hits: nemesis.hits(),
    blows: nemesis.blows(),
    aheadSeconds: nemesis.aheadSeconds() + calm.aheadSeconds,
  };
}
