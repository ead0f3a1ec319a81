// Reports in memory.
import type { Reports } from '../../../functions/services/reports.ts';
import {
  FRESH_START,
  type Progress,
  type ReconcileReport,
  type RunRequest,
} from '../../../functions/steps/reconcile-report.ts';

export class FakeReports implements Reports {
  readonly #latest = new Map<string, { readonly report: ReconcileReport; readonly progress: Progress }>();
  readonly #requests = new Map<string, RunRequest>();
  readonly saved: ReconcileReport[] = [];

  /** Something malformed counts as none. */
  forget(pipeline: string): void {
    this.#latest.delete(pipeline);
  }

  async progress(pipeline: string): Promise<Progress> {
    const progress = this.#latest.get(pipeline)?.progress ?? FRESH_START;
    const request = this.#requests.get(pipeline);
    return request ? { ...progress, request } : progress;
  }

  async request(pipeline: string, request: RunRequest): Promise<void> {
    this.#requests.set(pipeline, request);
  }

  async last(pipeline: string): Promise<ReconcileReport | undefined> {
    return this.#latest.get(pipeline)?.report;
  }

  async save(report: ReconcileReport, progress: Progress): Promise<void> {
    this.saved.push(report);
    this.#requests.delete(report.pipeline);
    const { request: _, ...kept } = progress;
    this.#latest.set(report.pipeline, { report, progress: kept });
  }
}
