// A query job's configuration as a script to run.
import type { Context } from './context.ts';
import { invalid, notImplemented } from './errors.ts';
import { destinationOf } from './job-destination.ts';
import { isLegacySql } from './legacy-sql.ts';
import type { Outcome } from './query/outcome.ts';
import type { QueryRequest } from './query/run-script.ts';
import { runScript } from './query/run-script.ts';
import { numberOf, recordOf, textOf } from './request.ts';
import type { Body } from './request.ts';
import { parameterBinder } from './sql/parameters.ts';

export async function runQueryJob(
  context: Context,
  projectId: string,
  config: Body,
  how: Pick<QueryRequest, 'dryRun' | 'location' | 'onStatement'>,
): Promise<Outcome> {
  const sql = textOf(config['query']);
  if (sql === undefined || sql.trim() === '') throw invalid('Required parameter is missing: query');
  if (isLegacySql(config)) throw notImplemented('Legacy SQL');
  const properties = Array.isArray(config['connectionProperties']) ? config['connectionProperties'] : [];
  const given = properties.map(recordOf).find((property) => property['key'] === 'session_id');
  const id = given && textOf(given['value']);
  const { datasetId, projectId: datasetProject } = recordOf(config['defaultDataset']);
  const parameters = config['queryParameters'];
  return runScript(context, {
    ...how,
    projectId,
    sql,
    defaultDataset:
      typeof datasetId === 'string'
        ? { projectId: textOf(datasetProject) ?? projectId, datasetId }
        : undefined,
    bind: Array.isArray(parameters) ? parameterBinder(parameters) : undefined,
    maximumBytesBilled: numberOf(config['maximumBytesBilled']),
    destination: destinationOf(config, projectId, 'WRITE_EMPTY'),
    session: id === undefined ? (config['createSession'] === true ? 'new' : undefined) : { id },
  });
}
