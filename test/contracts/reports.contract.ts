// What every store of reports promises.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Reports } from '../../functions/services/reports.ts';
import type { Progress, ReconcileReport } from '../../functions/steps/reconcile-report.ts';

export interface ReportsHarness {
  readonly reports: Reports;
  /** Makes the pipeline's document something that is neither report nor progress. */
  corrupt(pipeline: string): Promise<void>;
  close(): Promise<void>;
}

const report: ReconcileReport = {
  pipeline: 'sessions',
  startedAt: new Date('2026-01-01T00:00:00Z'),
  finishedAt: new Date('2026-01-01T00:01:00Z'),
  since: new Date('2025-12-25T00:00:00Z'),
  complete: false,
  expected: 1_200,
  found: 1_199,
  missing: 2,
  healed: 1,
  waiting: 1,
  abandoned: 3,
  extra: 4,
  verified: 100,
  allVerified: false,
  dryRun: false,
  reads: 123,
};

const progress: Progress = {
  countedDownTo: Date.UTC(2026, 0, 1),
  verifiedUpTo: 'users/花子/sessions/s1',
  wholeAt: Date.UTC(2025, 11, 31),
  explained: { beginning: { withoutRow: 1, extra: 0 }, [Date.UTC(2026, 0, 2)]: { withoutRow: 0, extra: 4 } },
};

export function reportsContract(name: string, create: () => Promise<ReportsHarness>): void {
  describe(`the reports: ${name}`, () => {
    let harness: ReportsHarness;
    let reports: Reports;
    beforeEach(async () => {
      harness = await create();
      reports = harness.reports;
    });
    afterEach(() => harness.close());

    test('begin afresh, and without a report', async () => {
      await expect(reports.last('sessions')).resolves.toBeUndefined();
      await expect(reports.progress('sessions')).resolves.toEqual({
        countedDownTo: null,
        verifiedUpTo: null,
        explained: {},
        wholeAt: null,
      });
    });

    test('give back what was saved last', async () => {
      await reports.save(report, progress);
      await expect(reports.last('sessions')).resolves.toEqual(report);
      await expect(reports.progress('sessions')).resolves.toEqual(progress);
      const next = { ...report, startedAt: new Date('2026-01-01T01:00:00Z'), missing: 0 };
      await reports.save(next, { ...progress, explained: {} });
      await expect(reports.last('sessions')).resolves.toEqual(next);
      await expect(reports.progress('sessions')).resolves.toEqual({ ...progress, explained: {} });
      await expect(reports.last('others')).resolves.toBeUndefined();
    });

    test('pass a request on to the next run, and to that one alone', async () => {
      const request = { verifyReads: 5_000, verifyFromStart: true };
      await reports.request('sessions', request);
      await expect(reports.progress('sessions')).resolves.toMatchObject({ explained: {}, request });
      await reports.save(report, progress);
      await expect(reports.progress('sessions')).resolves.toEqual(progress);
      await reports.request('sessions', { dryRun: true });
      await expect(reports.progress('sessions')).resolves.toEqual({ ...progress, request: { dryRun: true } });
      await expect(reports.last('sessions')).resolves.toEqual(report);
    });

    test('begin afresh where somebody made the document something else', async () => {
      await harness.corrupt('sessions');
      await expect(reports.last('sessions')).resolves.toBeUndefined();
      await expect(reports.progress('sessions')).resolves.toMatchObject({ explained: {} });
    });
  });
}
