// Load jobs: uploaded or local files of NDJSON, CSV or Parquet into a table, all of them or nothing.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Table } from '../catalog.ts';
import { defaultsFor, withDefaults } from '../column-defaults.ts';
import type { Context } from '../context.ts';
import type { Session } from '../engine.ts';
import { invalid, notImplemented } from '../errors.ts';
import { destinationOf } from '../job-destination.ts';
import { findTarget } from '../partition.ts';
import type { Outcome } from '../query/outcome.ts';
import { writeDestination } from '../query/write-destination.ts';
import type { Destination } from '../query/write-destination.ts';
import { recordOf, textOf } from '../request.ts';
import type { Body } from '../request.ts';
import { rowBytes } from '../resources.ts';
import type { Cell } from '../rows/cell.ts';
import { coerceRow } from '../rows/coerce-row.ts';
import { RowError } from '../rows/coerce-value.ts';
import { resultFields } from '../rows/result-fields.ts';
import { storedValue } from '../rows/stored-value.ts';
import { columnDefinition, normalizeFields, quoteIdentifier, quoteString } from '../schema.ts';
import type { Field } from '../schema.ts';
import { localPath } from './local-path.ts';
import { parquetColumns } from './parquet-columns.ts';
import { parseFile } from './parse-file.ts';
import type { Parsed } from './parse-file.ts';

/** Options that change what is read, and are not served. */
const UNSUPPORTED = [
  'dateFormat',
  'datetimeFormat',
  'fileSetSpecType',
  'hivePartitioningOptions',
  'jsonExtension',
  'referenceFileSchemaUri',
  'sourceColumnMatch',
  'timeFormat',
  'timeZone',
  'timestampFormat',
  'timestampTargetPrecision',
];

interface Loaded {
  readonly fields: readonly Field[];
  readonly rows: number;
  readonly bad: number;
}

export async function runLoad(
  context: Context,
  projectId: string,
  config: Body,
  media: Buffer | undefined,
): Promise<Outcome> {
  const destination = destinationOf(config, projectId, 'WRITE_APPEND');
  if (!destination) throw invalid('Required parameter is missing: destinationTable');
  const unsupported = UNSUPPORTED.find((key) => config[key] !== undefined);
  if (unsupported !== undefined) throw notImplemented(`Load option ${unsupported}`);
  const format = textOf(config['sourceFormat']) ?? 'CSV';
  const files = await filesOf(config, media);
  const { fields, rows, bad } =
    format === 'PARQUET'
      ? await loadParquet(context, destination, config, files)
      : await loadText(context, destination, format, config, files);
  const bytes = files.reduce((sum, file) => sum + file.length, 0);
  return {
    statementType: 'LOAD',
    statistics: {
      load: {
        inputFiles: String(files.length),
        inputFileBytes: String(bytes),
        outputRows: String(rows),
        outputBytes: String(rows * rowBytes(fields)),
        badRecords: String(bad),
      },
    },
  };
}

async function filesOf(config: Body, media: Buffer | undefined): Promise<Buffer[]> {
  const uris = Array.isArray(config['sourceUris']) ? config['sourceUris'] : [];
  const files = media ? [media] : await Promise.all(uris.map((uri) => readFile(localPath(uri))));
  if (files.length === 0) throw invalid('Load configuration must specify at least one source URI');
  return files.map((file) => (file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file) : file));
}

async function loadParquet(
  context: Context,
  destination: Destination,
  config: Body,
  files: readonly Buffer[],
): Promise<Loaded> {
  const dir = await mkdtemp(path.join(tmpdir(), 'bigquery-load-'));
  try {
    const names = files.map(() => path.join(dir, `${randomUUID()}.parquet`));
    await Promise.all(names.map((name, i) => writeFile(name, files[i]!)));
    const source = `read_parquet([${names.map(quoteString).join(', ')}])`;
    const schema = recordOf(config['schema'])['fields'];
    const given = schema === undefined ? undefined : normalizeFields(schema);
    const kept =
      destination.write === 'WRITE_TRUNCATE' ? undefined : findTarget(context.catalog, destination.ref);
    return await context.storage.change(async (session) => {
      const file = await columnsOf(session, source);
      const { fields, select } = parquetColumns(file, given, kept?.table.fields ?? []);
      await writeDestination(context, session, destination, fields, `SELECT ${select} FROM ${source}`);
      const { rows } = await session.run(`SELECT count(*) FROM ${source}`);
      return { fields, rows: Number(rows[0]![0]), bad: 0 };
    });
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** The columns of a file. Decimals that are too wide would be read as floats: they may hold nothing but NULL. */
async function columnsOf(session: Session, source: string): Promise<Field[]> {
  const schema = source.replace('read_parquet', 'parquet_schema');
  const { rows } = await session.run(`SELECT DISTINCT name FROM ${schema} WHERE precision > 38`);
  const wide = new Set(rows.map(([name]) => String(name)));
  for (const name of wide) {
    const { rows: counted } = await session.run(`SELECT count(${quoteIdentifier(name)}) FROM ${source}`);
    if (Number(counted[0]![0]) > 0) throw notImplemented(`A DECIMAL of more than 38 digits (column ${name})`);
  }
  const fields = resultFields(await session.describe(`SELECT * FROM ${source}`));
  return fields.map((field) => (wide.has(field.name) ? { ...field, type: 'BIGNUMERIC' } : field));
}

async function loadText(
  context: Context,
  destination: Destination,
  format: string,
  config: Body,
  files: readonly Buffer[],
): Promise<Loaded> {
  const existing = findTarget(context.catalog, destination.ref)?.table;
  const parsed = files.map((file) => parseFile(format, config, file, existing));
  const fields = fieldsOf(config, existing, parsed[0]!, destination);
  const json = parsed.flatMap(({ rows }) => rows(fields));
  const complete = existing ? await completeRows(context, existing, fields, json) : json;
  const { cells, bad } = coerceAll(complete, fields, config['ignoreUnknownValues'] === true);
  if (bad.length > Number(config['maxBadRecords'] ?? 0))
    throw invalid(`Error while reading data, error message: ${bad[0]!.message} Field: ${bad[0]!.location}`);
  await context.storage.change((session) =>
    staged(session, fields, cells, (sql) => writeDestination(context, session, destination, fields, sql)),
  );
  return { fields, rows: cells.length, bad: bad.length };
}

/** A field that a row leaves out has the default of its column. */
async function completeRows(
  context: Context,
  table: Table,
  fields: readonly Field[],
  rows: readonly Body[],
): Promise<readonly Body[]> {
  const defaults = await defaultsFor(context, table, rows.length);
  if (!defaults) return rows;
  const loaded = new Set(fields.map(({ name }) => name.toLowerCase()));
  return rows.map((row, i) => {
    const own = Object.entries(defaults[i]!).filter(([name]) => loaded.has(name.toLowerCase()));
    return withDefaults(row, Object.fromEntries(own));
  });
}

const STAGE = 'bq_load';

/** Gives `work` the query that returns these rows. */
async function staged(
  session: Session,
  fields: readonly Field[],
  rows: readonly (readonly Cell[])[],
  work: (sql: string) => Promise<unknown>,
): Promise<void> {
  await session.run(`CREATE OR REPLACE TABLE main.${STAGE} (${fields.map(columnDefinition).join(', ')})`);
  try {
    const values = rows.map((row) => fields.map((field, i) => storedValue(row[i] ?? null, field)));
    await session.append('main', STAGE, values);
    await work(`SELECT * FROM main.${STAGE}`);
  } finally {
    await session.run(`DROP TABLE main.${STAGE}`);
  }
}

function fieldsOf(
  config: Body,
  existing: Table | undefined,
  parsed: Parsed,
  { write }: Destination,
): readonly Field[] {
  const given = recordOf(config['schema'])['fields'];
  if (given !== undefined) return normalizeFields(given);
  const detects = config['autodetect'] === true;
  if (existing && existing.fields.length > 0 && !(detects && write === 'WRITE_TRUNCATE'))
    return existing.fields;
  if (detects) return parsed.detected();
  throw invalid('No schema specified on job or table.');
}

function coerceAll(
  rows: readonly Body[],
  fields: readonly Field[],
  ignoreUnknownValues: boolean,
): { readonly cells: Cell[][]; readonly bad: RowError[] } {
  const cells: Cell[][] = [];
  const bad: RowError[] = [];
  for (const row of rows)
    try {
      cells.push(coerceRow(row, fields, ignoreUnknownValues));
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      bad.push(error);
    }
  return { cells, bad };
}
