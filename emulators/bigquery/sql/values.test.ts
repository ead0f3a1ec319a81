// Expressions and queries with what they give, from `values/*.txt`: one a line, `expression ==> result`. Rows are
// parted by ` ; `, their values by ` | `; `ERR text` is an error that holds the text, `:: TYPE` a column's type.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Engine } from '../engine.ts';
import { encodeRow } from '../rows/encode-row.ts';
import { resultFields } from '../rows/result-fields.ts';
import type { Field } from '../schema.ts';
import { mapError } from './map-error.ts';
import { loadParser, translate } from './translate.ts';

const FOLDER = new URL('./values/', import.meta.url);

const engine = new Engine(':memory:');
afterAll(() => engine.close());

interface Cell {
  readonly v: unknown;
}

function shown(value: unknown, field: Field): string {
  if (field.mode === 'REPEATED')
    return `[${(value as Cell[]).map(({ v }) => shown(v, { ...field, mode: 'NULLABLE' })).join(', ')}]`;
  if (value === null) return 'NULL';
  if (field.type !== 'RECORD') return field.type === 'TIMESTAMP' ? time(value as string) : (value as string);
  const cells = (value as { readonly f: readonly Cell[] }).f;
  const texts = field.fields!.map(
    (inner, i) => `${inner.name.startsWith('_field_') ? '' : `${inner.name}:`}${shown(cells[i]!.v, inner)}`,
  );
  return `{${texts.join(', ')}}`;
}

/** `2026-01-02T03:04:05.500000Z` as `2026-01-02 03:04:05.5+00`. */
const time = (text: string) =>
  `${text
    .replace('T', ' ')
    .replace(/Z$/, '')
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '')}+00`;

async function answer(text: string): Promise<{ readonly text: string; readonly types: string[] }> {
  const sql = /^(SELECT\b|WITH\b|FROM |\(SELECT)/i.test(text) ? text : `SELECT ${text}`;
  try {
    const options = {
      resolveTable: (path: readonly string[]) => path.join('.'),
      nowMs: Date.UTC(2026, 0, 2),
    };
    const duck = translate(await loadParser(), sql, options);
    const { columns, rows } = await engine.exclusive((session) => session.run(duck));
    const fields = resultFields(columns);
    const lines = rows.map((row) =>
      encodeRow(row, fields, 'iso8601')
        .f.map(({ v }, i) => shown(v, fields[i]!))
        .join(' | '),
    );
    return { text: lines.join(' ; ').trim(), types: fields.map(({ type }) => type) };
  } catch (error) {
    return { text: `ERR ${mapError(error).message}`, types: [] };
  }
}

describe.each(readdirSync(FOLDER))('%s', (file) => {
  const lines = readFileSync(new URL(file, FOLDER), 'utf8').trimEnd().split('\n');
  const cases = lines.map((line) => line.split(' ==> ') as [string, string?]);
  test.each(cases)('%s', async (expression, result = '') => {
    const [value = '', type] = result.split(/ ?::(?=\w+$)/);
    const { text, types } = await answer(expression.replace(/ ==>$/, ''));
    const fails = value.startsWith('ERR') && text.startsWith('ERR ');
    const asSaid = fails && text.toLowerCase().includes(value.slice(3).trim().toLowerCase());
    expect(asSaid ? value : text).toBe(value.trim());
    expect(type === undefined || types.includes(type)).toBe(true);
  });
});
