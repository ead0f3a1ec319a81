// Functions of columns of the query around a subquery: DuckDB must know their types to choose among overloads.
import { expect, test } from '@jest/globals';
import { useTestServer } from '../test-client.ts';

const server = useTestServer();

test.each<[string, unknown[]]>([
  ['SELECT (SELECT t.a - 1) AS v FROM (SELECT 5 AS a) AS t', [4]],
  ["SELECT (SELECT SUBSTR(UPPER(t.a), 2)) AS v FROM (SELECT 'abc' AS a) AS t", ['BC']],
  ['SELECT (SELECT SUM(x * t.a) FROM UNNEST([7, 8]) AS x) AS v FROM (SELECT 5 AS a) AS t', [75]],
  ['SELECT (SELECT SUM(x - a) FROM UNNEST([7, 8]) AS x) AS v FROM (SELECT 5 AS a) AS t', [5]],
  [
    'SELECT v FROM (SELECT [1, 2] AS l) AS t, UNNEST(GENERATE_ARRAY(0, GREATEST(ARRAY_LENGTH(t.l), 1) - 1)) AS v ORDER BY v',
    [0, 1],
  ],
  ["SELECT v FROM (SELECT 'a,b' AS l) AS t, UNNEST(SPLIT(t.l)) AS v ORDER BY v", ['a', 'b']],
  [
    'SELECT EXISTS(SELECT 1 FROM UNNEST([2]) AS x WHERE MOD(t.a, x) = 1) AS v FROM (SELECT 5 AS a) AS t',
    [true],
  ],
  [
    "SELECT ARRAY(SELECT DATE_DIFF(t.d, DATE '2026-01-01', DAY) + x FROM UNNEST([1]) AS x)[0] AS v FROM (SELECT DATE '2026-01-05' AS d) AS t",
    [5],
  ],
])('%s', async (sql, values) => {
  expect(await server.rows(sql)).toEqual(values.map((v) => ({ v })));
});
