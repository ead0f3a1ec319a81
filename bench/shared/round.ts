// One measured round: fresh documents, their events through one function at one concurrency, what that cost, and
// whether what was sent is there. A round in which anything failed is no figure: it throws.
import { setTimeout as sleep } from 'node:timers/promises';
import { drive, quantile } from './drive.ts';
import type { Counts, Emulators } from './emulators.ts';
import type { FunctionProcess, MeasuredProcess, Usage } from './measured-process.ts';
import type { EventKind } from './sessions.ts';
import type { Variant } from './variants.ts';

export interface RoundOptions {
  readonly emulators: Emulators;
  readonly variant: Variant;
  readonly running: FunctionProcess;
  readonly documents: number;
  readonly concurrency: number;
  readonly kind?: EventKind;
}

/** What the process used and what it asked of the emulators, by document. */
export interface Cost {
  readonly cpuMsPerDocument: number;
  readonly bigqueryRequestsPer10k: number;
  readonly firestoreCommitsPer10k: number;
  readonly firestoreWritesPerDocument: number;
  readonly firestoreReadsPerDocument: number;
  readonly rssMb: number;
  readonly maxRssMb: number;
  readonly bytesInPerDocument: number;
  readonly bytesOutPerDocument: number;
}

export interface Round extends Cost {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
}

/** For what a function may still do after its answer: logs, collected garbage. */
const SETTLE_MS = 50;
let lastSeed = 0;

export async function runRound(options: RoundOptions): Promise<Round> {
  const { emulators, variant, running, documents, concurrency, kind = 'completion' } = options;
  await emulators.ask('clear');
  const loaded = await emulators.ask('load', { count: documents, seed: ++lastSeed, kind });
  const events = loaded.map(({ event }) => event);

  const { result, ...cost } = await measure(emulators, running, documents, async (begin, end) => {
    await begin();
    const driven = await drive(running.url, events, concurrency);
    await end();
    return driven;
  });
  const { latenciesMs, failure, wallMs } = result;
  const where = `${variant.name} at concurrency ${concurrency}`;
  if (failure !== undefined) {
    throw new Error(`${where}: an event was answered with ${failure}\n${running.output()}`);
  }
  if (kind === 'completion') await check(options, where);
  return {
    ...cost,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    perSecond: (documents * 1000) / wallMs,
  };
}

/** What happens between `begin` and `end` is measured; both are to be called once. */
export async function measure<Result>(
  emulators: Emulators,
  running: MeasuredProcess,
  documents: number,
  work: (begin: () => Promise<void>, end: () => Promise<void>) => Promise<Result>,
): Promise<Cost & { readonly result: Result }> {
  const state = async () => ({ usage: await running.usage(), counts: await emulators.ask('counts') });
  let before: Awaited<ReturnType<typeof state>> | undefined;
  let after: typeof before;
  const result = await work(
    async () => {
      before = await state();
    },
    async () => {
      await sleep(SETTLE_MS);
      after = await state();
    },
  );
  if (!before || !after) throw new Error('The work was not measured from begin to end');
  return {
    result,
    ...toFigures(before.usage, after.usage, documents),
    ...perDocument(before.counts, after.counts, documents),
  };
}

/** Every document that was sent has its row and its status, where the variant writes them. */
async function check({ emulators, variant, documents, running }: RoundOptions, where: string): Promise<void> {
  const expect = (what: string, found: number) => {
    if (found === documents) return;
    throw new Error(`${where}: ${found} ${what} for ${documents} documents:\n${running.output()}`);
  };
  if (variant.rows) expect('rows', await emulators.ask('rows', variant.rows));
  if (variant.writesStatus) expect('statuses', await emulators.ask('synced'));
}

function toFigures(before: Usage, after: Usage, documents: number) {
  return {
    cpuMsPerDocument: (after.cpuMs - before.cpuMs) / documents,
    rssMb: after.rssMb,
    maxRssMb: after.maxRssMb,
    bytesInPerDocument: (after.readBytes - before.readBytes) / documents,
    bytesOutPerDocument: (after.writtenBytes - before.writtenBytes) / documents,
  };
}

function perDocument(before: Counts, after: Counts, documents: number) {
  const share = (name: keyof Counts) => (after[name] - before[name]) / documents;
  return {
    bigqueryRequestsPer10k: share('bigqueryRequests') * 10_000,
    firestoreCommitsPer10k: share('firestoreCommits') * 10_000,
    firestoreWritesPerDocument: share('firestoreWrites'),
    firestoreReadsPerDocument: share('firestoreReads'),
  };
}
