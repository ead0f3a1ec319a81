// Runs a job from its configuration and files it, whether it succeeds or not. Dry runs are not filed.
import { createHash, randomUUID } from 'node:crypto';
import { alreadyExists, invalid } from './errors.ts';
import type { ApiError } from './errors.ts';
import { RESULTS_DATASET } from './catalog.ts';
import type { TableRef } from './catalog.ts';
import type { Context } from './context.ts';
import type { Job } from './jobs.ts';
import { shownConfiguration } from './job-configuration.ts';
import { checkLocation, jobLocation } from './job-location.ts';
import { jobStatistics } from './job-statistics.ts';
import type { JobKind } from './job-statistics.ts';
import { runCopy } from './load/copy.ts';
import { runExtract } from './load/extract.ts';
import { runLoad } from './load/load.ts';
import type { Outcome } from './query/outcome.ts';
import { affectedRows } from './query/outcome.ts';
import type { QueryRequest } from './query/run-script.ts';
import { isRecord, recordOf, tableRefIn, textOf, withoutNulls } from './request.ts';
import type { Body } from './request.ts';
import { LOCATION } from './resources.ts';
import { runQueryJob } from './run-query-job.ts';
import { mapError } from './sql/map-error.ts';

export interface JobRequest {
  readonly projectId: string;
  readonly reference: Body;
  readonly configuration: Body;
  /** The file of an upload. */
  readonly media?: Buffer;
}

const KINDS: readonly JobKind[] = ['query', 'load', 'copy', 'extract'];

/** Throws ApiError for a job that cannot even begin; one that fails is returned with its error. */
export async function runJob(context: Context, given: JobRequest): Promise<Job> {
  const request = { ...given, configuration: withoutNulls(given.configuration) };
  const { projectId, reference, configuration } = request;
  const jobId = textOf(reference['jobId']) ?? `job_${randomUUID().replaceAll('-', '')}`;
  if (!/^[A-Za-z0-9_-]{1,1024}$/.test(jobId)) throw invalid(`Invalid job ID "${jobId}".`);
  if (context.jobs.find(projectId, jobId))
    throw alreadyExists(`Job ${projectId}:${textOf(reference['location']) ?? LOCATION}.${jobId}`);
  const kind = KINDS.find((candidate) => isRecord(configuration[candidate]));
  if (!kind) throw invalid('Required parameter is missing: configuration');

  const dryRun = configuration['dryRun'] === true;
  const startedMs = context.clock.now();
  const statements: Statement[] = [];
  let outcome: Outcome | undefined;
  let error: ApiError | undefined;
  try {
    outcome = await runKind(context, request, kind, dryRun, (sql, result) =>
      statements.push({ sql, outcome: result, endMs: context.clock.now() }),
    );
  } catch (thrown) {
    error = mapError(thrown);
    // What the emulator does not do is no failure of a job, and a dry run has no job to hold the error.
    if (dryRun || error.status === 501) throw error;
  }
  const config = recordOf(configuration[kind]);
  const named = tableRefIn(config['destinationTable'], projectId);
  const destination = kind === 'query' ? (named ?? destinationOfQuery(projectId, jobId, outcome)) : named;
  const job: Job = {
    projectId,
    jobId,
    location: jobLocation(context.catalog, projectId, reference, config, outcome),
    configuration: shownConfiguration(configuration, kind, destination),
    statistics: {
      ...jobStatistics(kind, outcome, startedMs, context.clock.now()),
      ...(statements.length > 0 ? { numChildJobs: String(statements.length) } : {}),
    },
    createdMs: startedMs,
    error: error?.toProto(),
    result: outcome?.result,
    destination,
    numDmlAffectedRows: outcome && affectedRows(outcome),
  };
  if (dryRun) return job;
  context.jobs.add(job);
  for (const child of statements.map((statement, i) => childJob(job, statement, i))) context.jobs.add(child);
  return job;
}

async function runKind(
  context: Context,
  request: JobRequest,
  kind: JobKind,
  dryRun: boolean,
  onStatement: NonNullable<QueryRequest['onStatement']>,
): Promise<Outcome | undefined> {
  const { projectId, reference, configuration } = request;
  const config = recordOf(configuration[kind]);
  const location = textOf(reference['location']) || undefined;
  if (location !== undefined) checkLocation(context.catalog, projectId, location, config);
  switch (kind) {
    case 'query':
      return runQueryJob(context, projectId, config, { dryRun, location, onStatement });
    case 'load':
      return runLoad(context, projectId, config, request.media);
    case 'copy':
      return runCopy(context, projectId, config);
    case 'extract':
      return runExtract(context, projectId, config);
  }
}

/** Rows of a query that went into no table of the user's are in a temporary one that only the job knows. */
function destinationOfQuery(projectId: string, jobId: string, outcome: Outcome | undefined) {
  if (outcome?.written) return outcome.written;
  const hasRows = outcome === undefined || outcome.result !== undefined || outcome.dml !== undefined;
  return hasRows ? temporaryTable(projectId, jobId) : undefined;
}

const temporaryTable = (projectId: string, jobId: string): TableRef => ({
  projectId,
  datasetId: RESULTS_DATASET,
  tableId: `anon${jobId.replace(/\W/g, '')}`,
});

/** A statement of a script that has ended. */
interface Statement {
  readonly sql: string;
  readonly outcome: Outcome;
  readonly endMs: number;
}

function childJob(parent: Job, { sql, outcome, endMs }: Statement, index: number): Job {
  const { projectId, jobId, createdMs } = parent;
  const { transactionId } = outcome;
  const id = `script_job_${createHash('md5').update(jobId).digest('hex')}_${index}`;
  return {
    ...parent,
    jobId: id,
    parentJobId: jobId,
    configuration: { jobType: 'QUERY', query: { query: sql, priority: 'INTERACTIVE', useLegacySql: false } },
    statistics: {
      ...jobStatistics('query', outcome, createdMs, endMs),
      parentJobId: jobId,
      ...(transactionId === undefined ? {} : { transactionInfo: { transactionId } }),
      scriptStatistics: { evaluationKind: 'STATEMENT' },
    },
    error: undefined,
    result: outcome.result,
    destination: temporaryTable(projectId, id),
    numDmlAffectedRows: affectedRows(outcome),
  };
}
