// The service account of a project: a name that looks like one.
import type { Method } from '../context.ts';
import { projectOf } from '../request.ts';

export const getServiceAccount: Method = {
  name: 'projects.getServiceAccount',
  verb: 'GET',
  path: '/projects/{project}/serviceAccount',
  handle: (_, request) => ({
    body: {
      kind: 'bigquery#getServiceAccountResponse',
      email: `bq-emulator@${projectOf(request)}.iam.gserviceaccount.com`,
    },
  }),
};
