// Jobs that have run, with their results. Every job here is done: the emulator answers when the work is.
import { notFound } from './errors.ts';
import type { ErrorProto } from './errors.ts';
import { RESULTS_DATASET } from './catalog.ts';
import type { TableRef } from './catalog.ts';
import { seesLocation } from './job-location.ts';
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
  /** The script that this job is a statement of. */
  readonly parentJobId?: string;
}

/** Results kept; a job that is older answers without rows. */
const MAX_RESULTS = 500;

/** For how long a repeated `requestId` gets the answer of the first request. */
const REQUEST_MS = 15 * 60_000;

export class Jobs {
  readonly #jobs = new Map<string, Job>();
  readonly #requests = new Map<string, Job>();
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

  /** `location` is that of the request. */
  get(projectId: string, jobId: string, location: string | null): Job {
    const job = this.find(projectId, jobId);
    if (!job || !seesLocation(location, job.location))
      throw notFound(`Job ${projectId}:${location ? `${location}.` : ''}${jobId}`);
    return job;
  }

  /** The result behind a temporary destination table. */
  resultOf(ref: TableRef): QueryResult | undefined {
    if (ref.datasetId !== RESULTS_DATASET) return undefined;
    return this.#withResults.find(
      ({ destination }) => destination?.datasetId === RESULTS_DATASET && destination.tableId === ref.tableId,
    )?.result;
  }

  /** Jobs of a project, or those of one script, the newest first. */
  list(projectId: string, parentJobId?: string): Job[] {
    return [...this.#jobs.values()]
      .filter((job) => job.projectId === projectId && job.parentJobId === parentJobId)
      .toReversed();
  }

  /** The job of an earlier request with this id, if it is not too long ago. */
  ofRequest(projectId: string, requestId: string, nowMs: number): Job | undefined {
    const job = this.#requests.get(`${projectId}/${requestId}`);
    return job && nowMs - job.createdMs < REQUEST_MS ? job : undefined;
  }

  rememberRequest(requestId: string, job: Job): void {
    this.#requests.set(`${job.projectId}/${requestId}`, job);
    if (this.#requests.size > MAX_RESULTS) this.#requests.delete(this.#requests.keys().next().value!);
  }

  remove(job: Job): void {
    this.#jobs.delete(`${job.projectId}/${job.jobId}`);
    this.#withResults = this.#withResults.filter((other) => other !== job);
  }

  clear(): void {
    this.#jobs.clear();
    this.#requests.clear();
    this.#withResults = [];
  }
}
