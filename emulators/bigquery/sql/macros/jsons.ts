// JSON, both as the JSON type and as strings that hold JSON. Paths are those of GoogleSQL: `$.a[0]."b c"`.
import type { Macros } from './index.ts';

/** `$['a']` is written `$."a"` in DuckDB. */
const path = (p: string) => `regexp_replace(${p}, '\\[''([^'']*)''\\]', '."\\1"', 'g')`;

const kindOf = (x: string) => `json_type(CAST(${x} AS JSON))`;

/** A scalar as text, without quotes; NULL for objects, arrays and null. */
const scalar = (x: string) =>
  `CASE WHEN ${kindOf(x)} NOT IN ('OBJECT', 'ARRAY', 'NULL') THEN json_extract_string(CAST(${x} AS JSON), '$') END`;

/** JSON stays JSON, text stays text: the result has the type of the first argument. */
const extract = [
  `(x JSON) AS x`,
  `(x VARCHAR) AS x`,
  `(x JSON, p) AS json_extract(x, ${path('p')})`,
  `(x VARCHAR, p) AS CASE WHEN json_valid(x) AND json_type(json_extract(x, ${path('p')})) <> 'NULL'
    THEN CAST(json_extract(x, ${path('p')}) AS VARCHAR) END`,
];

const value = [
  `(x) AS ${scalar('x')}`,
  `(x, p) AS CASE WHEN json_valid(CAST(x AS VARCHAR)) THEN ${scalar(`json_extract(CAST(x AS JSON), ${path('p')})`)} END`,
];

const items = (x: string) => `CASE WHEN ${kindOf(x)} = 'ARRAY' THEN CAST(${x} AS JSON[]) END`;

const list = [
  `(x JSON) AS ${items('x')}`,
  `(x JSON, p) AS ${items(`json_extract(x, ${path('p')})`)}`,
  `(x VARCHAR) AS CAST(${items('CAST(x AS JSON)')} AS VARCHAR[])`,
  `(x VARCHAR, p) AS CAST(${items(`json_extract(x, ${path('p')})`)} AS VARCHAR[])`,
];

/** NULL when an element is an array or an object. */
const scalars = (x: string) =>
  `CASE WHEN len(list_filter(${items(x)}, e -> ${kindOf('e')} IN ('OBJECT', 'ARRAY'))) = 0
    THEN list_transform(${items(x)}, e -> ${scalar('e')}) END`;

const valueList = [
  `(x) AS ${scalars('CAST(x AS JSON)')}`,
  `(x, p) AS ${scalars(`json_extract(CAST(x AS JSON), ${path('p')})`)}`,
];

const NUMBERS = `'BIGINT', 'UBIGINT', 'DOUBLE', 'HUGEINT', 'INTEGER'`;
const raiseType = (wanted: string) =>
  `bq_raise('The provided JSON input is not ${wanted === 'integer' ? 'an' : 'a'} ${wanted}')`;

/** A conversion that fails when the JSON is of another type. */
const strict = (x: string, type: string, kinds: string, wanted: string) =>
  `CASE WHEN ${x} IS NULL OR ${kindOf(x)} IN (${kinds}) THEN CAST(json_extract_string(CAST(${x} AS JSON), '$') AS ${type})
    ELSE CAST(${raiseType(wanted)} AS ${type}) END`;
const strictList = (type: string, kinds: string, wanted: string) =>
  `(x) AS list_transform(CAST(CAST(x AS JSON) AS JSON[]), e -> ${strict('e', type, kinds, wanted)})`;

const laxFloat = (x: string) =>
  `TRY_CAST(CASE WHEN ${kindOf(x)} IN ('VARCHAR', ${NUMBERS}) THEN ${scalar(x)} END AS DOUBLE)`;
const laxInteger = (x: string) =>
  `CASE WHEN ${kindOf(x)} = 'BOOLEAN' THEN CAST(CAST(${scalar(x)} AS BOOLEAN) AS BIGINT)
    ELSE COALESCE(TRY_CAST(CASE WHEN contains(${scalar(x)}, '.') THEN NULL ELSE ${scalar(x)} END AS BIGINT), TRY_CAST(round(${laxFloat(x)}) AS BIGINT)) END`;
const laxBool = (x: string) =>
  `CASE WHEN ${kindOf(x)} IN (${NUMBERS}) THEN ${laxFloat(x)} <> 0
    WHEN lower(${scalar(x)}) IN ('true', 'false') THEN CAST(${scalar(x)} AS BOOLEAN) END`;

export const JSONS: Macros = {
  bq_json_extract: extract,
  bq_json_query: extract,
  bq_json_extract_scalar: value,
  bq_json_value: value,
  bq_json_extract_array: list,
  bq_json_query_array: list,
  bq_json_extract_string_array: valueList,
  bq_json_value_array: valueList,
  bq_json_type: [
    `(x) AS CASE json_type(CAST(x AS JSON)) WHEN 'VARCHAR' THEN 'string' WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array'
      WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null' ELSE CASE WHEN x IS NOT NULL THEN 'number' END END`,
  ],
  bq_integer: ['(x) AS CAST(x AS BIGINT)'],
  bq_json_int64: [
    `(x) AS CASE WHEN ${kindOf('x')} = 'DOUBLE' AND json_extract_string(CAST(x AS JSON), '$') NOT SIMILAR TO '-?[0-9]+(\\.0*)?'
      THEN ${raiseType('integer')} ELSE ${strict('x', 'BIGINT', NUMBERS, 'integer')} END`,
  ],
  bq_bool: [`(x) AS ${strict('x', 'BOOLEAN', "'BOOLEAN'", 'boolean')}`],
  bq_float64: [`(x, wide_number_mode := 'round') AS ${strict('x', 'DOUBLE', NUMBERS, 'number')}`],
  bq_double: [`(x) AS ${strict('x', 'DOUBLE', NUMBERS, 'number')}`],
  bq_lax_string: [`(x) AS ${scalar('x')}`],
  bq_lax_int64: [`(x) AS ${laxInteger('x')}`],
  bq_lax_float64: [`(x) AS ${laxFloat('x')}`],
  bq_lax_double: [`(x) AS ${laxFloat('x')}`],
  bq_lax_bool: [`(x) AS ${laxBool('x')}`],
  bq_bool_array: [strictList('BOOLEAN', "'BOOLEAN'", 'boolean')],
  bq_int64_array: [strictList('BIGINT', NUMBERS, 'integer')],
  bq_float64_array: [strictList('DOUBLE', NUMBERS, 'number')],
  bq_string_array: [strictList('VARCHAR', "'VARCHAR'", 'string')],
  bq_lax_bool_array: [`(x) AS list_transform(${items('x')}, e -> ${laxBool('e')})`],
  bq_lax_int64_array: [`(x) AS list_transform(${items('x')}, e -> ${laxInteger('e')})`],
  bq_lax_float64_array: [`(x) AS list_transform(${items('x')}, e -> ${laxFloat('e')})`],
  bq_lax_string_array: [`(x) AS list_transform(${items('x')}, e -> ${scalar('e')})`],
};
