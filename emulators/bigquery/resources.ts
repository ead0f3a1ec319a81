// Datasets, tables and jobs as the REST API shows them.
import type { Dataset, Table } from './catalog.ts';
import { datasetName, etagOf, tableName } from './catalog.ts';
import type { Job } from './jobs.ts';
import type { Field } from './schema.ts';

export const LOCATION = 'US';

export function datasetEtag(dataset: Dataset): string {
  return etagOf(datasetName(dataset.projectId, dataset.datasetId), dataset.createdMs + dataset.version);
}

export function tableEtag(table: Table): string {
  return etagOf(tableName(table.ref), table.createdMs + table.version);
}

export function datasetResource(dataset: Dataset, origin: string): Record<string, unknown> {
  const { projectId, datasetId } = dataset;
  return {
    kind: 'bigquery#dataset',
    etag: datasetEtag(dataset),
    id: datasetName(projectId, datasetId),
    selfLink: `${origin}/bigquery/v2/projects/${projectId}/datasets/${datasetId}`,
    location: LOCATION,
    type: 'DEFAULT',
    access: [
      { role: 'WRITER', specialGroup: 'projectWriters' },
      { role: 'OWNER', specialGroup: 'projectOwners' },
      { role: 'READER', specialGroup: 'projectReaders' },
    ],
    ...dataset.metadata,
    datasetReference: { projectId, datasetId },
    creationTime: String(dataset.createdMs),
    lastModifiedTime: String(dataset.modifiedMs),
  };
}

export interface TableSize {
  readonly rows: number;
  readonly buffered: { readonly rows: number; readonly oldestMs: number } | undefined;
}

/** A rough size of a row, for the figures of bytes that clients show. */
export function rowBytes(fields: readonly Field[]): number {
  return fields.reduce((sum, field) => sum + (field.type === 'RECORD' ? rowBytes(field.fields ?? []) : 8), 0);
}

export function tableResource(
  table: Table,
  origin: string,
  datasetLocation: unknown,
): Record<string, unknown> {
  const { ref } = table;
  return {
    kind: 'bigquery#table',
    etag: tableEtag(table),
    id: tableName(ref),
    selfLink: `${origin}/bigquery/v2/projects/${ref.projectId}/datasets/${ref.datasetId}/tables/${ref.tableId}`,
    location: typeof datasetLocation === 'string' ? datasetLocation : LOCATION,
    ...table.metadata,
    tableReference: ref,
    ...(table.fields.length > 0 ? { schema: { fields: table.fields } } : {}),
    type: table.kind,
    creationTime: String(table.createdMs),
  };
}

/** What changes with the rows of a table. */
export function tableStatistics(table: Table, { rows, buffered }: TableSize): Record<string, unknown> {
  // Rows in the buffer may be gone already: their partition was too old.
  const stored = Math.max(0, rows - (buffered?.rows ?? 0));
  const bytes = String(stored * rowBytes(table.fields));
  return {
    lastModifiedTime: String(table.modifiedMs),
    ...(table.kind === 'VIEW'
      ? {}
      : {
          numRows: String(stored),
          numBytes: bytes,
          numLongTermBytes: '0',
          numTotalLogicalBytes: bytes,
          numActiveLogicalBytes: bytes,
          numLongTermLogicalBytes: '0',
        }),
    ...(buffered
      ? {
          streamingBuffer: {
            estimatedRows: String(buffered.rows),
            estimatedBytes: String(buffered.rows * rowBytes(table.fields)),
            oldestEntryTime: String(buffered.oldestMs),
          },
        }
      : {}),
  };
}

export function jobReference(job: Job): Record<string, unknown> {
  return { projectId: job.projectId, jobId: job.jobId, location: job.location };
}

export function jobStatus(job: Job): Record<string, unknown> {
  return job.error ? { state: 'DONE', errorResult: job.error, errors: [job.error] } : { state: 'DONE' };
}

export const USER_EMAIL = 'emulator@localhost';

export function jobResource(job: Job, origin: string): Record<string, unknown> {
  return {
    kind: 'bigquery#job',
    etag: etagOf(`${job.projectId}:${job.jobId}`, job.createdMs),
    id: `${job.projectId}:${job.location}.${job.jobId}`,
    selfLink: `${origin}/bigquery/v2/projects/${job.projectId}/jobs/${job.jobId}?location=${job.location}`,
    user_email: USER_EMAIL,
    principal_subject: `user:${USER_EMAIL}`,
    jobReference: jobReference(job),
    jobCreationReason: { code: 'REQUESTED' },
    configuration: job.configuration,
    statistics: job.statistics,
    status: jobStatus(job),
  };
}
