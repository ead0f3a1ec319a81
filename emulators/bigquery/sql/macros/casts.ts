// Conversions: CAST and the functions named after types. Errors are raised by `bq_raise`.
import type { Macros } from './index.ts';

/** Without spaces and commas, the sign before the digits. */
const plainNumber = `regexp_replace(regexp_replace(x, '[ ,]', '', 'g'), '^([0-9.eE]+)([-+])$', '\\2\\1')`;

/** The fraction of a second has three digits or six. */
const fraction = (x: string, text: string) =>
  `(${text} || CASE WHEN microsecond(${x}) % 1000000 = 0 THEN ''
    WHEN microsecond(${x}) % 1000 = 0 THEN repeat('0', CAST(3 - len(split_part(${text}, '.', 2)) AS BIGINT))
    ELSE repeat('0', CAST(6 - len(split_part(${text}, '.', 2)) AS BIGINT)) END)`;

export const CASTS: Macros = {
  bq_interval: [
    '(m, d, us) AS to_months(CAST(m AS INTEGER)) + to_days(CAST(d AS INTEGER)) + to_microseconds(us)',
  ],
  bq_make_interval: [
    `(year := 0, month := 0, day := 0, hour := 0, minute := 0, second := 0) AS
      to_months(CAST(year * 12 + month AS INTEGER)) + to_days(CAST(day AS INTEGER))
      + to_microseconds(CAST(hour * 3600 + minute * 60 + second AS BIGINT) * 1000000)`,
  ],
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
    `(x TIME) AS ${fraction('x', 'CAST(x AS VARCHAR)')}`,
    `(x TIMESTAMP) AS ${fraction('x', 'CAST(x AS VARCHAR)')}`,
    `(x TIMESTAMPTZ) AS ${fraction("CAST(x AT TIME ZONE 'UTC' AS TIMESTAMP)", "CAST(x AT TIME ZONE 'UTC' AS VARCHAR)")} || '+00'`,
    `(x INTERVAL) AS bq_js_interval_text(CAST(x AS VARCHAR))`,
  ],
  bq_to_bytes: ['(x VARCHAR) AS encode(x)', '(x BLOB) AS x'],
  bq_to_time: [
    '(x TIME) AS x',
    `(x TIMESTAMPTZ) AS CAST(x AT TIME ZONE 'UTC' AS TIME)`,
    '(x TIMESTAMP) AS CAST(x AS TIME)',
    '(x VARCHAR) AS CAST(x AS TIME)',
  ],
  bq_to_interval: ['(x INTERVAL) AS x', '(x VARCHAR) AS CAST(bq_js_interval(x) AS INTERVAL)'],
  bq_to_int64: [
    '(x BOOLEAN) AS CAST(x AS BIGINT)',
    '(x BIGINT) AS x',
    '(x HUGEINT) AS CAST(x AS BIGINT)',
    `(x DOUBLE) AS CAST(round(x) AS BIGINT)`,
    `(x DECIMAL(38,9)) AS CAST(round(x) AS BIGINT)`,
    `(x VARCHAR) AS CASE
      WHEN regexp_full_match(x, '\\s*[-+]?[0-9]+\\s*') THEN CAST(x AS BIGINT)
      WHEN regexp_full_match(x, '[+]?0[xX][0-9a-fA-F]+') THEN CAST(ltrim(x, '+') AS BIGINT)
      WHEN regexp_full_match(x, '-0[xX][0-9a-fA-F]+') THEN -CAST(ltrim(x, '-') AS BIGINT)
      ELSE bq_raise('Bad int64 value: ' || x) END`,
  ],
  bq_to_numeric: [
    '(x DECIMAL(38,9)) AS x',
    '(x DOUBLE) AS CAST(x AS DECIMAL(38,9))',
    '(x BIGINT) AS CAST(x AS DECIMAL(38,9))',
    '(x VARCHAR) AS CAST(x AS DECIMAL(38,9))',
  ],
  bq_parse_numeric: [`(x) AS CAST(${plainNumber} AS DECIMAL(38,9))`],
  bq_parse_bignumeric: [`(x) AS CAST(${plainNumber} AS DECIMAL(38,18))`],
  bq_iferror: ['(a, b) AS COALESCE(TRY(a), b)'],
  bq_error: ['(message) AS bq_raise(message)'],
  bq_generate_uuid: ['() AS CAST(gen_random_uuid() AS VARCHAR)'],
  bq_session_user: [`() AS 'emulator@localhost'`],
};
