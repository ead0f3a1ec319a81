// Each line of the model against numbers worked out by hand. A month has 730.5 hours.
import { describe, expect, test } from '@jest/globals';
import { incumbent } from './incumbent.ts';
import { measured, workloadOf } from './fixture.ts';
import { ours } from './ours.ts';
import { sample } from './sample.ts';
import { total, type Item, type Use } from './use.ts';

const HOURS = 730.5;
const DAYS = HOURS / 24;
const RUNS = { sweep: HOURS * 12, reconcile: HOURS, erase: HOURS * 4 };
const ALL_RUNS = RUNS.sweep + RUNS.reconcile + RUNS.erase;

/** 10,000 documents, one thousand stored; one request at a time, so that instance time is a sum. */
const plain = workloadOf(
  '--docs 10000 --stored 1000 --failures 0 --concurrency 1 --months-stored 2 --bigquery-ms 100 --firestore-ms 25'.split(
    ' ',
  ),
);
/** One in ten fails, and its third attempt goes through. */
const failing = { ...plain, failureRate: 0.1, attempts: 3 };
const of = (uses: readonly Use[]) => (item: Item) => total(uses, item);
const causeOf = (uses: readonly Use[], cause: Use['cause']) => of(uses.filter((use) => use.cause === cause));

describe('ours, when nothing fails', () => {
  const use = of(ours(plain, measured));

  test('calls: each of four writes, our status write, the schedules', () => {
    expect(use('invocations')).toBeCloseTo(50_000 + ALL_RUNS, 6);
  });
  test('instance time: 151.2 ms a document, others 100 ms, schedules', () => {
    const sweep = RUNS.sweep * 0.1; // three round trips of 25 ms
    // 300 ms of start, a query of 1.5 s, three round trips: 1.9 s. Once a day six queries and eight: 9.5 s.
    const reconcile = (RUNS.reconcile - DAYS) * 1.9 + DAYS * 9.5;
    const erase = RUNS.erase * 0.1; // one round trip, billed in steps of 100 ms
    const seconds = 10_000 * 0.2 + 40_000 * 0.1 + sweep + reconcile + erase;
    expect(use('vcpuSeconds')).toBeCloseTo(seconds, 6);
    expect(use('gibSeconds')).toBeCloseTo(seconds / 2, 6);
  });
  test('transport: before and after and 600 bytes, both ways, 1,000 at least', () => {
    const bytes =
      1_000 /* 0 + 300 */ + 2 * 1_200 /* 300 + 300 */ + 1_800 /* 300 + 900 */ + 2_660; /* 900 + 1,160 */
    expect(use('eventBytes')).toBe(10_000 * bytes * 2);
  });
  test('reads: one a document, five a sweep, progress and count of a reconciliation, and all 1,000 once a day, one for erasures', () => {
    expect(use('firestoreReads')).toBeCloseTo(
      10_000 + RUNS.sweep * 5 + RUNS.reconcile * 2 + DAYS * 1_000 + RUNS.erase,
      6,
    );
  });
  test('writes: one a document, two a reconciliation, one of which expires', () => {
    expect(use('firestoreWrites')).toBeCloseTo(10_000 + RUNS.reconcile * 2, 6);
    expect(use('firestoreDeletes')).toBe(RUNS.reconcile);
    expect(use('firestoreCommits')).toBeCloseTo(10_000 + RUNS.reconcile, 6);
  });
  test('BigQuery: a row of 1 KB at least, a scan of 10 MB at least an hour and five more a day, two months of rows', () => {
    expect(use('bigqueryStreamed')).toBe(10_000 * 1_024);
    expect(use('bigqueryScanned')).toBeCloseTo((RUNS.reconcile + DAYS * 5) * 10_485_760, 3);
    expect(use('bigqueryStorage')).toBe(10_000 * 360 * 2);
    expect(use('bigqueryRequests')).toBeCloseTo(10_000 + RUNS.reconcile + DAYS * 5, 6);
  });
  test('three scheduler jobs, no task, no failure record', () => {
    expect([use('schedulerJobs'), use('taskOperations'), use('firestoreStorage')]).toEqual([3, 0, 0]);
  });
  test('logs: a line a document and a run, 1.5 KB of the platform for each call', () => {
    const runs = ALL_RUNS;
    expect(use('logBytes')).toBeCloseTo((10_000 + runs) * 1_000 + (50_000 + runs) * 1_500, 3);
  });
  test('CPU: as measured with one document at hand, and that of four other events', () => {
    expect(use('cpuSeconds')).toBeCloseTo(10_000 * 0.0012 + 40_000 * 0.0005, 6);
  });
});

describe('ours, larger', () => {
  test('a reconciliation of all of time reads one per thousand documents, until its limit, and scans 104 bytes of each row', () => {
    const every = { ...plain, recentDays: 0, verifyReads: 100 };
    const use = (stored: number) => causeOf(ours({ ...every, stored }, measured), 'reconcile');
    expect(use(2_000_000)('firestoreReads')).toBeCloseTo(HOURS * (1 + 2_000 + 100), 6);
    expect(use(50_000_000)('firestoreReads')).toBeCloseTo(HOURS * (1 + 10_000 + 100), 6);
    expect(use(2_000_000)('bigqueryScanned')).toBe(HOURS * 2 * 2_000_000 * 104);
  });
  test('between them it counts the documents of a week, and scans the rows of ten days', () => {
    const month = { ...plain, docs: 30_437_500, stored: 2e9, verifyReads: 0 }; // a million a day
    const use = causeOf(ours(month, measured), 'reconcile');
    expect(use('firestoreReads')).toBeCloseTo(DAYS * (1 + 10_000) + (HOURS - DAYS) * (1 + 7_000), 3);
    expect(use('bigqueryScanned')).toBeCloseTo((DAYS * 2e9 + (HOURS - DAYS) * 1e7) * 104, -6);
  });
  test('a document that is created completed has one event of its own, with nothing before', () => {
    const use = of(ours({ ...plain, writesPerDoc: 1 }, measured));
    expect(use('invocations')).toBeCloseTo(20_000 + ALL_RUNS, 6);
    expect(use('eventBytes')).toBe(10_000 * (900 + 600 + 2_660) * 2);
  });
  test('documents that share an instance cost the CPU that was measured for as many', () => {
    const busy = { ...plain, docs: 2_000_000_000, writesPerDoc: 1, peak: 1, concurrency: 1_000 };
    const [cpu] = ours(busy, measured).filter(({ item }) => item === 'cpuSeconds');
    expect(cpu?.quantity).toBeCloseTo(2_000_000_000 * 0.0002, 3); // beyond the last measured point: as there
  });
});

describe('ours, a thousand failures that take three attempts', () => {
  const uses = ours(failing, measured);
  const use = causeOf(uses, 'failures');

  test('reads and writes of the record and the status, once and with each attempt', () => {
    expect(use('firestoreReads')).toBe(1_000 * (1 + 3 + 3 + 4));
    expect(use('firestoreWrites')).toBe(1_000 * (2 + 2 + 2 + 2));
    expect(causeOf(uses, 'deadLetter')('firestoreReads')).toBe(9_000);
    expect(causeOf(uses, 'status')('firestoreWrites')).toBe(9_000);
  });
  test('one task made and three deliveries; each attempt is a call, each of four status writes an event', () => {
    expect(use('taskOperations')).toBe(4_000);
    expect(use('invocations')).toBe(3_000 + 4_000);
    expect(use('eventBytes')).toBe(4_000 * 2_660 * 2);
  });
  test('attempts hold an instance for 252 ms, rounded up', () => {
    expect(use('vcpuSeconds')).toBeCloseTo(3_000 * 0.3, 6);
    expect(use('cpuSeconds')).toBeCloseTo(3_000 * 0.002 + 4_000 * 0.0005, 6);
  });
  test('the row is billed once; the record is stored; four lines are logged', () => {
    expect(of(uses)('bigqueryStreamed')).toBe(10_000 * 1_024);
    expect(of(uses)('firestoreStorage')).toBe(1_000 * 2_000 * 2);
    expect(use('logBytes')).toBe(4_000 * 1_000 + 7_000 * 1_500);
  });
});

describe('the sample', () => {
  test('when nothing fails: calls, one write, no read, no schedule, two lines a document', () => {
    const use = of(sample(plain, measured));
    expect(use('invocations')).toBe(50_000);
    expect(use('firestoreReads')).toBe(0);
    expect(use('firestoreWrites')).toBe(10_000);
    expect(use('bigqueryStreamed')).toBe(10_000 * 1_024);
    expect(use('bigqueryRequests')).toBe(10_000);
    expect(use('schedulerJobs')).toBe(0);
    expect(use('vcpuSeconds')).toBeCloseTo(10_000 * 0.2 + 40_000 * 0.1, 6); // 126.6 ms, and 0.7 ms
    expect(use('gibSeconds')).toBeCloseTo(1_500, 6);
    expect(use('logBytes')).toBe(20_000 * 1_000 + 50_000 * 1_500);
    expect(use('cpuSeconds')).toBeCloseTo(10_000 * 0.0016 + 40_000 * 0.0007, 6);
  });

  test('failures double with each attempt, and each of them inserts a row in the end', () => {
    // One run fails, then two, then four; then eight insert.
    const use = causeOf(sample({ ...failing, attempts: 4 }, measured), 'failures');
    expect(use('bigqueryStreamed')).toBe(8_000 * 1_024);
    expect(use('firestoreReads')).toBe(15_000 + 8_000);
    expect(use('firestoreWrites')).toBe(2_000 + 7_000 + 16_000);
    expect(use('taskOperations')).toBe(1_000 + 7_000 + 15_000);
    expect(use('invocations')).toBe(15_000 + 16_000); // and an event of each status: of the failure and of every run
    expect(use('vcpuSeconds')).toBeCloseTo(15_000 * 0.3, 6); // 201.6 ms
  });
});

describe('the incumbent', () => {
  test('when nothing fails: a call, a row of before and after, and three lines for every write', () => {
    const use = of(incumbent(plain, measured));
    expect(use('invocations')).toBe(40_000);
    expect(use('bigqueryStreamed')).toBe(10_000 * (3 * 1_024 + 1_420));
    expect(use('bigqueryStorage')).toBe(10_000 * (520 + 820 + 820 + 1_420) * 2);
    expect(use('bigqueryRequests')).toBe(40_000);
    expect(use('logBytes')).toBe(120_000 * 1_000 + 40_000 * 1_500);
    expect(use('eventBytes')).toBe(10_000 * (1_000 + 2 * 1_200 + 1_800) * 2);
    expect([use('firestoreReads'), use('firestoreWrites'), use('schedulerJobs')]).toEqual([0, 0, 0]);
  });
  test('one call at a time, on a sixth of a CPU: 104.8 ms, rounded up', () => {
    const use = of(incumbent({ ...plain, concurrency: 80 }, measured));
    expect(use('vcpuSeconds')).toBeCloseTo((40_000 * 0.2) / 6, 6);
    expect(use('gibSeconds')).toBeCloseTo(40_000 * 0.2 * 0.25, 6);
  });
  test('a failed write makes a task, and is given up after five attempts', () => {
    const use = (attempts: number) => causeOf(incumbent({ ...failing, attempts }, measured), 'failures');
    expect(use(3)('taskOperations')).toBe(4_000 * (1 + 3));
    expect(use(10)('taskOperations')).toBe(4_000 * (1 + 5));
    expect(use(3)('invocations')).toBe(12_000);
  });
  test('a task with a large document is billed for each 32 KB', () => {
    const use = causeOf(incumbent({ ...failing, size: 100_000 }, measured), 'failures');
    expect(use('taskOperations')).toBe(4_000 * 4 * 4);
  });
});
