// Starts a job of any kind; it is done when the answer comes.
import type { Method } from '../context.ts';
import { jsonBody, projectOf, recordOf } from '../request.ts';
import { jobResource } from '../resources.ts';
import { runJob } from '../run-job.ts';

export const jobsInsert: Method = {
  name: 'jobs.insert',
  verb: 'POST',
  path: '/projects/{project}/jobs',
  async handle(context, request) {
    const body = jsonBody(request);
    const job = await runJob(context, {
      projectId: projectOf(request),
      reference: recordOf(body['jobReference']),
      configuration: recordOf(body['configuration']),
    });
    return { body: jobResource(job, context.origin()) };
  },
};
