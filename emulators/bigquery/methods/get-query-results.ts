// A page of the result of a query job.
import type { Method } from '../context.ts';
import { fromProto } from '../errors.ts';
import { checkResultsFormat, queryReply } from '../query-reply.ts';
import { pageRequest, projectOf } from '../request.ts';
import { timestampFormat } from '../rows/encode-row.ts';

export const getQueryResults: Method = {
  name: 'getQueryResults',
  verb: 'GET',
  path: '/projects/{project}/queries/{job}',
  handle({ jobs }, request) {
    const { query } = request;
    const format = timestampFormat(
      query.get('formatOptions.useInt64Timestamp'),
      query.get('formatOptions.timestampOutputFormat'),
    );
    checkResultsFormat(query.get('queryResultsFormat'));
    const job = jobs.get(projectOf(request), request.params['job']!, query.get('location'));
    if (job.error) throw fromProto(job.error);
    return queryReply(job, pageRequest(query), format, 'bigquery#getQueryResultsResponse');
  },
};
