// Comparisons and the names in them: what follows `<` is no list of types, and type names are names too.
import { afterAll, expect, test } from '@jest/globals';
import { Engine } from '../engine.ts';
import { loadParser, translate } from './translate.ts';

const engine = new Engine(':memory:');
afterAll(() => engine.close());

async function runs(sql: string): Promise<number> {
  const duck = translate(await loadParser(), sql, { resolveTable: (path) => path.join('.'), nowMs: 0 });
  return (await engine.exclusive((session) => session.run(duck))).rows.length;
}

const OPERATORS = ['<', '<=', '>', '>=', '=', '!=', '<>'];
const RIGHT: readonly (readonly [type: string, expression: string])[] = [
  ['TIMESTAMP', "TIMESTAMP('2026-01-02')"],
  ['TIMESTAMP', "TIMESTAMP '2026-01-02'"],
  ['TIMESTAMP', 'TIMESTAMP_MILLIS(1)'],
  ['DATE', 'DATE(2026, 1, 2)'],
  ['DATETIME', "DATETIME('2026-01-02 00:00:00')"],
  ['TIME', 'TIME(1, 2, 3)'],
  ['STRING', "STRING(DATE '2026-01-02')"],
  ['INT64', "INT64(JSON '1')"],
  ['FLOAT64', "FLOAT64(JSON '1')"],
  ['NUMERIC', "NUMERIC '1'"],
  ['INTERVAL', 'INTERVAL 1 DAY'],
];
const NAMES = ['time', 'date', 'timestamp', 'datetime', 'string', 'int64', 'bytes', 'json', 'offset'];

test.each(OPERATORS.flatMap((operator) => RIGHT.map(([type, right]) => [operator, right, type] as const)))(
  'x %s %s',
  async (operator, right, type) => {
    const row = `(SELECT CAST(NULL AS ${type}) AS x)`;
    expect(await runs(`SELECT 1 FROM ${row} WHERE x ${operator} ${right}`)).toBe(0);
  },
);

test.each(NAMES)('a column called %s is compared, grouped and sorted by', async (name) => {
  const row = `(SELECT TIMESTAMP '2026-01-02' AS ${name})`;
  const where = `${name} >= TIMESTAMP '2026-01-02' AND ${name} < TIMESTAMP('2026-01-03')`;
  expect(
    await runs(`SELECT t.${name} FROM ${row} AS t WHERE ${where} GROUP BY t.${name} ORDER BY ${name}`),
  ).toBe(1);
});
