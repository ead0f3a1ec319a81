// Runs a job from its configuration and files it, whether it succeeds or not. Dry runs are not filed.
import { createHash, randomUUID } from 'node:crypto';
import { alreadyExists, ApiError, invalid, notImplemented } from './errors.ts';
import type { TableRef } from './catalog.ts';
import type { Context } from './context.ts';
import type { Job } from './jobs.ts';
import { RESULTS_DATASET } from './jobs.ts';
import { runCopy } from './load/copy.ts';
import { runExtract } from './load/extract.ts';
import { runLoad } from './load/load.ts';
import type { Outcome } from './query/outcome.ts';
import { affectedRows } from './query/outcome.ts';
import type { QueryRequest } from './query/run-script.ts';
import { runScript } from './query/run-script.ts';
import { destinationOf } from './job-destination.ts';
import { isLegacySql } from './legacy-sql.ts';
import { isRecord, recordOf, tableRefIn, textOf } from './request.ts';
import type { Body } from './request.ts';
import { LOCATION } from './resources.ts';
import { mapError } from './sql/map-error.ts';
import { parameterBinder } from './sql/parameters.ts';

export interface JobRequest {
  readonly projectId: string;
  readonly reference: Body;
  readonly configuration: Body;
  /** The file of an upload. */
  readonly media?: Buffer;
}

type Kind = 'query' | 'load' | 'copy' | 'extract';
const KINDS: readonly Kind[] = ['query', 'load', 'copy', 'extract'];

/** Throws ApiError for a job that cannot even begin; one that fails is returned with its error. */
export async function runJob(context: Context, request: JobRequest): Promise<Job> {
  const { projectId, configuration } = request;
  const jobId = textOf(request.reference['jobId']) ?? `job_${randomUUID().replaceAll('-', '')}`;
  if (!/^[A-Za-z0-9_-]{1,1024}$/.test(jobId)) throw invalid(`Invalid job ID "${jobId}".`);
  if (context.jobs.find(projectId, jobId)) throw alreadyExists(`Job ${projectId}:${LOCATION}.${jobId}`);
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
  const { shown, destination } = describeConfiguration(
    context,
    projectId,
    configuration,
    kind,
    jobId,
    outcome,
  );
  const job: Job = {
    projectId,
    jobId,
    location: textOf(request.reference['location']) ?? LOCATION,
    configuration: shown,
    statistics: {
      ...statisticsOf(kind, outcome, startedMs, context.clock.now()),
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

/** A statement of a script that has ended. */
interface Statement {
  readonly sql: string;
  readonly outcome: Outcome;
  readonly endMs: number;
}

function childJob(parent: Job, { sql, outcome, endMs }: Statement, index: number): Job {
  const { projectId, jobId, createdMs } = parent;
  const id = `script_job_${createHash('md5').update(jobId).digest('hex')}_${index}`;
  return {
    ...parent,
    jobId: id,
    parentJobId: jobId,
    configuration: { jobType: 'QUERY', query: { query: sql, priority: 'INTERACTIVE', useLegacySql: false } },
    statistics: {
      ...statisticsOf('query', outcome, createdMs, endMs),
      parentJobId: jobId,
      scriptStatistics: { evaluationKind: 'STATEMENT' },
    },
    error: undefined,
    result: outcome.result,
    destination: { projectId, datasetId: RESULTS_DATASET, tableId: `anon${id}` },
    numDmlAffectedRows: affectedRows(outcome),
  };
}

async function runKind(
  context: Context,
  request: JobRequest,
  kind: Kind,
  dryRun: boolean,
  onStatement: NonNullable<QueryRequest['onStatement']>,
): Promise<Outcome | undefined> {
  const { projectId, configuration } = request;
  const config = recordOf(configuration[kind]);
  switch (kind) {
    case 'query':
      return runQuery(context, projectId, config, dryRun, onStatement);
    case 'load':
      return runLoad(context, projectId, config, request.media);
    case 'copy':
      return runCopy(context, projectId, config);
    case 'extract':
      return runExtract(context, projectId, config);
  }
}

async function runQuery(
  context: Context,
  projectId: string,
  config: Body,
  dryRun: boolean,
  onStatement: NonNullable<QueryRequest['onStatement']>,
): Promise<Outcome> {
  const sql = textOf(config['query']);
  if (sql === undefined || sql.trim() === '') throw invalid('Required parameter is missing: query');
  if (isLegacySql(config)) throw notImplemented('Legacy SQL');
  const properties = Array.isArray(config['connectionProperties']) ? config['connectionProperties'] : [];
  if (
    config['createSession'] === true ||
    properties.some((property) => recordOf(property)['key'] === 'session_id')
  )
    throw notImplemented('Sessions');
  const { datasetId, projectId: datasetProject } = recordOf(config['defaultDataset']);
  const parameters = config['queryParameters'];
  return runScript(context, {
    projectId,
    sql,
    defaultDataset:
      typeof datasetId === 'string'
        ? { projectId: textOf(datasetProject) ?? projectId, datasetId }
        : undefined,
    bind: Array.isArray(parameters) ? parameterBinder(parameters) : undefined,
    dryRun,
    onStatement,
    destination: destinationOf(config, projectId, 'WRITE_EMPTY'),
  });
}

/** The configuration as jobs.get shows it: with the defaults that were applied. */
function describeConfiguration(
  _: Context,
  projectId: string,
  configuration: Body,
  kind: Kind,
  jobId: string,
  outcome: Outcome | undefined,
): { readonly shown: Body; readonly destination: TableRef | undefined } {
  const config = recordOf(configuration[kind]);
  const shown = { ...configuration, jobType: kind.toUpperCase() };
  const named = tableRefIn(config['destinationTable'], projectId);
  if (kind !== 'query') return { shown, destination: named };
  const anonymous: TableRef = {
    projectId,
    datasetId: RESULTS_DATASET,
    tableId: `anon${jobId.replace(/\W/g, '')}`,
  };
  const destination =
    named ??
    outcome?.written ??
    (outcome?.result || outcome?.dml || outcome === undefined ? anonymous : undefined);
  return {
    shown: {
      ...shown,
      query: {
        priority: 'INTERACTIVE',
        useLegacySql: false,
        ...config,
        ...(destination
          ? {
              destinationTable: destination,
              writeDisposition: config['writeDisposition'] ?? 'WRITE_TRUNCATE',
            }
          : {}),
      },
    },
    destination,
  };
}

function statisticsOf(kind: Kind, outcome: Outcome | undefined, startMs: number, endMs: number): Body {
  const bytes = String(outcome?.bytesProcessed ?? 0);
  const times = { creationTime: String(startMs), startTime: String(startMs), endTime: String(endMs) };
  if (kind !== 'query') return { ...times, ...outcome?.statistics };
  const rows = outcome && affectedRows(outcome);
  return {
    ...times,
    totalBytesProcessed: bytes,
    totalSlotMs: '0',
    finalExecutionDurationMs: '0',
    query: {
      totalBytesProcessed: bytes,
      totalBytesBilled: '0',
      totalSlotMs: '0',
      billingTier: 0,
      cacheHit: false,
      queryPlan: [],
      timeline: [],
      estimatedBytesProcessed: bytes,
      totalPartitionsProcessed: '0',
      ...(outcome
        ? {
            statementType: outcome.statementType,
            ...(outcome.result ? { schema: { fields: outcome.result.fields } } : {}),
            ...(rows === undefined ? {} : { numDmlAffectedRows: String(rows), dmlStats: dmlStats(outcome) }),
            ...(outcome.ddl ? ddlStatistics(outcome.ddl) : {}),
            ...(outcome.referenced && outcome.referenced.length > 0
              ? { referencedTables: outcome.referenced }
              : {}),
          }
        : {}),
    },
  };
}

function dmlStats({ dml }: Outcome): Body {
  return Object.fromEntries(Object.entries(dml ?? {}).map(([key, value]) => [key, String(value)]));
}

function ddlStatistics({ operation, target }: NonNullable<Outcome['ddl']>): Body {
  const key = 'tableId' in target ? 'ddlTargetTable' : 'ddlTargetDataset';
  return { ddlOperationPerformed: operation, [key]: target };
}
