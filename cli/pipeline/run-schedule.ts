// Has a scheduled function run now: by the hub of the local suite, or by Cloud Scheduler. It has the key and the rights
// that the operator's tool has not.
import type { Connection } from './connect.ts';

export async function runSchedule({ hub, project, config }: Connection, name: string): Promise<void> {
  if (hub !== undefined) {
    const answer = await fetch(`${hub}/schedules/${name}/run`, { method: 'POST' });
    if (!answer.ok) throw new Error(`${name} failed: see the log of the suite.`);
    return;
  }
  const { GoogleAuth } = await import('google-auth-library');
  const job = `projects/${project}/locations/${config.region}/jobs/firebase-schedule-${name}-${config.region}`;
  await new GoogleAuth({ scopes: ['https://www.googleapis.com/auth/cloud-platform'] }).request({
    url: `https://cloudscheduler.googleapis.com/v1/${job}:run`,
    method: 'POST',
  });
}
