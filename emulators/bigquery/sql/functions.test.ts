// GoogleSQL as it runs here, expression by expression: translation, macros and engine together.
import { afterAll, describe, expect, test } from '@jest/globals';
import { Engine } from '../engine.ts';
import { encodeRow } from '../rows/encode-row.ts';
import { resultFields } from '../rows/result-fields.ts';
import { mapError } from './map-error.ts';
import { loadParser, translate } from './translate.ts';

const engine = new Engine(':memory:');
afterAll(() => engine.close());

async function rows(sql: string): Promise<unknown[]> {
  const parser = await loadParser();
  const duck = translate(parser, sql, {
    resolveTable: (path) => path.join('.'),
    nowMs: Date.UTC(2026, 0, 2),
  });
  const { columns, rows: values } = await engine.exclusive((session) => session.run(duck));
  const fields = resultFields(columns);
  return values.map((row) => encodeRow(row, fields, 'iso8601').f.map(({ v }) => v));
}

const list = (...values: string[]) => values.map((v) => ({ v }));

describe('expressions', () => {
  test.each<[string, unknown]>([
    ['7 / 2', '3.5'],
    ['NUMERIC "1" / 3', '0.333333333'],
    ['2147483647 + 1', '2147483648'],
    ['3000000 * 3000000', '9000000000000'],
    ['SAFE_DIVIDE(1, 0)', null],
    ['SAFE.LN(-1)', null],
    ['SAFE_CAST("x" AS INT64)', null],
    ['CAST(2.5 AS INT64)', '3'],
    ['CAST(1.0 AS STRING)', '1'],
    ['ROUND(-2.5)', '-3.0'],
    ['CONCAT("a", "b", "c")', 'abc'],
    ['SUBSTR("abc", -2)', 'bc'],
    ["REGEXP_EXTRACT('a1b2', r'[a-z](\\d)')", '1'],
    ["REGEXP_REPLACE('abc', r'(b)', r'[\\1]')", 'a[b]c'],
    ["SPLIT('a,b')", list('a', 'b')],
    ["TO_HEX(b'\\xffa')", 'ff61'],
    ['CURRENT_DATE()', '2026-01-02'],
    ['DATE(TIMESTAMP "2026-01-01 20:00:00+00", "Asia/Tokyo")', '2026-01-02'],
    ['DATE_ADD(DATE "2026-01-31", INTERVAL 1 MONTH)', '2026-02-28'],
    ['DATE_DIFF(DATE "2026-02-01", DATE "2026-01-31", MONTH)', '1'],
    ['DATE_TRUNC(DATE "2026-01-07", WEEK)', '2026-01-04'],
    ['DATE_TRUNC(DATE "2026-01-07", WEEK(MONDAY))', '2026-01-05'],
    ['EXTRACT(DAYOFWEEK FROM DATE "2026-01-04")', '1'],
    ['EXTRACT(WEEK(MONDAY) FROM DATE "2026-01-05")', '1'],
    ['TIMESTAMP_TRUNC(TIMESTAMP "2026-01-01 20:30:00+00", DAY, "Asia/Tokyo")', '2026-01-01T15:00:00Z'],
    ['TIMESTAMP_DIFF(TIMESTAMP "2026-01-01 01:59:00+00", TIMESTAMP "2026-01-01 00:00:00+00", HOUR)', '1'],
    [
      'FORMAT_TIMESTAMP("%F %H:%M %Z", TIMESTAMP "2026-01-01 00:00:00+00", "Asia/Tokyo")',
      '2026-01-01 09:00 Asia/Tokyo',
    ],
    ['PARSE_DATE("%Y%m%d", "20260102")', '2026-01-02'],
    ['GENERATE_ARRAY(1, 3)', list('1', '2', '3')],
    ['[1, 2][OFFSET(1)]', '2'],
    ['[1, 2][SAFE_ORDINAL(3)]', null],
    ['1 IN UNNEST([1, NULL])', 'true'],
    ['JSON_VALUE(\'{"a":{"b":1}}\', \'$.a.b\')', '1'],
    ["JSON_QUERY('{\"a\":[1]}', '$.a')", '[1]'],
    ['TO_JSON_STRING(STRUCT(1 AS a, [2] AS b))', '{"a":1,"b":[2]}'],
    ["STRUCT<a INT64, b STRING>(1, 'x').b", 'x'],
    ['ARRAY(SELECT x FROM UNNEST([3, 1, 2]) AS x ORDER BY x)', list('1', '2', '3')],
    ['IF(NULL, 1, 2)', '2'],
    ['FORMAT("%d/%s", 5, "x")', '5/x'],
  ])('%s', async (expression, value) => {
    expect(await rows(`SELECT ${expression} AS v`)).toEqual([[value]]);
  });
});

describe('aggregates', () => {
  const from = `FROM (SELECT 1 AS x, 'a' AS s UNION ALL SELECT 2, 'b' UNION ALL SELECT NULL, 'a')`;
  test.each<[string, unknown]>([
    ['SUM(x) * 2', '6'],
    ['SUM(x) / COUNT(*)', '1.0'],
    ['ROUND(AVG(x), 1)', '1.5'],
    ['AVG(CAST(x AS NUMERIC))', '1.5'],
    ['SAFE_DIVIDE(COUNTIF(x > 1), COUNT(x))', '0.5'],
    ['ARRAY_AGG(x IGNORE NULLS ORDER BY x DESC LIMIT 1)', list('2')],
    ["STRING_AGG(s, '-' ORDER BY s LIMIT 2)", 'a-a'],
    ['COUNT(DISTINCT s)', '2'],
    ['ANY_VALUE(s HAVING MAX x)', 'b'],
    ['APPROX_QUANTILES(x, 2)[OFFSET(1)]', '1'],
    ['LOGICAL_OR(x > 1)', 'true'],
  ])('%s', async (expression, value) => {
    expect(await rows(`SELECT ${expression} AS v ${from}`)).toEqual([[value]]);
  });

  test('stand in HAVING, ORDER BY and windows', async () => {
    expect(
      await rows(
        `SELECT s, COUNT(*) AS n ${from} GROUP BY s HAVING SUM(x) / 2 >= 0.5 ORDER BY SUM(x) / 2 DESC`,
      ),
    ).toEqual([
      ['b', '1'],
      ['a', '2'],
    ]);
    expect(
      await rows(`SELECT x, SUM(x) OVER (ORDER BY x) / SUM(x) OVER () AS share ${from} ORDER BY x`),
    ).toEqual([
      [null, null],
      ['1', '0.3333333333333333'],
      ['2', '1.0'],
    ]);
  });
});

describe('queries', () => {
  test('sort NULL first, name anonymous columns, and expand stars', async () => {
    expect(await rows('SELECT x FROM UNNEST([2, NULL, 1]) AS x ORDER BY x')).toEqual([[null], ['1'], ['2']]);
    expect(await rows('SELECT * EXCEPT (a) REPLACE (b + 1 AS b) FROM (SELECT 1 AS a, 2 AS b)')).toEqual([
      ['3'],
    ]);
    expect(
      await rows(
        `SELECT ARRAY_AGG(t ORDER BY v DESC LIMIT 1)[OFFSET(0)].* FROM (SELECT 1 AS v, 'a' AS s UNION ALL SELECT 2, 'b') AS t`,
      ),
    ).toEqual([['2', 'b']]);
    expect(await rows('SELECT f0_ FROM (SELECT 1 + 1)')).toEqual([['2']]);
  });

  test('unnest arrays of a table, with offsets and of structs', async () => {
    const source = `WITH t AS (SELECT 1 AS id, ['a', 'b'] AS tags, [STRUCT(5 AS n)] AS items)`;
    expect(
      await rows(`${source} SELECT id, tag, o FROM t, UNNEST(tags) AS tag WITH OFFSET AS o ORDER BY o`),
    ).toEqual([
      ['1', 'a', '0'],
      ['1', 'b', '1'],
    ]);
    expect(await rows(`${source} SELECT item.n FROM t, t.items AS item`)).toEqual([['5']]);
    expect(await rows(`${source} SELECT id, x FROM t LEFT JOIN UNNEST([]) AS x`)).toEqual([['1', null]]);
  });
});

test.each([
  ['SELECT 1 / 0', 'division by zero: 1 / 0'],
  ['SELECT SAFE.LN(1 / 0)', 'division by zero: 1 / 0'],
  ['SELECT [1][OFFSET(5)]', 'Array index 5 is out of bounds'],
  ["SELECT CAST('x' AS INT64)", 'Bad int64 value: x'],
  ['SELECT NOTHING(1)', 'Function not found: nothing'],
  ['DELETE FROM d.t', 'DELETE must have a WHERE clause'],
  ['UPDATE d.t SET a = 1', 'UPDATE must have a WHERE clause'],
])('%s fails: %s', async (sql, message) => {
  const error: unknown = await rows(sql).catch((thrown: unknown) => thrown);
  expect(mapError(error)).toMatchObject({ reason: 'invalidQuery', status: 400 });
  expect(mapError(error).message.toLowerCase()).toContain(message.toLowerCase());
});
