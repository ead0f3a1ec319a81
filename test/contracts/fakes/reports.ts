// Reports in memory.
import type { Reports } from '../../../functions/services/reports.ts';
import {
  FRESH_START,
  type Progress,
  type ReconcileReport,
} from '../../../functions/steps/reconcile-report.ts';

export class FakeReports implements Reports {
  readonly #latest = new Map<string, { readonly report: ReconcileReport; readonly progress: Progress }>();
  readonly saved: ReconcileReport[] = [];

  /** Something malformed counts as none. */
  forget(pipeline: string): void {
    this.#latest.delete(pipeline);
  }

  async progress(pipeline: string): Promise<Progress> {
    return this.#latest.get(pipeline)?.progress ?? FRESH_START;
  }

  async last(pipeline: string): Promise<ReconcileReport | undefined> {
    return this.#latest.get(pipeline)?.report;
  }

  async save(report: ReconcileReport, progress: Progress): Promise<void> {
    this.saved.push(report);
    this.#latest.set(report.pipeline, { report, progress });
  }
}
