// Cancels a job; since every job is done already, it only shows it.
import type { Method } from '../context.ts';
import { projectOf } from '../request.ts';
import { jobResource } from '../resources.ts';

export const jobsCancel: Method = {
  name: 'jobs.cancel',
  verb: 'POST',
  path: '/projects/{project}/jobs/{job}/cancel',
  handle({ jobs, origin }, request) {
    const job = jobs.get(projectOf(request), request.params['job']!, request.query.get('location'));
    return { body: { kind: 'bigquery#jobCancelResponse', job: jobResource(job, origin()) } };
  },
};
