// Forgets a job and its result.
import type { Method } from '../context.ts';
import { projectOf } from '../request.ts';

export const jobsDelete: Method = {
  name: 'jobs.delete',
  verb: 'DELETE',
  path: '/projects/{project}/jobs/{job}/delete',
  handle({ jobs }, request) {
    jobs.remove(jobs.get(projectOf(request), request.params['job']!, request.query.get('location')));
    return { body: {} };
  },
};
