// The variables by which Google's client libraries find the suite.
import type { Part, Ports } from './parts.ts';
import { LOOPBACK } from './shared/http.ts';

export function clientEnv(
  project: string,
  ports: Readonly<Ports>,
  only: ReadonlySet<Part>,
): Record<string, string> {
  return {
    GCLOUD_PROJECT: project,
    GOOGLE_CLOUD_PROJECT: project,
    // Without it Google's libraries look for the metadata server of a cloud machine, for seconds.
    METADATA_SERVER_DETECTION: 'none',
    FIREBASE_EMULATOR_HUB: `${LOOPBACK}:${ports.hub}`,
    ...(only.has('firestore') ? { FIRESTORE_EMULATOR_HOST: `${LOOPBACK}:${ports.firestore}` } : {}),
    ...(only.has('bigquery') ? { BIGQUERY_EMULATOR_HOST: `http://${LOOPBACK}:${ports.bigquery}` } : {}),
    ...(only.has('tasks') ? { CLOUD_TASKS_EMULATOR_HOST: `${LOOPBACK}:${ports.tasks}` } : {}),
  };
}
