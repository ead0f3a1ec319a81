// jobs.query: runs a query and answers with its first page at once.
import type { Method } from '../context.ts';
import { fromProto, invalid } from '../errors.ts';
import { checkResultsFormat, queryReply } from '../query-reply.ts';
import { jsonBody, projectOf, recordOf, textOf } from '../request.ts';
import { timestampFormat } from '../rows/encode-row.ts';
import { runJob } from '../run-job.ts';

/** What of the request belongs to the configuration of the job. */
const QUERY_KEYS = [
  'query',
  'useLegacySql',
  'defaultDataset',
  'queryParameters',
  'parameterMode',
  'maximumBytesBilled',
  'createSession',
  'connectionProperties',
  'useQueryCache',
] as const;

export const query: Method = {
  name: 'query',
  verb: 'POST',
  path: '/projects/{project}/queries',
  async handle(context, request) {
    const body = jsonBody(request);
    const options = recordOf(body['formatOptions']);
    const format = timestampFormat(options['useInt64Timestamp'], options['timestampOutputFormat']);
    checkResultsFormat(body['queryResultsFormat']);
    const projectId = projectOf(request);
    if (body['query'] === undefined) throw invalid('Required parameter is missing: query');
    const config = Object.fromEntries(
      QUERY_KEYS.filter((key) => body[key] !== undefined).map((key) => [key, body[key]]),
    );
    const requestId = textOf(body['requestId']);
    const earlier = requestId && context.jobs.ofRequest(projectId, requestId, context.clock.now());
    const job =
      earlier ||
      (await runJob(context, {
        projectId,
        reference: { location: body['location'] },
        configuration: {
          query: config,
          ...(body['labels'] === undefined ? {} : { labels: body['labels'] }),
          ...(body['dryRun'] === true ? { dryRun: true } : {}),
        },
      }));
    if (requestId && body['dryRun'] !== true) context.jobs.rememberRequest(requestId, job);
    if (job.error) throw fromProto(job.error);
    return queryReply(job, { maxResults: body['maxResults'] }, format, 'bigquery#queryResponse');
  },
};
