// The measured figures that the model stands on: what the benches left in bench/results/. Reads those files and
// nothing else; what is missing or of another form is named together with the command that makes it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../args.ts';

export const RESULTS = path.join(import.meta.dirname, '..', '..', '..', 'bench', 'results');

const positive = z.number().positive();
const count = z.number().nonnegative();
const resultOf = <Shape extends z.ZodRawShape>(median: Shape) =>
  z.object({
    date: z.iso.datetime(),
    commit: z.object({ id: z.string(), dirty: z.boolean() }),
    medians: z.preprocess(withoutStages, z.array(z.object(median))),
  });

/** The insert stage alone stands beside the whole path, and is of no use here. */
const STAGES = new Set<unknown>(['floor', 'ours, insert stage alone']);
function withoutStages(medians: unknown): unknown {
  if (!Array.isArray(medians)) return medians;
  return medians.filter((median: { readonly variant?: unknown } | null) => !STAGES.has(median?.variant));
}

const SCHEMAS = {
  trigger: resultOf({
    variant: z.string(),
    concurrency: positive,
    cpuMsPerDocument: positive,
    bigqueryRequestsPer10k: count,
    firestoreCommitsPer10k: count,
    firestoreWritesPerDocument: count,
    firestoreReadsPerDocument: count,
  }),
  idle: resultOf({ variant: z.string(), over: z.string(), cpuMsPerEvent: positive }),
  cold: resultOf({ variant: z.string(), function: z.string(), answerMs: positive }),
  retry: resultOf({ stage: z.string(), cpuMsPerDocument: positive }),
};
type Results = { readonly [Name in keyof typeof SCHEMAS]: z.output<(typeof SCHEMAS)[Name]> };

/** At one number of documents at hand on an instance. */
export interface Figures {
  readonly concurrency: number;
  readonly cpuMsPerDocument: number;
  readonly bigqueryRequestsPerDocument: number;
  readonly firestoreCommitsPerDocument: number;
}

export interface MeasuredVariant {
  /** By concurrency, ascending; one at least. */
  readonly at: readonly Figures[];
  readonly firestoreReadsPerDocument: number;
  readonly firestoreWritesPerDocument: number;
}

export interface Measured {
  /** Of the bench of completed documents: which code, and the day. */
  readonly origin: { readonly commit: string; readonly date: string };
  readonly ours: MeasuredVariant;
  readonly baseline: MeasuredVariant;
  readonly incumbent: MeasuredVariant;
  /** CPU of an event that is no completion, in ms: decided by our code, and decoded with firebase-functions. */
  readonly ignoredMs: { readonly ours: number; readonly decoded: number };
  /** From the start of the reconciliation's process to its answer, with nothing to do, in ms. */
  readonly coldMs: number;
  /** CPU of one attempt of a retry, in ms. */
  readonly retryMs: number;
}

/** Throws a UsageError that names every file that is missing or not as expected. */
export function readMeasured(folder: string): Measured {
  const names = Object.keys(SCHEMAS) as (keyof Results)[];
  const read = names.map((name) => readResult(folder, name));
  const problems = read.flatMap((result) => ('problem' in result ? [result.problem] : []));
  if (problems.length > 0) {
    throw new UsageError(`Cannot read the measured figures in ${folder}:\n  ${problems.join('\n  ')}`);
  }
  // Each was checked by the schema of its name.
  return toMeasured(
    Object.fromEntries(read.map((result, i) => [names[i], 'data' in result ? result.data : {}])) as Results,
  );
}

function readResult(folder: string, name: keyof Results): { data: unknown } | { problem: string } {
  const command = `"npm run bench:${name}" makes it`;
  let text: string;
  try {
    text = readFileSync(path.join(folder, `${name}.json`), 'utf8');
  } catch {
    return { problem: `${name}.json is missing: ${command}` };
  }
  const { data, error } = SCHEMAS[name].safeParse(parseJson(text));
  if (!error) return { data };
  const [issue] = error.issues;
  return {
    problem: `${name}.json, ${issue?.path.join('.') || 'all of it'}: ${issue?.message}; ${command} anew`,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toMeasured({ trigger, idle, cold, retry }: Results): Measured {
  const variant = (name: string) => {
    const medians = trigger.medians.filter((median) => median.variant === name);
    pick('trigger', medians, `${name}" at concurrency "1`, ({ concurrency }) => concurrency === 1);
    return toVariant(medians);
  };
  const ignored = (name: string) => {
    const kinds = pick(
      'idle',
      idle.medians,
      name,
      (median) => median.variant === name && median.over === 'HTTP',
    );
    return mean(kinds.map(({ cpuMsPerEvent }) => cpuMsPerEvent));
  };
  const reconciliation = 'internal_reconcileSync';
  const starts = pick('cold', cold.medians, reconciliation, (median) => median.function === reconciliation);
  const attempts = pick('retry', retry.medians, 'drain', ({ stage }) => stage === 'drain');
  return {
    origin: {
      commit: trigger.commit.id.slice(0, 7) + (trigger.commit.dirty ? ' with changes' : ''),
      date: trigger.date.slice(0, 10),
    },
    ours: variant('ours'),
    baseline: variant('baseline'),
    incumbent: variant('incumbent'),
    ignoredMs: { ours: ignored('ours'), decoded: ignored('decode') },
    coldMs: mean(starts.map(({ answerMs }) => answerMs)),
    retryMs: mean(attempts.map(({ cpuMsPerDocument }) => cpuMsPerDocument)),
  };
}

/** One at least. */
function pick<Median>(
  name: keyof Results,
  medians: readonly Median[],
  what: string,
  isWanted: (median: Median) => boolean,
): Median[] {
  const found = medians.filter(isWanted);
  if (found.length > 0) return found;
  throw new UsageError(`${name}.json has no figures of "${what}": "npm run bench:${name}" makes it anew`);
}

function toVariant(medians: Results['trigger']['medians']): MeasuredVariant {
  const { firestoreReadsPerDocument, firestoreWritesPerDocument } = medians[0]!;
  const at = medians
    .map(({ concurrency, cpuMsPerDocument, bigqueryRequestsPer10k, firestoreCommitsPer10k }) => ({
      concurrency,
      cpuMsPerDocument,
      bigqueryRequestsPerDocument: bigqueryRequestsPer10k / 10_000,
      firestoreCommitsPerDocument: firestoreCommitsPer10k / 10_000,
    }))
    .toSorted((a, b) => a.concurrency - b.concurrency);
  return { at, firestoreReadsPerDocument, firestoreWritesPerDocument };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * The figures with so many documents at hand: between two measured points on the power law through them, below the
 * first and beyond the last as there.
 */
export function figuresAt({ at }: MeasuredVariant, documents: number): Figures {
  const upper = at.find(({ concurrency }) => concurrency >= documents) ?? at.at(-1)!;
  const lower = at.findLast(({ concurrency }) => concurrency <= documents) ?? at[0]!;
  if (upper.concurrency <= lower.concurrency) return upper;
  const share = Math.log(documents / lower.concurrency) / Math.log(upper.concurrency / lower.concurrency);
  const between = (a: number, b: number) => (a > 0 && b > 0 ? a * (b / a) ** share : a + (b - a) * share);
  return {
    concurrency: documents,
    cpuMsPerDocument: between(lower.cpuMsPerDocument, upper.cpuMsPerDocument),
    bigqueryRequestsPerDocument: between(
      lower.bigqueryRequestsPerDocument,
      upper.bigqueryRequestsPerDocument,
    ),
    firestoreCommitsPerDocument: between(
      lower.firestoreCommitsPerDocument,
      upper.firestoreCommitsPerDocument,
    ),
  };
}
