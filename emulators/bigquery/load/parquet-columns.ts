// The columns of a Parquet file as those of the table that they go into: the file knows fewer types.
import { invalid, notImplemented } from '../errors.ts';
import { quoteIdentifier, storageType } from '../schema.ts';
import type { Field, FieldType } from '../schema.ts';

/** Types of a file's column, and what else they may be read as. */
const READS_AS: Readonly<Partial<Record<FieldType, readonly FieldType[]>>> = {
  STRING: ['GEOGRAPHY', 'JSON'],
  INTEGER: ['FLOAT', 'NUMERIC', 'BIGNUMERIC'],
  NUMERIC: ['BIGNUMERIC', 'FLOAT'],
  BIGNUMERIC: ['NUMERIC', 'FLOAT'],
  DATETIME: ['TIMESTAMP'],
  TIMESTAMP: ['DATETIME'],
};

export interface ParquetColumns {
  readonly fields: readonly Field[];
  /** The select list, in DuckDB's SQL. */
  readonly select: string;
}

/** `given` is the schema of the job, `existing` that of the table. */
export function parquetColumns(
  file: readonly Field[],
  given: readonly Field[] | undefined,
  existing: readonly Field[],
): ParquetColumns {
  const same = (a: Field, b: Field) => a.name.toLowerCase() === b.name.toLowerCase();
  const unknown = given && file.find((column) => !given.some((field) => same(field, column)));
  if (unknown) throw invalid(`Provided Schema does not match the file: no such field: ${unknown.name}.`);
  const columns = (given ?? file).map((field) => {
    const own = file.find((column) => same(column, field));
    const wanted = given ? field : (existing.find((column) => same(column, field)) ?? field);
    return readAs(own, wanted);
  });
  return {
    fields: columns.map(({ field }) => field),
    select: columns.map(({ sql, field }) => `${sql} AS ${quoteIdentifier(field.name)}`).join(', '),
  };
}

function readAs(own: Field | undefined, wanted: Field): { readonly field: Field; readonly sql: string } {
  if (!own) return { field: wanted, sql: `CAST(NULL AS ${storageType(wanted)})` };
  const sql = quoteIdentifier(own.name);
  if (own.type === wanted.type) return { field: wanted, sql };
  if (own.type === 'BYTES' && wanted.type === 'GEOGRAPHY') throw notImplemented('GEOGRAPHY in WKB');
  if (!READS_AS[own.type]?.includes(wanted.type))
    throw invalid(
      `Error while reading data, error message: Parquet column '${own.name}' has type ${own.type} which does not match the target type ${wanted.type}`,
    );
  return { field: wanted, sql: `CAST(${sql} AS ${storageType(wanted)})` };
}
