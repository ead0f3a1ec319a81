// The destination table of a query or load job.
import type { Destination } from './query/write-destination.ts';
import { recordOf, tableRefIn, textOf } from './request.ts';
import type { Body } from './request.ts';

/** Where the rows of a query or load go, with the job's dispositions. */
export function destinationOf(config: Body, projectId: string, write: string): Destination | undefined {
  const ref = tableRefIn(config['destinationTable'], projectId);
  if (!ref) return undefined;
  const options = config['schemaUpdateOptions'];
  const kept = ['timePartitioning', 'rangePartitioning', 'clustering'].filter(
    (key) => config[key] !== undefined,
  );
  return {
    ref,
    write: textOf(config['writeDisposition']) ?? write,
    create: textOf(config['createDisposition']) ?? 'CREATE_IF_NEEDED',
    schemaUpdateOptions: Array.isArray(options) ? options.map(String) : [],
    metadata: {
      ...Object.fromEntries(kept.map((key) => [key, config[key]])),
      ...recordOf(config['destinationTableProperties']),
    },
  };
}
