// The rows of a CSV file, by the options of its load job.
import type { Table } from '../catalog.ts';
import { invalid } from '../errors.ts';
import { textOf } from '../request.ts';
import type { Body } from '../request.ts';
import type { Field } from '../schema.ts';
import { columnName, detectTextTypes } from './detect-schema.ts';
import { parseCsv } from './parse-csv.ts';
import type { CsvField } from './parse-csv.ts';
import type { Parsed } from './parse-file.ts';

export function parseCsvFile(config: Body, text: string, existing: Table | undefined): Parsed {
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
