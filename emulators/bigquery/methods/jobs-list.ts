// Lists the jobs of a project, the newest first.
import { etagOf } from '../catalog.ts';
import type { Method } from '../context.ts';
import { pageOf, pageRequest, projectOf } from '../request.ts';
import { jobResource } from '../resources.ts';

export const jobsList: Method = {
  name: 'jobs.list',
  verb: 'GET',
  path: '/projects/{project}/jobs',
  handle({ jobs, origin }, request) {
    const { query } = request;
    const states = query.getAll('stateFilter').map((state) => state.toLowerCase());
    const [after, before] = [
      Number(query.get('minCreationTime') ?? 0),
      Number(query.get('maxCreationTime') ?? Infinity),
    ];
    const found = jobs
      .list(projectOf(request), query.get('parentJobId') ?? undefined)
      .filter(({ createdMs }) => createdMs >= after && createdMs <= before)
      .filter(() => states.length === 0 || states.includes('done'));
    const { items, nextPageToken } = pageOf(found, pageRequest(query));
    return {
      body: {
        kind: 'bigquery#jobList',
        etag: etagOf(projectOf(request), found.length),
        ...(nextPageToken ? { nextPageToken } : {}),
        jobs: items.map((job) => ({
          ...jobResource(job, origin()),
          state: 'DONE',
          ...(job.error ? { errorResult: job.error } : {}),
        })),
      },
    };
  },
};
