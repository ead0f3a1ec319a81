// Shows a job.
import type { Method } from '../context.ts';
import { projectOf } from '../request.ts';
import { jobResource } from '../resources.ts';

export const jobsGet: Method = {
  name: 'jobs.get',
  verb: 'GET',
  path: '/projects/{project}/jobs/{job}',
  handle({ jobs, origin }, request) {
    return {
      body: jobResource(
        jobs.get(projectOf(request), request.params['job']!, request.query.get('location')),
        origin(),
      ),
    };
  },
};
