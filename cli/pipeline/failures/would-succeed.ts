// Whether a failure would go through now: the document as it is, the code as it is here, the table as it is there.
// Nothing is sent; the row is made under a throw-away key.
import type { BigQuery } from '@google-cloud/bigquery';
import type { Context } from '../../../functions/context.ts';
import { parseDocument } from '../../../functions/steps/parse-document.ts';
import { createPseudonymKey } from '../../../functions/steps/pseudonym-key.ts';
import { pseudonymise } from '../../../functions/steps/pseudonymise.ts';
import { reread, UNKNOWN_PIPELINE } from '../../../functions/steps/reread.ts';
import { toInsertRow } from '../../../functions/steps/to-insert-row.ts';
import type { Failure } from '../../../functions/steps/failure.ts';
import { fits, type Column } from '../../table-fit.ts';

const KEY = createPseudonymKey(0, Buffer.alloc(32), { project: '', dataset: '' });

/** Columns of a table as it is now; undefined when there is none. */
export type ReadColumns = (table: string) => Promise<readonly Column[] | undefined>;

export function createReadColumns(bigquery: BigQuery, dataset: string): ReadColumns {
  const read = new Map<string, Promise<readonly Column[] | undefined>>();
  return (table) => {
    const columns =
      read.get(table) ??
      bigquery
        .dataset(dataset)
        .table(table)
        .getMetadata()
        .then(([{ schema }]) => (schema?.fields ?? []) as Column[])
        .catch((error: { code?: unknown }) => {
          if (error.code === 404) return undefined;
          throw error;
        });
    read.set(table, columns);
    return columns;
  };
}

/** Undefined when it would succeed; otherwise why not, without any value. */
export async function findObstacle(
  context: Context,
  failure: Failure,
  readColumns: ReadColumns,
): Promise<string | undefined> {
  const pipeline = context.pipelines.get(failure.pipeline);
  if (!pipeline) return UNKNOWN_PIPELINE;
  const found = await context.documents.get(failure.documentPath);
  const { source, obstacle } = reread(pipeline, failure.documentPath, failure.documentVersion, found);
  if (obstacle !== undefined) return obstacle;
  const parsed = parseDocument(pipeline, source);
  if (!parsed.ok) return parsed.reason;

  const pseudonymised = pseudonymise(pipeline, source, parsed.document, KEY);
  const { json } = toInsertRow(pipeline, source, pseudonymised, context.now());
  const columns = await readColumns(pipeline.table);
  if (!columns) return `table "${pipeline.table}" is missing`;
  const names = new Set(columns.map(({ name }) => name));
  const lacking = Object.keys(json).find((name) => !names.has(name));
  if (lacking !== undefined) return `no such field ${lacking}`;
  const misfit = columns.find((column) => !fits(column, json[column.name]));
  return misfit && `column "${misfit.name}" does not take the value: it is ${misfit.mode} ${misfit.type}`;
}
