// `a[0]` is an element of an array or of JSON, whatever the elements are; INTERVALs take any number.
import { expect, test } from '@jest/globals';
import { useTestServer } from '../test-client.ts';

const server = useTestServer();

test.each<[string, unknown]>([
  ["SPLIT('a,b')[0]", 'a'],
  ["CAST(['x'] AS ARRAY<STRING>)[0]", 'x'],
  ['[1, 2][1]', 2],
  ['[STRUCT(5 AS b)][0].b', 5],
  ["[STRUCT(STRUCT('y' AS c) AS b)][0].b.c", 'y'],
  [`INT64(JSON '{"a":[{"b":1}]}'.a[0].b)`, 1],
  [`STRING([JSON '["z"]'][0][0])`, 'z'],
  [`FORMAT_DATE('%F', [DATE '2026-01-02'][0])`, '2026-01-02'],
  [`FORMAT_DATE('%F', DATE_ADD(DATE '2026-01-01', INTERVAL x DAY))`, '2026-01-02'],
  [`FORMAT_DATE('%F', DATE_SUB(DATE '2026-01-01', INTERVAL -x MONTH))`, '2026-02-01'],
  [`FORMAT_TIMESTAMP('%F', TIMESTAMP_ADD(TIMESTAMP '2026-01-01', INTERVAL x * 24 HOUR))`, '2026-01-02'],
])('%s', async (expression, value) => {
  expect(await server.rows(`SELECT ${expression} AS v FROM UNNEST([1]) AS x`)).toEqual([{ v: value }]);
});
