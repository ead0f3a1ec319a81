// Jobs that have run, with their results. Every job here is done: the emulator answers when the work is.
import { notFound } from './errors.ts';
import type { ErrorProto } from './errors.ts';
import type { TableRef } from './catalog.ts';
import type { Field } from './schema.ts';

export interface QueryResult {
  readonly fields: readonly Field[];
  readonly rows: readonly (readonly unknown[])[];
}

export interface Job {
  readonly projectId: string;
  readonly jobId: string;
  readonly location: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly statistics: Readonly<Record<string, unknown>>;
  readonly createdMs: number;
  readonly error: ErrorProto | undefined;
  result: QueryResult | undefined;
  /** Where the rows of a query went: a table of the user's, or a temporary one that only the job knows. */
  readonly destination: TableRef | undefined;
  readonly numDmlAffectedRows: number | undefined;
}

/** Results kept; a job that is older answers without rows. */
const MAX_RESULTS = 500;

export class Jobs {
  readonly #jobs = new Map<string, Job>();
  #withResults: Job[] = [];

  add(job: Job): void {
    this.#jobs.set(`${job.projectId}/${job.jobId}`, job);
    if (!job.result) return;
    this.#withResults.push(job);
    if (this.#withResults.length > MAX_RESULTS) this.#withResults.shift()!.result = undefined;
  }

  find(projectId: string, jobId: string): Job | undefined {
    return this.#jobs.get(`${projectId}/${jobId}`);
  }

  get(projectId: string, jobId: string): Job {
    const job = this.find(projectId, jobId);
    if (!job) throw notFound(`Job ${projectId}:${jobId}`);
    return job;
  }

  /** The result behind a temporary destination table. */
  resultOf(ref: TableRef): QueryResult | undefined {
    return this.#withResults.find(
      ({ destination }) => destination?.datasetId === ref.datasetId && destination.tableId === ref.tableId,
    )?.result;
  }

  list(projectId: string): Job[] {
    return [...this.#jobs.values()].filter((job) => job.projectId === projectId).toReversed();
  }

  remove(job: Job): void {
    this.#jobs.delete(`${job.projectId}/${job.jobId}`);
    this.#withResults = this.#withResults.filter((other) => other !== job);
  }

  clear(): void {
    this.#jobs.clear();
    this.#withResults = [];
  }
}
