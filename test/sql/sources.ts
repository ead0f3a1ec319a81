// Finds SQL where it stands: in the strings of the code, in the views, in the blocks of pages.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from '@swc/core';
import { codeOf, ROOT } from './tables.ts';

/** A text with SQL, as its fixed parts; between two of them a value is set in. */
export interface Source {
  readonly file: string;
  readonly parts: readonly string[];
  /** Not a whole statement: what another one is made with, which may be in another file. */
  readonly isPiece: boolean;
}

/** Code that sends statements to BigQuery; `bench/`, `emulators/` and tests only ask the local one. */
const CODE = ['functions', 'cli'];

const SQL =
  /\b(SELECT\s|WITH \w+ AS \(|INSERT INTO |UPDATE |DELETE FROM |MERGE |TRUNCATE TABLE |(CREATE|ALTER|DROP|CREATE OR REPLACE) (TABLE|VIEW|SCHEMA|FUNCTION|MATERIALIZED VIEW) |select\s.*\sfrom\s)/s;

const PIECE =
  /\b(HAVING|WHERE|GROUP BY|ORDER BY|PARTITION BY|QUALIFY|UNION ALL|JOIN|IS NULL|IS NOT NULL)\b|\b[A-Z][A-Z_]+\(/;

/** What a hostile document holds. */
const NOT_SENT: readonly string[] = ['"; DROP TABLE sessions; --'];

/** All of the repository. */
export function sources(): readonly Source[] {
  return [
    ...CODE.flatMap(filesBelow)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .flatMap((file) => sourcesIn(file, read(file))),
    ...filesBelow('bigquery-schemas')
      .filter((file) => file.endsWith('.sql'))
      .map((file) => ({ file, parts: partsOf(read(file).trimEnd()), isPiece: false })),
    ...pages().flatMap((file) =>
      codeOf(file, 'sql').map((sql) => ({ file, parts: partsOf(sql), isPiece: false })),
    ),
  ];
}

/** In the literals of a file of TypeScript. */
export function sourcesIn(file: string, code: string): readonly Source[] {
  const found: Source[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const texts = textsOf(node);
    const parts = texts && sqlIn(texts);
    if (parts) found.push({ file, parts, isPiece: false });
    else if (texts?.some((text) => PIECE.test(text))) found.push({ file, parts: texts, isPiece: true });
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseSync(code, { syntax: 'typescript' }));
  return found;
}

/** Whether the parts stand in the statement, one after the other. */
export function isPartOf({ parts }: Source, sql: string): boolean {
  let from = 0;
  return parts.every((part) => {
    const at = sql.indexOf(part, from);
    from = at + part.length;
    return at >= 0;
  });
}

function textsOf(node: object): readonly string[] | undefined {
  const type: unknown = Reflect.get(node, 'type');
  if (type === 'StringLiteral') {
    const text = String(Reflect.get(node, 'value'));
    return NOT_SENT.includes(text) ? undefined : [text];
  }
  if (type !== 'TemplateLiteral') return undefined;
  return (Reflect.get(node, 'quasis') as { cooked: string }[]).map(({ cooked }) => cooked);
}

/** From the first word of SQL on; up to the quote, where that opens with one. */
function sqlIn(texts: readonly string[]): readonly string[] | undefined {
  const at = texts.findIndex((text) => SQL.test(text));
  const text = texts[at];
  if (text === undefined) return undefined;
  const { index } = SQL.exec(text)!;
  const parts = [text.slice(index), ...texts.slice(at + 1)];
  if (text[index - 1] !== '"') return parts;
  const last = parts.findIndex((part) => part.includes('"'));
  return parts.slice(0, last + 1).map((part) => part.split('"')[0] ?? '');
}

const partsOf = (sql: string) => sql.split(/\$\{\w+\}/);
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

function filesBelow(dir: string): readonly string[] {
  return readdirSync(path.join(ROOT, dir), { recursive: true, encoding: 'utf8' })
    .map((file) => path.join(dir, file))
    .filter((file) => !file.includes('node_modules'));
}

function pages(): readonly string[] {
  const top = readdirSync(ROOT);
  return [...top, ...['docs', 'bigquery-schemas', 'monitoring', 'emulators'].flatMap(filesBelow)].filter(
    (file) => file.endsWith('.md'),
  );
}
