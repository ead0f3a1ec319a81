// Pipe syntax, operator by operator.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { useTestServer } from '../test-client.ts';

const server = useTestServer();

beforeEach(async () => {
  await server.client.createDataset('d');
  await server.rows(
    `CREATE TABLE d.t AS SELECT * FROM UNNEST([STRUCT('a' AS k, 1 AS v), ('a', 2), ('b', 5)])`,
  );
});

describe('the operators', () => {
  test.each<[string, object[]]>([
    ['FROM d.t |> WHERE v > 1 |> SELECT v * 2 AS w |> ORDER BY w DESC |> LIMIT 1', [{ w: 10 }]],
    ['FROM d.t |> AGGREGATE SUM(v) AS s, COUNT(*) AS n', [{ s: 8, n: 3 }]],
    [
      'FROM d.t |> AGGREGATE SUM(v) AS s GROUP BY k |> ORDER BY k',
      [
        { k: 'a', s: 3 },
        { k: 'b', s: 5 },
      ],
    ],
    [
      'FROM d.t |> AGGREGATE SUM(v) AS s GROUP AND ORDER BY UPPER(k) AS u DESC',
      [
        { u: 'B', s: 5 },
        { u: 'A', s: 3 },
      ],
    ],
    ['FROM d.t |> EXTEND v + 1 AS w |> SET v = v * 10 |> DROP k |> WHERE w = 6', [{ v: 50, w: 6 }]],
    ["FROM d.t AS t |> JOIN UNNEST(['b']) AS u ON t.k = u |> SELECT t.v, u", [{ v: 5, u: 'b' }]],
    ['FROM d.t |> WHERE v > 1 |> AS x |> SELECT x.k |> DISTINCT |> ORDER BY k', [{ k: 'a' }, { k: 'b' }]],
    ['SELECT v FROM d.t |> UNION ALL (SELECT 9) |> WHERE v > 2 |> ORDER BY v', [{ v: 5 }, { v: 9 }]],
    ['SELECT COUNT(*) AS n FROM (FROM d.t |> WHERE k = "a")', [{ n: 2 }]],
    ['FROM d.t |> LIMIT 5 OFFSET 2 |> AGGREGATE COUNT(*) AS n', [{ n: 1 }]],
    ["FROM d.t |> PIVOT(SUM(v) FOR k IN ('a', 'b'))", [{ a: 3, b: 5 }]],
    ['SELECT 1 | 2 AS x', [{ x: 3 }]],
  ])('%s', async (sql, rows) => {
    expect(await server.rows(sql)).toEqual(rows);
  });
});

test('an operator that is not served answers 501 with its name', async () => {
  await expect(server.rows('FROM d.t |> CALL f()')).rejects.toMatchObject({
    code: 501,
    message: expect.stringContaining('The pipe operator CALL') as unknown,
  });
});
