// What is asked of the pipeline in a month, and what the platform is taken to be like. Every number comes from a
// flag; the defaults are those of a small fitness app.
import { UsageError, type Values } from '../../args.ts';
import { regions, type Region } from './prices.ts';

export const WORKLOAD_FLAGS = {
  docs: count(1, 1_000_000_000, '100000', 'Documents completed in a month.'),
  'writes-per-doc': count(1, 10_000, '4', 'Writes of the app to a document, the completing one included.'),
  size: bytes(1, 1_048_576, '900', 'Size of a completed document as JSON.'),
  'size-before': bytes(1, 1_048_576, '300', 'Its size before that.'),
  row: bytes(1, 10_000_000, '360', 'Size of its row in typed columns; 1 KB is billed at least.'),
  stored: {
    value: 'N',
    integer: { min: 0, max: 100_000_000_000 },
    help: 'Documents that are there already; without it a year of --docs.',
  },
  peak: count(1, 1_000, '4', 'How much busier the busy hours are than the average; all comes within them.'),
  concurrency: count(
    1,
    1_000,
    '80',
    'Most events that an instance of ours or of the sample handles at once.',
  ),
  millicpu: count(80, 8_000, '1000', 'CPU of our functions; less than 1000 asks for --concurrency 1.'),
  'memory-mib': count(128, 32_768, '512', 'Memory of our functions.'),
  failures: count(0, 1_000_000, '1000', 'Of a million inserts, those that fail at first.'),
  attempts: count(1, 10, '2', 'Attempts by tasks until such a row is stored.'),
  'bigquery-ms': count(0, 60_000, '100', 'Time of an insert at Google.'),
  'firestore-ms': count(0, 60_000, '25', 'Time of a read or a commit at Google.'),
  'reconcile-reads': count(1, 999_999_999, '10000', 'SYNC_RECONCILE_READS.'),
  'verify-reads': count(0, 999_999_999, '100', 'SYNC_VERIFY_READS.'),
  'months-stored': count(
    0,
    120,
    '0',
    'Months that rows and failure records of the month are kept and billed.',
  ),
  'log-line': bytes(0, 100_000, '1000', 'A log line of a function, with what the platform adds.'),
  'request-log': bytes(0, 100_000, '1500', "The platform's own log line of a call; 0 when it is excluded."),
  'free-tiers': { help: 'Nothing else in the project uses the free tiers.' },
  region: { value: 'NAME', default: 'us-central1', help: `Region of the prices: ${regions.join(' or ')}.` },
} as const;

function count(min: number, max: number, fallback: string, help: string) {
  return { value: 'N', integer: { min, max }, default: fallback, help } as const;
}

function bytes(min: number, max: number, fallback: string, help: string) {
  return { ...count(min, max, fallback, help), value: 'B' } as const;
}

export interface Workload {
  /** A month. */
  readonly docs: number;
  readonly writesPerDoc: number;
  /** Bytes. */
  readonly size: number;
  readonly sizeBefore: number;
  readonly row: number;
  readonly stored: number;
  readonly peak: number;
  readonly concurrency: number;
  readonly vcpus: number;
  readonly gib: number;
  /** Share of the inserts that fail at first, 0 to 1. */
  readonly failureRate: number;
  readonly attempts: number;
  readonly bigqueryMs: number;
  readonly firestoreMs: number;
  readonly reconcileReads: number;
  readonly verifyReads: number;
  readonly monthsStored: number;
  /** Bytes. */
  readonly logLine: number;
  readonly requestLog: number;
  readonly freeTiers: boolean;
  readonly region: Region;
}

/** Throws a UsageError. */
export function toWorkload(flags: Values<typeof WORKLOAD_FLAGS>): Workload {
  const region = regions.find((name) => name === flags.region);
  if (region === undefined) throw new UsageError(`--region wants ${regions.join(' or ')}. See --help.`);
  if (flags.millicpu < 1000 && flags.concurrency > 1) {
    throw new UsageError(
      '--millicpu below 1000 wants --concurrency 1: the platform allows no other. See --help.',
    );
  }
  return {
    docs: flags.docs,
    writesPerDoc: flags['writes-per-doc'],
    size: flags.size,
    sizeBefore: flags['size-before'],
    row: flags.row,
    stored: flags.stored ?? flags.docs * 12,
    peak: flags.peak,
    concurrency: flags.concurrency,
    vcpus: flags.millicpu / 1000,
    gib: flags['memory-mib'] / 1024,
    failureRate: flags.failures / 1_000_000,
    attempts: flags.attempts,
    bigqueryMs: flags['bigquery-ms'],
    firestoreMs: flags['firestore-ms'],
    reconcileReads: flags['reconcile-reads'],
    verifyReads: flags['verify-reads'],
    monthsStored: flags['months-stored'],
    logLine: flags['log-line'],
    requestLog: flags['request-log'],
    freeTiers: flags['free-tiers'],
    region,
  };
}
