// Extract jobs: a table into a local file.
import type { Context } from '../context.ts';
import { invalid, notImplemented } from '../errors.ts';
import type { Outcome } from '../query/outcome.ts';
import { getTarget, rowsOf } from '../partition.ts';
import { tableRefIn, textOf } from '../request.ts';
import type { Body } from '../request.ts';
import { quoteString } from '../schema.ts';
import { localPath } from './local-path.ts';

export async function runExtract(
  { catalog, storage }: Context,
  projectId: string,
  config: Body,
): Promise<Outcome> {
  const ref = tableRefIn(config['sourceTable'], projectId);
  if (!ref) throw invalid('Required parameter is missing: sourceTable');
  const source = rowsOf(getTarget(catalog, ref));
  const [uri] = Array.isArray(config['destinationUris'])
    ? config['destinationUris']
    : [config['destinationUri']];
  const path = localPath(uri).replace('*', '000000000000');
  const options = copyOptions(config);
  await storage.use((session) =>
    session.run(`COPY (SELECT * FROM ${source}) TO ${quoteString(path)} (${options})`),
  );
  return { statementType: 'EXTRACT', statistics: { extract: { destinationUriFileCounts: ['1'] } } };
}

function copyOptions(config: Body): string {
  const gzip = config['compression'] === 'GZIP' ? ', COMPRESSION gzip' : '';
  const format = textOf(config['destinationFormat']) ?? 'CSV';
  switch (format) {
    case 'CSV': {
      const delimiter = textOf(config['fieldDelimiter']) ?? ',';
      const character = delimiter === 'tab' || delimiter === '\\t' ? '\t' : delimiter;
      return `FORMAT csv, HEADER ${config['printHeader'] !== false}, DELIMITER ${quoteString(character)}${gzip}`;
    }
    case 'NEWLINE_DELIMITED_JSON':
      return `FORMAT json${gzip}`;
    case 'PARQUET':
      return 'FORMAT parquet';
    default:
      throw notImplemented(`Extract format ${format}`);
  }
}
