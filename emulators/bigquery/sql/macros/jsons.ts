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

const valueList = [
  `(x) AS list_transform(${items('CAST(x AS JSON)')}, e -> ${scalar('e')})`,
  `(x, p) AS list_transform(${items(`json_extract(CAST(x AS JSON), ${path('p')})`)}, e -> ${scalar('e')})`,
];

/** Edits at one path or at two, one after the other. */
const edits = (name: string) => [
  `(x, p, v) AS CAST(bq_js_${name}(CAST(x AS VARCHAR), p, CAST(COALESCE(to_json(v), 'null') AS VARCHAR)) AS JSON)`,
  `(x, p, v, q, w) AS CAST(bq_js_${name}(bq_js_${name}(CAST(x AS VARCHAR), p, CAST(COALESCE(to_json(v), 'null') AS VARCHAR)),
    q, CAST(COALESCE(to_json(w), 'null') AS VARCHAR)) AS JSON)`,
];

export const JSONS: Macros = {
  bq_json_set: edits('json_set'),
  bq_json_array_insert: edits('json_array_insert'),
  bq_json_array_append: edits('json_array_append'),
  bq_json_remove: [
    `(x, p) AS CAST(bq_js_json_remove(CAST(x AS VARCHAR), p) AS JSON)`,
    `(x, p, q) AS CAST(bq_js_json_remove(bq_js_json_remove(CAST(x AS VARCHAR), p), q) AS JSON)`,
  ],
  bq_parse_json: [`(x) AS CAST(x AS JSON)`],
  bq_to_json: ['(x) AS to_json(x)'],
  bq_to_json_string: [
    `(x JSON) AS CAST(x AS VARCHAR)`,
    `(x TIMESTAMPTZ) AS '"' || strftime(x AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') || '"'`,
    `(x) AS COALESCE(CAST(to_json(x) AS VARCHAR), 'null')`,
    `(x, pretty) AS COALESCE(CAST(to_json(x) AS VARCHAR), 'null')`,
  ],
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
      WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null' WHEN NULL THEN NULL ELSE 'number' END`,
  ],
  bq_json_keys: ['(x) AS json_keys(CAST(x AS JSON))'],
  bq_json_array: [
    '() AS json_array()',
    '(a) AS json_array(a)',
    '(a, b) AS json_array(a, b)',
    '(a, b, c) AS json_array(a, b, c)',
  ],
  bq_json_object: [
    '() AS json_object()',
    '(a, b) AS json_object(CAST(a AS VARCHAR), b)',
    '(a, b, c, d) AS json_object(CAST(a AS VARCHAR), b, CAST(c AS VARCHAR), d)',
    '(a, b, c, d, e, f) AS json_object(CAST(a AS VARCHAR), b, CAST(c AS VARCHAR), d, CAST(e AS VARCHAR), f)',
  ],
  bq_integer: ['(x) AS CAST(x AS BIGINT)'],
  bq_bool: [`(x) AS CAST(json_extract_string(CAST(x AS JSON), '$') AS BOOLEAN)`],
  bq_float64: [`(x) AS CAST(json_extract_string(CAST(x AS JSON), '$') AS DOUBLE)`],
  bq_lax_string: [`(x) AS ${scalar('x')}`],
  bq_lax_int64: [`(x) AS TRY_CAST(round(TRY_CAST(${scalar('x')} AS DOUBLE)) AS BIGINT)`],
  bq_lax_float64: [`(x) AS TRY_CAST(${scalar('x')} AS DOUBLE)`],
  bq_lax_bool: [`(x) AS TRY_CAST(${scalar('x')} AS BOOLEAN)`],
};
