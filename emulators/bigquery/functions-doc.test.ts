// FUNCTIONS.md is what these queries answer. Set WRITE_FUNCTIONS_MD=1 to write it anew.
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, expect, test } from '@jest/globals';
import { Engine } from './engine.ts';
import { FUNCTION_EXAMPLES } from './function-examples.ts';
import { encodeRow } from './rows/encode-row.ts';
import { plainValue } from './rows/plain-value.ts';
import { resultFields } from './rows/result-fields.ts';
import { loadParser, translate } from './sql/translate.ts';

const FILE = new URL('./FUNCTIONS.md', import.meta.url);

const engine = new Engine(':memory:');
afterAll(() => engine.close());

async function answer(expression: string): Promise<string> {
  const parser = await loadParser();
  const rows = `(SELECT 1 AS x, 'a' AS s UNION ALL SELECT 2, 'b' UNION ALL SELECT NULL, 'a') AS t`;
  const duck = translate(parser, `SELECT ${expression} AS v FROM ${rows} LIMIT 1`, {
    resolveTable: (path) => path.join('.'),
    nowMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  });
  const { columns, rows: values } = await engine.exclusive((session) => session.run(duck));
  const fields = resultFields(columns);
  const [cell] = encodeRow(values[0]!, fields, 'iso8601').f;
  return JSON.stringify(plainValue(cell!.v, fields[0]!));
}

test('every function of the table answers as it says', async () => {
  const failures: string[] = [];
  const lines = [
    '# Functions that run here',
    '',
    'Written by `functions-doc.test.ts`, which runs every example. `t` has the columns `x` (1, 2, NULL) and `s` (a, b, a); the clock says 2026-01-02 03:04:05 UTC.',
  ];
  for (const [group, examples] of Object.entries(FUNCTION_EXAMPLES)) {
    lines.push('', `## ${group}`, '', '| Example | Result |', '|---|---|');
    for (const expression of examples) {
      const result = await answer(expression).catch((error: unknown) => {
        failures.push(
          `${expression}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
        );
        return '';
      });
      lines.push(`| \`${expression.replaceAll('|', '\\|')}\` | \`${result.replaceAll('|', '\\|')}\` |`);
    }
  }
  expect(failures).toEqual([]);
  const text = `${lines.join('\n')}\n`;
  if (process.env['WRITE_FUNCTIONS_MD'] === '1') await writeFile(FILE, text);
  expect(await readFile(FILE, 'utf8')).toBe(text);
});
