// The procedural language, functions and transactions, through the REST API as any client sends them.
import { beforeEach, expect, test } from '@jest/globals';
import { useTestServer } from '../../test-client.ts';

const server = useTestServer();
const run = (query: string) => server.rows(query);

beforeEach(async () => {
  await server.client.createDataset('d');
  await server.client.query('CREATE TABLE d.t (x INT64)');
});

const values = async () => ((await run('SELECT x FROM d.t ORDER BY x')) as { x: number }[]).map(({ x }) => x);

test.each<[string, string, unknown[]]>([
  ['variables', 'DECLARE a, b INT64 DEFAULT 2; SET a = a + b; SELECT a;', [{ a: 4 }]],
  [
    'several at once',
    `DECLARE a INT64; DECLARE s STRING; SET (a, s) = (1, 'x'); SELECT a, s;`,
    [{ a: 1, s: 'x' }],
  ],
  [
    'a struct at once',
    'DECLARE a, b INT64; SET (a, b) = (SELECT AS STRUCT MIN(x), MAX(x) FROM UNNEST([3, 5]) AS x); SELECT a, b;',
    [{ a: 3, b: 5 }],
  ],
  [
    'arrays',
    'DECLARE l ARRAY<INT64> DEFAULT [1, 2]; SELECT COUNT(*) AS n FROM UNNEST(l) AS x WHERE x IN UNNEST(l);',
    [{ n: 2 }],
  ],
  [
    'one variable in brackets from a subquery',
    'DECLARE l ARRAY<INT64>; SET (l) = (SELECT AS STRUCT ARRAY_AGG(x ORDER BY x) FROM UNNEST([2, 1]) AS x); SELECT ARRAY_LENGTH(l) AS n;',
    [{ n: 2 }],
  ],
  [
    'CASE with a subject',
    "DECLARE a INT64 DEFAULT 2; CASE a WHEN 1 THEN SELECT 'one' AS r; WHEN 1 + 1 THEN SELECT 'two' AS r; ELSE SELECT 'more' AS r; END CASE;",
    [{ r: 'two' }],
  ],
  [
    'CASE with conditions',
    "DECLARE a INT64 DEFAULT 5; CASE WHEN a < 3 THEN SELECT 'few' AS r; ELSE SELECT CASE WHEN a > 4 THEN 'many' END AS r; END CASE;",
    [{ r: 'many' }],
  ],
  [
    'system variables',
    "SET @@dataset_id = 'd'; INSERT INTO t VALUES (7); SELECT @@project_id AS p, @@row_count AS n, x FROM t;",
    [{ p: 'demo-test', n: 1, x: 7 }],
  ],
  [
    'IF',
    `DECLARE a INT64; IF a IS NULL THEN SELECT 1 AS r; ELSEIF a = 1 THEN SELECT 2 AS r; ELSE SELECT 3 AS r; END IF;`,
    [{ r: 1 }],
  ],
  ['WHILE', 'DECLARE n INT64 DEFAULT 0; WHILE n < 3 DO SET n = n + 1; END WHILE; SELECT n;', [{ n: 3 }]],
  [
    'LOOP',
    'DECLARE n INT64 DEFAULT 0; LOOP SET n = n + 1; IF n > 4 THEN BREAK; END IF; END LOOP; SELECT n;',
    [{ n: 5 }],
  ],
  [
    'REPEAT',
    'DECLARE n INT64 DEFAULT 0; REPEAT SET n = n + 1; UNTIL n >= 2 END REPEAT; SELECT n;',
    [{ n: 2 }],
  ],
  [
    'FOR',
    `DECLARE s STRING DEFAULT ''; FOR r IN (SELECT w FROM UNNEST(['a', 'b']) AS w) DO SET s = CONCAT(s, r.w); END FOR; SELECT s;`,
    [{ s: 'ab' }],
  ],
  [
    'EXECUTE IMMEDIATE',
    `DECLARE n INT64; EXECUTE IMMEDIATE CONCAT('SELECT ', '6 * 7') INTO n; SELECT n;`,
    [{ n: 42 }],
  ],
  [
    'EXCEPTION',
    `BEGIN SELECT 1 / 0; EXCEPTION WHEN ERROR THEN SELECT @@error.message AS m; END;`,
    [{ m: 'division by zero: 1 / 0' }],
  ],
  ['@@row_count', 'INSERT INTO d.t (x) VALUES (1), (2); SELECT @@row_count AS n;', [{ n: 2 }]],
  [
    'a temporary function',
    'CREATE TEMP FUNCTION twice(x INT64) AS (x * 2); SELECT twice(SUM(y)) AS v FROM UNNEST([1, 2]) AS y;',
    [{ v: 6 }],
  ],
  [
    'a function of any type',
    `CREATE TEMP FUNCTION pick(a ANY TYPE, b ANY TYPE) AS (IF(a IS NULL, b, a)); SELECT pick(NULL, 'x') AS v;`,
    [{ v: 'x' }],
  ],
])('%s', async (_, script, rows) => {
  expect(await run(script)).toEqual(rows);
});

test('a script that fails says so and keeps what was done before', async () => {
  await expect(run(`INSERT INTO d.t (x) VALUES (1); RAISE USING MESSAGE = 'stop';`)).rejects.toThrow('stop');
  expect(await values()).toEqual([1]);
  await expect(run('SET nothing = 1;')).rejects.toThrow('Undeclared variable: nothing');
});

test('a transaction is committed, rolled back, or taken back when the script fails', async () => {
  await run('BEGIN TRANSACTION; INSERT INTO d.t (x) VALUES (1); COMMIT TRANSACTION;');
  await run('BEGIN TRANSACTION; INSERT INTO d.t (x) VALUES (2); ROLLBACK TRANSACTION;');
  await expect(run('BEGIN; INSERT INTO d.t (x) VALUES (3); SELECT 1 / 0; COMMIT;')).rejects.toThrow(
    'division',
  );
  await run(`BEGIN
    BEGIN TRANSACTION; INSERT INTO d.t (x) VALUES (4); SELECT 1 / 0; COMMIT TRANSACTION;
    EXCEPTION WHEN ERROR THEN ROLLBACK TRANSACTION; END;`);
  expect(await values()).toEqual([1]);
});

test('rows streamed during a transaction survive its rollback', async () => {
  const failing = run('BEGIN TRANSACTION; INSERT INTO d.t (x) VALUES (1); SELECT 1 / 0; COMMIT TRANSACTION;');
  await Promise.all([
    expect(failing).rejects.toThrow('division'),
    ...Array.from({ length: 20 }, (_, i) =>
      server.client
        .dataset('d')
        .table('t')
        .insert([{ x: 100 + i }]),
    ),
  ]);
  expect(await values()).toHaveLength(20);
});

test('functions belong to a dataset until they are dropped', async () => {
  await run('CREATE FUNCTION d.plus(a INT64, b INT64) RETURNS FLOAT64 AS (a + b)');
  expect(await run('SELECT d.plus(x, 1) AS v, `demo-test.d.plus`(2, 3) AS w FROM UNNEST([1]) AS x')).toEqual([
    { v: 2, w: 5 },
  ]);
  await expect(run('CREATE FUNCTION d.plus(a INT64) AS (a)')).rejects.toThrow('Already Exists: Routine');
  await expect(run('SELECT d.plus(1)')).rejects.toThrow('No matching signature for function plus');
  await run('DROP FUNCTION d.plus');
  await expect(run('SELECT d.plus(1, 2)')).rejects.toMatchObject({ code: 501 });
});

test.each([
  [`SET @@time_zone = 'Asia/Tokyo'`, 'SET @@time_zone to "Asia/Tokyo"'],
  [`CREATE FUNCTION d.f() RETURNS INT64 LANGUAGE js AS 'return 1'`, 'CREATE FUNCTION in another language'],
  ['SET @@reservation = "x"', 'SET @@reservation'],
])('%s answers 501 with its name', async (sql, name) => {
  await expect(run(sql)).rejects.toMatchObject({
    code: 501,
    message: expect.stringContaining(name) as unknown,
  });
});

test('procedures take values, give some back, and may do all that a script may', async () => {
  await run(`CREATE OR REPLACE PROCEDURE d.add(n INT64, INOUT total INT64, OUT text STRING)
    BEGIN
      DECLARE i INT64 DEFAULT 0;
      WHILE i < n DO
        INSERT INTO d.t VALUES (i);
        SET i = i + 1;
      END WHILE;
      SET total = total + n;
      SET text = FORMAT('%d rows', n);
    END;`);
  expect(
    await run(`DECLARE total INT64 DEFAULT 10; DECLARE text STRING;
      CALL d.add(2, total, text); CALL d.add(1 + 2, total, text); SELECT total, text;`),
  ).toEqual([{ total: 15, text: '3 rows' }]);
  expect(await values()).toEqual([0, 0, 1, 1, 2]);
  await expect(run('CALL d.add(1)')).rejects.toThrow('Procedure add needs 3 arguments, but 1 were given');
  await run('DROP PROCEDURE d.add');
  await expect(run('CALL d.add(1, 2, 3)')).rejects.toThrow('Procedure not found: d.add');
});

test('a CASE statement without a branch that matches fails', async () => {
  await expect(run('CASE 1 WHEN 2 THEN SELECT 1; END CASE')).rejects.toThrow('no WHEN clause matched');
});
