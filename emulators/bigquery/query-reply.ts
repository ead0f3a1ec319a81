// A page of a query's result, as jobs.query and jobs.getQueryResults answer it.
import type { HttpReply } from '../shared/http.ts';
import { etagOf } from './catalog.ts';
import { notImplemented } from './errors.ts';
import type { Job } from './jobs.ts';
import type { PageRequest } from './request.ts';
import { pageOf, recordOf } from './request.ts';
import { jobReference } from './resources.ts';
import type { TimestampFormat } from './rows/encode-row.ts';
import { encodeRow } from './rows/encode-row.ts';

/** Without a limit of the client, a page ends here. */
const MAX_PAGE = 100_000;

export function checkResultsFormat(format: unknown): void {
  if (format === 'ARROW') throw notImplemented('Results in Arrow format');
}

export function queryReply(job: Job, page: PageRequest, format: TimestampFormat, kind: string): HttpReply {
  const { fields, rows } = job.result ?? { fields: undefined, rows: [] };
  const { items, nextPageToken } = pageOf(rows, { ...page, maxResults: page.maxResults ?? MAX_PAGE });
  const query = recordOf(job.statistics['query']);
  const dml = job.numDmlAffectedRows;
  const isQuery = kind === 'bigquery#queryResponse';
  return {
    body: {
      kind,
      ...(isQuery
        ? {
            queryId: job.jobId,
            jobCreationReason: { code: 'REQUESTED' },
            location: job.location,
            creationTime: job.statistics['creationTime'],
            startTime: job.statistics['startTime'],
            endTime: job.statistics['endTime'],
            totalBytesBilled: '0',
            ...(job.statistics['sessionInfo'] === undefined
              ? {}
              : { sessionInfo: job.statistics['sessionInfo'] }),
            ...(query['dmlStats'] === undefined ? {} : { dmlStats: query['dmlStats'] }),
            ...(query['statementType'] === undefined ? {} : { statementType: query['statementType'] }),
          }
        : { etag: etagOf(job.jobId, items.length) }),
      // A statement without a result still has a schema on the wire: an empty one would be read as a table.
      ...(fields ? { schema: { fields } } : {}),
      jobReference: jobReference(job),
      ...(fields ? { totalRows: String(rows.length) } : dml === undefined ? { totalRows: '0' } : {}),
      ...(nextPageToken ? { pageToken: nextPageToken } : {}),
      ...(items.length > 0 && fields ? { rows: items.map((row) => encodeRow(row, fields, format)) } : {}),
      totalBytesProcessed: job.statistics['totalBytesProcessed'] ?? '0',
      jobComplete: true,
      cacheHit: false,
      ...(dml === undefined ? {} : { numDmlAffectedRows: String(dml) }),
    },
  };
}
