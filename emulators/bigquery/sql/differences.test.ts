// Each row of DIFFERENCES.md that speaks of SQL: what is different is shown here, under the row's words.
import { beforeEach, expect, test } from '@jest/globals';
import { useTestServer } from '../test-client.ts';

const server = useTestServer();
const run = (query: string) => server.rows(query);
const one = async (expression: string) =>
  ((await run(`SELECT ${expression} AS v`)) as { v: unknown }[])[0]!.v;

beforeEach(async () => {
  await server.client.createDataset('d');
});

const rows: Readonly<Record<string, () => Promise<void>>> = {
  'BIGNUMERIC has 38 digits, 18 of them after the point; its arithmetic, sums, averages and text have 9':
    async () => {
      const digits = "BIGNUMERIC '1.1234567890123456789'";
      expect(String(await one(digits))).toBe('1.123456789012345679');
      expect(await one(`CAST(${digits} * 1 AS STRING)`)).toBe('1.123456789');
      expect(await one(`(SELECT CAST(AVG(x) AS STRING) FROM UNNEST([${digits}]) AS x)`)).toBe('1.123456789');
    },

  'GEOGRAPHY is stored as text; queries return it as STRING, and there are no `ST_` functions (501)':
    async () => {
      await run('CREATE TABLE d.t (g GEOGRAPHY)');
      await run(`INSERT INTO d.t VALUES ('POINT(1 2)')`);
      expect(await run('SELECT g FROM d.t')).toEqual([{ g: 'POINT(1 2)' }]);
      await expect(run('SELECT ST_ASTEXT(g) FROM d.t')).rejects.toMatchObject({ code: 501 });
    },

  'FLOAT64 functions may differ in the last digit': async () => {
    expect(await one('CBRT(27)')).toBe(3);
    expect(await one('ABS(COT(1) - 0.6420926159343308) < 1e-15')).toBe(true);
  },

  'A group of a regular expression that matched nothing gives an empty string, not NULL; several groups take the first, not an error':
    async () => {
      expect(await one(`REGEXP_EXTRACT('ab', '(z)?b')`)).toBe('');
      expect(await one(`REGEXP_EXTRACT('ab', '(a)(b)')`)).toBe('a');
    },

  'The lengths of STRING(n) and BYTES(n) hold for rows that are streamed or loaded, not for those of DML; NUMERIC(p, s) is like NUMERIC':
    async () => {
      await run('CREATE TABLE d.t (s STRING(2), n NUMERIC(3, 1))');
      await run(`INSERT INTO d.t VALUES ('long', 1234.56)`);
      expect(await run('SELECT s, CAST(n AS STRING) AS n FROM d.t')).toEqual([{ s: 'long', n: '1234.56' }]);
      const reply = await server.send('POST', '/datasets/d/tables/t/insertAll', {
        rows: [{ json: { s: 'long' } }],
      });
      expect(reply.body).toHaveProperty('insertErrors');
    },

  'Duplicate column names in a result get `_1`, `_2`': async () => {
    expect(await run('SELECT 1 AS a, 2 AS a, 3 AS a')).toEqual([{ a: 1, a_1: 2, a_2: 3 }]);
  },

  'Types are not checked where DuckDB converts: set operations and comparisons of STRING with others pass or fail by the values':
    async () => {
      expect(await run(`SELECT 1 AS v UNION ALL SELECT 'a' ORDER BY v`)).toEqual([{ v: '1' }, { v: 'a' }]);
    },

  'Comparing structs with NULL inside gives FALSE, not NULL': async () => {
    expect(await one('(1, NULL) = (1, 2)')).toBe(false);
  },

  'UNPIVOT puts the column of names before those of values': async () => {
    const [row] = await run('SELECT * FROM (SELECT 1 AS q1) UNPIVOT(sales FOR quarter IN (q1))');
    expect(Object.keys(row as object)).toEqual(['quarter', 'sales']);
  },

  'A variable of a script hides a column of the same name': async () => {
    expect(await run('DECLARE x INT64 DEFAULT 5; SELECT x FROM (SELECT 1 AS x)')).toEqual([{ x: 5 }]);
  },

  '`EXECUTE IMMEDIATE … USING` passes every value as STRING; inside a transaction, other requests wait':
    async () => {
      expect(await run(`EXECUTE IMMEDIATE 'SELECT ? AS v' USING 1`)).toEqual([{ v: '1' }]);
      await run('CREATE TABLE d.t (n INT64)');
      const script = 'BEGIN TRANSACTION; INSERT INTO d.t VALUES (1); INSERT INTO d.t VALUES (2); COMMIT;';
      const [, seen] = await Promise.all([run(script), run('SELECT COUNT(*) AS n FROM d.t')]);
      expect([[{ n: 0 }], [{ n: 2 }]]).toContainEqual(seen);
    },

  'A SQL function or procedure is checked when it is called': async () => {
    await run('CREATE FUNCTION d.f() AS (nothing)');
    await expect(run('SELECT d.f()')).rejects.toThrow('Unrecognized name: nothing');
    await run('CREATE PROCEDURE d.p() BEGIN SELECT nothing; END');
    await expect(run('CALL d.p()')).rejects.toThrow('Unrecognized name: nothing');
  },

  'Pipe syntax has the operators that a query has, without RENAME, CALL, WINDOW, WITH and MATCH_RECOGNIZE (501); no `FOR SYSTEM_TIME AS OF` (501)':
    async () => {
      expect(await run('FROM UNNEST([1, 2]) AS x |> AGGREGATE SUM(x) AS s')).toEqual([{ s: 3 }]);
      await expect(run('FROM d.t |> RENAME a AS b')).rejects.toMatchObject({ code: 501 });
      await run('CREATE TABLE d.t (n INT64)');
      const past = 'SELECT n FROM d.t FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()';
      await expect(run(past)).rejects.toMatchObject({ code: 501 });
    },

  'A view is checked when it is made, and expanded where it is read': async () => {
    await run('CREATE TABLE d.t AS SELECT 1 AS a');
    await expect(run('CREATE VIEW d.w AS SELECT b FROM d.t')).rejects.toThrow('Unrecognized name: b');
    await run('CREATE VIEW d.v AS SELECT * FROM d.t');
    await run('ALTER TABLE d.t ADD COLUMN b INT64');
    expect(await run('SELECT * FROM d.v')).toEqual([{ a: 1, b: null }]);
  },

  'HLL sketches hold the hashes of all values: they count exactly and are no sketches of the service; `APPROX_` functions are exact':
    async () => {
      const sketch = 'SELECT HLL_COUNT.INIT(x) AS s FROM UNNEST(GENERATE_ARRAY(1, 5000)) AS x';
      expect(await run(`SELECT HLL_COUNT.EXTRACT(s) AS n, LENGTH(s) AS bytes FROM (${sketch})`)).toEqual([
        { n: 5000, bytes: 40_000 },
      ]);
      const values = 'UNNEST(GENERATE_ARRAY(1, 5000)) AS x';
      expect(await run(`SELECT APPROX_COUNT_DISTINCT(x) AS n FROM ${values}`)).toEqual([{ n: 5000 }]);
    },

  '`UNION ALL BY NAME` fills columns that one side lacks with NULL': async () => {
    expect(await run('SELECT 1 AS a UNION ALL BY NAME SELECT 2 AS a, 3 AS b')).toEqual(
      expect.arrayContaining([
        { a: 1, b: null },
        { a: 2, b: 3 },
      ]),
    );
  },

  'Two string literals side by side are one text': async () => {
    expect(await one(`'a' 'b'`)).toBe('ab');
  },

  'An array is cast element by element': async () => {
    expect(await one(`CAST(['1', '2'] AS ARRAY<INT64>)`)).toEqual([1, 2]);
  },

  'A number beyond FLOAT64 in a CAST is infinity': async () => {
    expect(await one(`CAST('1e400' AS FLOAT64)`)).toBe(Infinity);
  },

  'Message texts follow the service where they are known; positions (`at [1:8]`) come with syntax errors only':
    async () => {
      await expect(run('SELEC 1')).rejects.toThrow(/ at \[\d+:\d+\]$/);
      await expect(run('SELECT nothing')).rejects.toThrow(/^Unrecognized name: nothing$/);
    },
};

test.each(Object.entries(rows))('%s', async (_, show) => {
  await expect(show()).resolves.toBeUndefined();
});

/** What answers 501, and a word of the name in the answer. */
test.each([
  [`EXPORT DATA OPTIONS (uri = 'gs://x', format = 'CSV') AS SELECT 1`, 'EXPORT'],
  ['LOAD DATA INTO d.t FROM FILES (format = "CSV")', 'LOAD'],
  ['CREATE SNAPSHOT TABLE d.x CLONE d.t', 'CREATE SNAPSHOT'],
  ['CREATE EXTERNAL TABLE d.x OPTIONS (uris = ["gs://a"])', 'CREATE EXTERNAL'],
  ['CREATE TABLE FUNCTION d.f() AS (SELECT 1)', 'CREATE TABLE FUNCTION'],
  ['CREATE MODEL d.m AS SELECT 1', 'CREATE MODEL'],
  ["CREATE FUNCTION d.f() RETURNS INT64 LANGUAGE js AS 'return 1'", 'another language'],
  ['ASSERT 1 = 1', 'ASSERT'],
  ['UNDROP SCHEMA d', 'UNDROP'],
  ["SET @@reservation = 'x'", '@@reservation'],
  ["SET @@time_zone = 'Asia/Tokyo'", '@@time_zone'],
  ["SELECT NET.REG_DOMAIN('x')", 'NET.REG_DOMAIN'],
  ["SELECT KEYS.NEW_KEYSET('x')", 'KEYS.NEW_KEYSET'],
  ["SELECT AEAD.ENCRYPT('a', 'b', 'c')", 'AEAD.ENCRYPT'],
  ['SELECT ST_GEOGPOINT(1, 2)', 'ST_GEOGPOINT'],
  ["SELECT SEARCH('a', 'b')", 'SEARCH'],
  ["SELECT TEXT_ANALYZE('a')", 'TEXT_ANALYZE'],
  ["SELECT RANGE(DATE '2026-01-01', NULL)", 'RANGE'],
  ['SELECT * FROM EXTERNAL_QUERY("a", "b")', 'EXTERNAL_QUERY'],
  ["SELECT CAST(12 AS STRING FORMAT '999')", 'CAST with FORMAT'],
  ['SELECT * FROM `region-us`.INFORMATION_SCHEMA.JOBS', 'INFORMATION_SCHEMA.JOBS'],
])('%s answers 501 with its name', async (sql, name) => {
  await expect(run(sql)).rejects.toMatchObject({
    code: 501,
    message: expect.stringContaining(name) as unknown,
  });
});
