// Conversions: CAST and the functions named after types. Errors are raised by `bq_raise`.
import type { Macros } from './index.ts';

export const CASTS: Macros = {
  bq_int64: ['(x) AS CAST(x AS BIGINT)'],
  bq_blob: ['(hex) AS unhex(hex)'],
  bq_to_string: [
    `(x BOOLEAN) AS CAST(x AS VARCHAR)`,
    `(x BIGINT) AS CAST(x AS VARCHAR)`,
    `(x HUGEINT) AS CAST(x AS VARCHAR)`,
    `(x DOUBLE) AS CASE WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'inf' ELSE '-inf' END
      ELSE regexp_replace(CAST(x AS VARCHAR), '\\.0$', '') END`,
    `(x DECIMAL(38,9)) AS CASE WHEN contains(CAST(x AS VARCHAR), '.')
      THEN rtrim(rtrim(CAST(x AS VARCHAR), '0'), '.') ELSE CAST(x AS VARCHAR) END`,
    `(x BLOB) AS decode(x)`,
    `(x VARCHAR) AS x`,
    `(x DATE) AS CAST(x AS VARCHAR)`,
    `(x TIME) AS CAST(x AS VARCHAR)`,
    `(x TIMESTAMP) AS CAST(x AS VARCHAR)`,
    `(x TIMESTAMPTZ) AS CAST(x AS VARCHAR)`,
  ],
  bq_to_bytes: ['(x VARCHAR) AS encode(x)', '(x BLOB) AS x'],
  bq_to_int64: [
    '(x BOOLEAN) AS CAST(x AS BIGINT)',
    '(x BIGINT) AS x',
    '(x HUGEINT) AS CAST(x AS BIGINT)',
    `(x DOUBLE) AS CAST(round(x) AS BIGINT)`,
    `(x DECIMAL(38,9)) AS CAST(round(x) AS BIGINT)`,
    `(x VARCHAR) AS CASE
      WHEN regexp_full_match(x, '\\s*[-+]?[0-9]+\\s*') THEN CAST(x AS BIGINT)
      WHEN regexp_full_match(x, '[-+]?0[xX][0-9a-fA-F]+') THEN CAST(x AS BIGINT)
      ELSE bq_raise('Bad int64 value: ' || x) END`,
  ],
  bq_to_numeric: [
    '(x DECIMAL(38,9)) AS x',
    '(x DOUBLE) AS CAST(x AS DECIMAL(38,9))',
    '(x BIGINT) AS CAST(x AS DECIMAL(38,9))',
    '(x VARCHAR) AS CAST(x AS DECIMAL(38,9))',
  ],
  bq_parse_numeric: [`(x) AS CAST(replace(replace(x, ' ', ''), ',', '') AS DECIMAL(38,9))`],
  bq_parse_bignumeric: [`(x) AS CAST(replace(replace(x, ' ', ''), ',', '') AS DECIMAL(38,18))`],
  bq_iferror: ['(a, b) AS COALESCE(TRY(a), b)'],
  bq_error: ['(message) AS bq_raise(message)'],
  bq_generate_uuid: ['() AS CAST(gen_random_uuid() AS VARCHAR)'],
  bq_session_user: [`() AS 'emulator@localhost'`],
};
