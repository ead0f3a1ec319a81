// Load jobs: an uploaded or local file of NDJSON, CSV or Parquet into a table.
import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Table } from '../catalog.ts';
import type { Context } from '../context.ts';
import { invalid, notImplemented } from '../errors.ts';
import type { Outcome } from '../query/outcome.ts';
import { prepareDestination, writeDestination } from '../query/write-destination.ts';
import type { Destination } from '../query/write-destination.ts';
import { isRecord, recordOf, textOf } from '../request.ts';
import type { Body } from '../request.ts';
import { rowBytes } from '../resources.ts';
import type { Cell } from '../rows/cell.ts';
import { coerceRow } from '../rows/coerce-row.ts';
import { RowError } from '../rows/coerce-value.ts';
import { resultFields } from '../rows/result-fields.ts';
import { destinationOf } from '../job-destination.ts';
import { normalizeFields, quoteString } from '../schema.ts';
import type { Field } from '../schema.ts';
import { columnName, detectJsonFields, detectTextTypes } from './detect-schema.ts';
import { localPath } from './local-path.ts';
import { parseCsv } from './parse-csv.ts';
import type { CsvField } from './parse-csv.ts';

export async function runLoad(
  context: Context,
  projectId: string,
  config: Body,
  media: Buffer | undefined,
): Promise<Outcome> {
  const destination = destinationOf(config, projectId, 'WRITE_APPEND');
  if (!destination) throw invalid('Required parameter is missing: destinationTable');
  const format = textOf(config['sourceFormat']) ?? 'CSV';
  const files = await filesOf(config, media);
  let rows = 0;
  for (const [i, file] of files.entries()) {
    // Several files count as one: only the first may empty the table.
    const target = i === 0 ? destination : { ...destination, write: 'WRITE_APPEND' };
    rows +=
      format === 'PARQUET'
        ? await loadParquet(context, target, file)
        : await loadText(context, target, format, config, file);
  }
  const table = context.catalog.getTable(destination.ref);
  const bytes = files.reduce((sum, file) => sum + file.length, 0);
  return {
    statementType: 'LOAD',
    statistics: {
      load: {
        inputFiles: String(files.length),
        inputFileBytes: String(bytes),
        outputRows: String(rows),
        outputBytes: String(rows * rowBytes(table.fields)),
        badRecords: '0',
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

async function loadParquet(context: Context, destination: Destination, file: Buffer): Promise<number> {
  const name = path.join(tmpdir(), `bigquery-load-${randomUUID()}.parquet`);
  await writeFile(name, file);
  const sql = `SELECT * FROM read_parquet(${quoteString(name)})`;
  try {
    return await context.storage.change(async (session) => {
      const fields = resultFields(await session.describe(sql));
      await writeDestination(context, session, destination, fields, sql);
      const { rows } = await session.run(`SELECT count(*) FROM (${sql})`);
      return Number(rows[0]![0]);
    });
  } finally {
    await rm(name, { force: true });
  }
}

/** Rows of a file with the schema they have by themselves. */
interface Parsed {
  readonly detected: () => Field[];
  /** Rows as JSON objects of these fields. */
  readonly rows: (fields: readonly Field[]) => readonly Readonly<Record<string, unknown>>[];
}

async function loadText(
  context: Context,
  destination: Destination,
  format: string,
  config: Body,
  file: Buffer,
): Promise<number> {
  const existing = context.catalog.findTable(destination.ref);
  const parsed = parse(format, config, file.toString('utf8'), existing);
  const fields = fieldsOf(config, existing, parsed, destination);
  const { cells, bad } = coerceAll(parsed.rows(fields), fields, config['ignoreUnknownValues'] === true);
  const allowed = Number(config['maxBadRecords'] ?? 0);
  if (bad.length > allowed)
    throw invalid(`Error while reading data, error message: ${bad[0]!.message} Field: ${bad[0]!.location}`);
  await context.storage.change(async (session) => {
    const table = await prepareDestination(context, session, destination, fields);
    await context.storage.append(session, table, fields, cells);
    context.catalog.touch(table);
  });
  return cells.length;
}

function fieldsOf(
  config: Body,
  existing: Table | undefined,
  parsed: Parsed,
  { write }: Destination,
): readonly Field[] {
  const given = recordOf(config['schema'])['fields'];
  if (given !== undefined) return normalizeFields(given);
  if (
    existing &&
    existing.fields.length > 0 &&
    !(config['autodetect'] === true && write === 'WRITE_TRUNCATE')
  )
    return existing.fields;
  if (config['autodetect'] === true) return parsed.detected();
  throw invalid('No schema specified on job or table.');
}

function coerceAll(
  rows: readonly Readonly<Record<string, unknown>>[],
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

function parse(format: string, config: Body, text: string, existing: Table | undefined): Parsed {
  switch (format) {
    case 'NEWLINE_DELIMITED_JSON':
      return parseJson(text);
    case 'CSV':
      return parseCsvFile(config, text, existing);
    default:
      throw notImplemented(`Load format ${format}`);
  }
}

function parseJson(text: string): Parsed {
  const rows = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, i) => {
      try {
        const value: unknown = JSON.parse(line);
        if (isRecord(value)) return value;
      } catch {
        // The message below says what matters; the parser's own would show the line.
      }
      throw invalid(
        `Error while reading data, error message: JSON table encountered too many errors, giving up. Row ${i + 1} could not be parsed.`,
      );
    });
  return { detected: () => detectJsonFields(rows), rows: () => rows };
}

function parseCsvFile(config: Body, text: string, existing: Table | undefined): Parsed {
  const delimiter = textOf(config['fieldDelimiter']) ?? ',';
  let rows: CsvField[][];
  try {
    rows = parseCsv(text, {
      delimiter: delimiter === 'tab' || delimiter === '\\t' ? '\t' : delimiter,
      quote: textOf(config['quote']) ?? '"',
    });
  } catch (cause) {
    throw invalid(
      `Error while reading data, error message: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
  const texts = rows.map((row) => row.map((field) => field.text));
  const autodetect = config['autodetect'] === true && config['skipLeadingRows'] === undefined;
  const header = autodetect && !existing && looksLikeHeader(texts) ? texts[0] : undefined;
  const skip = header ? 1 : Number(config['skipLeadingRows'] ?? 0);
  const named = header ?? (skip > 0 ? texts[skip - 1] : undefined);
  const body = rows.slice(skip);
  const nullMarker = textOf(config['nullMarker']) ?? '';

  const cell = ({ text: value, quoted }: CsvField, field: Field): string | null => {
    if (value === nullMarker && !quoted && (nullMarker !== '' || field.type !== 'STRING')) return null;
    return value === '' && field.type !== 'STRING' ? null : value;
  };
  return {
    detected() {
      const columns = Math.max(0, ...texts.map((row) => row.length));
      const types = detectTextTypes(texts.slice(skip), columns);
      return types.map((type, i) => ({ name: columnName(named?.[i] ?? '', i), type, mode: 'NULLABLE' }));
    },
    rows: (fields) =>
      body.map((row, number) => {
        if (row.length > fields.length && config['ignoreUnknownValues'] !== true)
          throw invalid(
            `Error while reading data, error message: Too many values in line ${number + skip + 1}. Found ${row.length} column(s) while expected ${fields.length}.`,
          );
        if (row.length < fields.length && config['allowJaggedRows'] !== true)
          throw invalid(
            `Error while reading data, error message: CSV table references column position ${row.length}, but line ${number + skip + 1} contains only ${row.length} columns.`,
          );
        return Object.fromEntries(
          fields.slice(0, row.length).map((field, i) => [field.name, cell(row[i]!, field)]),
        );
      }),
  };
}

/** A first row of names over rows that hold at least one value that is no text. */
function looksLikeHeader(rows: readonly (readonly string[])[]): boolean {
  const [first, ...rest] = rows;
  if (!first || rest.length === 0) return false;
  return (
    detectTextTypes([first], first.length).every((type) => type === 'STRING') &&
    detectTextTypes(rest, first.length).some((type) => type !== 'STRING')
  );
}
