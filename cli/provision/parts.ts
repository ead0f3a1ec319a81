// The parts of a project's set-up, in the order in which they are made, for one connection of the operator's tool.
import type { Connection } from '../pipeline/connect.ts';
import { createApi, createCredentials, type Api, type Credentials } from './api.ts';
import { createBigQueryPart } from './bigquery/part.ts';
import { readWanted } from './bigquery/wanted.ts';
import { createFirestorePart } from './firestore.ts';
import { createMonitoringParts, type MonitoringApis } from './monitoring.ts';
import type { AnyPart } from './part.ts';
import { createQueuePart } from './queue.ts';

/** undefined for what does not run in this suite (`--only`). */
export interface Apis {
  readonly bigquery: Api | undefined;
  readonly tasks: Api | undefined;
  readonly firestore: Api | undefined;
  /** Of services that have no counterpart in the local suite; undefined there. */
  readonly cloud: ((origin: string) => Api) | undefined;
}

export interface SetUp {
  /** Of the dataset, where it is not the functions' region. */
  readonly location: string | undefined;
  readonly retention: boolean;
}

/** `env`: the variables of the local suite. */
export function connectApis({
  local: isLocal,
  env,
}: {
  readonly local: boolean;
  readonly env: Connection['env'];
}): Apis {
  if (!isLocal) {
    const credentials = createCredentials();
    const cloud = (origin: string) => createApi(origin, credentials);
    return {
      bigquery: cloud('https://bigquery.googleapis.com'),
      tasks: cloud('https://cloudtasks.googleapis.com'),
      firestore: cloud('https://firestore.googleapis.com'),
      cloud,
    };
  }
  const local = (host: string | undefined, credentials: Credentials = async () => ({})) =>
    host === undefined ? undefined : createApi(host.includes('://') ? host : `http://${host}`, credentials);
  return {
    bigquery: local(env['BIGQUERY_EMULATOR_HOST']),
    tasks: local(env['CLOUD_TASKS_EMULATOR_HOST']),
    firestore: local(env['FIRESTORE_EMULATOR_HOST'], async () => ({ authorization: 'Bearer owner' })),
    cloud: undefined,
  };
}

export function createParts(
  { config }: Pick<Connection, 'config'>,
  { bigquery, tasks, firestore, cloud }: Apis,
  { location, retention }: SetUp,
): readonly AnyPart[] {
  const { project, region, bigqueryProject, dataset, queue } = config;
  const wanted = readWanted({ project: bigqueryProject, dataset, location: location ?? region, retention });
  return [
    bigquery && createBigQueryPart(bigquery, bigqueryProject, wanted),
    tasks && createQueuePart(tasks, `projects/${project}/locations/${region}`, queue),
    firestore && createFirestorePart(firestore, `projects/${project}/databases/(default)`),
    ...(cloud ? createMonitoringParts(toMonitoring(cloud), project) : []),
  ].filter((part) => part !== undefined);
}

function toMonitoring(cloud: NonNullable<Apis['cloud']>): MonitoringApis {
  return {
    logging: cloud('https://logging.googleapis.com'),
    monitoring: cloud('https://monitoring.googleapis.com'),
  };
}
