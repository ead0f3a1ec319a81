// A file of text as rows, with the schema that it has by itself.
import type { Table } from '../catalog.ts';
import { invalid, notImplemented } from '../errors.ts';
import { isRecord, textOf } from '../request.ts';
import type { Body } from '../request.ts';
import type { Field } from '../schema.ts';
import { parseCsvFile } from './csv-file.ts';
import { detectJsonFields } from './detect-schema.ts';

export interface Parsed {
  readonly detected: () => Field[];
  /** Rows as JSON objects of these fields. */
  readonly rows: (fields: readonly Field[]) => readonly Body[];
}

export function parseFile(format: string, config: Body, file: Buffer, existing: Table | undefined): Parsed {
  switch (format) {
    case 'NEWLINE_DELIMITED_JSON':
      return parseJson(textIn(file, config));
    case 'CSV':
      return parseCsvFile(config, textIn(file, config), existing);
    default:
      throw notImplemented(`Load format ${format}`);
  }
}

function textIn(file: Buffer, { encoding }: Body): string {
  if (encoding === undefined || encoding === '' || encoding === 'UTF-8') return file.toString('utf8');
  if (encoding === 'ISO-8859-1') return file.toString('latin1');
  throw notImplemented(`Encoding ${textOf(encoding)}`);
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
