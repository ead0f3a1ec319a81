// Copy jobs: the rows and schema of one or more tables into another.
import type { Context } from '../context.ts';
import { invalid, notImplemented } from '../errors.ts';
import type { Outcome } from '../query/outcome.ts';
import { writeDestination } from '../query/write-destination.ts';
import { getTarget, rowsOf } from '../partition.ts';
import { tableRefIn, textOf } from '../request.ts';
import type { Body } from '../request.ts';

export async function runCopy(context: Context, projectId: string, config: Body): Promise<Outcome> {
  const { catalog, storage } = context;
  const operation = textOf(config['operationType']) ?? 'COPY';
  // A clone is a copy that shares storage, which nobody can see.
  if (operation !== 'COPY' && operation !== 'CLONE') throw notImplemented(`Copy of type ${operation}`);
  const sources = Array.isArray(config['sourceTables']) ? config['sourceTables'] : [config['sourceTable']];
  const tables = sources.map((source) => {
    const ref = tableRefIn(source, projectId);
    if (!ref) throw invalid('Required parameter is missing: sourceTable');
    const target = getTarget(catalog, ref);
    if (target.table.kind !== 'TABLE') throw invalid(`Cannot copy a table of type ${target.table.kind}.`);
    return target;
  });
  const ref = tableRefIn(config['destinationTable'], projectId);
  const [first] = tables;
  if (!ref || !first) throw invalid('Required parameter is missing: destinationTable');
  const destination = {
    ref,
    write: textOf(config['writeDisposition']) ?? 'WRITE_EMPTY',
    create: textOf(config['createDisposition']) ?? 'CREATE_IF_NEEDED',
    schemaUpdateOptions: [],
    metadata: first.table.metadata,
  };
  const sql = tables.map((target) => `SELECT * FROM ${rowsOf(target)}`).join(' UNION ALL BY NAME ');
  await storage.change((session) => writeDestination(context, session, destination, first.table.fields, sql));
  return { statementType: 'COPY', statistics: { copy: {} } };
}
