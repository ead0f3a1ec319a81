// Mathematical functions and the operators whose meaning depends on the type.
import type { Macros } from './index.ts';

const divisionByZero = (a: string, b: string) =>
  `bq_raise('division by zero: ' || CAST(${a} AS VARCHAR) || ' / ' || CAST(${b} AS VARCHAR))`;

/** Integer arithmetic that gives NULL on overflow, computed in 128 bits. */
const safeInteger = (operator: string) =>
  `(a BIGINT, b BIGINT) AS TRY_CAST(CAST(a AS HUGEINT) ${operator} CAST(b AS HUGEINT) AS BIGINT)`;
const safeOthers = (operator: string) => [
  `(a DECIMAL(38,9), b DECIMAL(38,9)) AS TRY_CAST(a ${operator} b AS DECIMAL(38,9))`,
  `(a DOUBLE, b DOUBLE) AS a ${operator} b`,
];

/** Functions of one FLOAT64 that DuckDB has under the same name. */
const SAME = ['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh'];

export const MATHS: Macros = {
  /** Exact to nine decimals, rounded half away from zero. */
  bq_numeric_divide: [
    `(a, b) AS CAST(bq_js_divide(CAST(CAST(a AS DECIMAL(38,9)) AS VARCHAR), CAST(CAST(b AS DECIMAL(38,9)) AS VARCHAR)) AS DECIMAL(38,9))`,
  ],
  ...Object.fromEntries(SAME.map((name) => [`bq_${name}`, [`(x) AS ${name}(CAST(x AS DOUBLE))`]])),
  bq_divide: [
    `(a BIGINT, b BIGINT) AS CASE WHEN b = 0 THEN ${divisionByZero('a', 'b')} ELSE CAST(a AS DOUBLE) / CAST(b AS DOUBLE) END`,
    `(a DECIMAL(38,9), b DECIMAL(38,9)) AS CASE WHEN b = 0 THEN ${divisionByZero('a', 'b')}
      ELSE bq_numeric_divide(a, b) END`,
    "(a INTERVAL, b BIGINT) AS bq_interval(CAST((date_part('year', a) * 12 + date_part('month', a)) // b AS BIGINT), date_part('day', a) // b, CAST(date_part('hour', a) * 3600000000 + date_part('minute', a) * 60000000 + date_part('microsecond', a) AS BIGINT) // b)",
    `(a DOUBLE, b DOUBLE) AS CASE WHEN b = 0 THEN bq_raise('division by zero: ' || bq_to_string(a) || ' / 0') ELSE a / b END`,
  ],
  bq_multiply: [
    '(a BIGINT, b BIGINT) AS a * b',
    '(a HUGEINT, b HUGEINT) AS CAST(a * b AS BIGINT)',
    '(a DECIMAL(38,9), b DECIMAL(38,9)) AS CAST(a * b AS DECIMAL(38,9))',
    '(a DOUBLE, b DOUBLE) AS a * b',
    '(a INTERVAL, b BIGINT) AS a * b',
  ],
  /** The difference of dates is an INTERVAL; that of others is what the operator gives. */
  bq_subtract: [
    '(a DATE, b DATE) AS to_days(CAST(a - b AS INTEGER))',
    '(a TIMESTAMPTZ, b TIMESTAMPTZ) AS to_microseconds(epoch_us(a) - epoch_us(b))',
    '(a TIMESTAMP, b TIMESTAMP) AS to_microseconds(epoch_us(a) - epoch_us(b))',
    '(a DATE, b BIGINT) AS a - CAST(b AS INTEGER)',
    '(a, b) AS a - b',
  ],
  bq_bit_xor_of: ['(a BIGINT, b BIGINT) AS xor(a, b)', "(a BLOB, b BLOB) AS bq_js_bits('^', a, b)"],
  bq_bit_or_of: ['(a BIGINT, b BIGINT) AS a | b', "(a BLOB, b BLOB) AS bq_js_bits('|', a, b)"],
  bq_bit_and_of: ['(a BIGINT, b BIGINT) AS a & b', "(a BLOB, b BLOB) AS bq_js_bits('&', a, b)"],
  bq_bit_not: ['(a BIGINT) AS ~a', "(a BLOB) AS bq_js_bits('~', a, a)"],
  /** Shifts are those of 64 bits without a sign. */
  bq_shift_left: [
    '(a BIGINT, n) AS bq_js_shift(a, CAST(n AS BIGINT))',
    '(a BLOB, n) AS bq_js_shift_bytes(a, CAST(n AS BIGINT))',
  ],
  bq_shift_right: [
    '(a BIGINT, n) AS bq_js_shift_right(a, CAST(n AS BIGINT))',
    '(a BLOB, n) AS bq_js_shift_bytes_right(a, CAST(n AS BIGINT))',
  ],
  bq_greatest_of: ['(l) AS CASE WHEN len(l) = list_count(l) THEN list_max(l) END'],
  bq_least_of: ['(l) AS CASE WHEN len(l) = list_count(l) THEN list_min(l) END'],
  bq_safe_divide: [
    `(a BIGINT, b BIGINT) AS CASE WHEN b <> 0 THEN CAST(a AS DOUBLE) / CAST(b AS DOUBLE) END`,
    `(a DECIMAL(38,9), b DECIMAL(38,9)) AS CASE WHEN b <> 0
      THEN bq_numeric_divide(a, b) END`,
    `(a DOUBLE, b DOUBLE) AS CASE WHEN b <> 0 THEN a / b END`,
  ],
  bq_ieee_divide: [
    `(a, b) AS CASE WHEN b = 0 THEN
      CASE WHEN a = 0 OR isnan(CAST(a AS DOUBLE)) THEN CAST('NaN' AS DOUBLE)
        WHEN a > 0 THEN CAST('Infinity' AS DOUBLE) WHEN a < 0 THEN CAST('-Infinity' AS DOUBLE) END
      ELSE CAST(a AS DOUBLE) / CAST(b AS DOUBLE) END`,
  ],
  bq_safe_add: [safeInteger('+'), ...safeOthers('+')],
  bq_safe_subtract: [safeInteger('-'), ...safeOthers('-')],
  bq_safe_multiply: [safeInteger('*'), ...safeOthers('*')],
  bq_safe_negate: [
    '(x BIGINT) AS TRY_CAST(-CAST(x AS HUGEINT) AS BIGINT)',
    '(x DECIMAL(38,9)) AS -x',
    '(x DOUBLE) AS -x',
  ],
  bq_div: [
    `(a DECIMAL(38,9), b DECIMAL(38,9)) AS CASE WHEN b = 0 THEN ${divisionByZero('a', 'b')} ELSE CAST(trunc(bq_numeric_divide(a, b)) AS DECIMAL(38,9)) END`,
    `(a BIGINT, b BIGINT) AS CASE WHEN b = 0 THEN ${divisionByZero('a', 'b')} ELSE a // b END`,
  ],
  bq_mod: [
    `(a BIGINT, b BIGINT) AS CASE WHEN b = 0 THEN ${divisionByZero('a', 'b')} ELSE a % b END`,
    `(a DECIMAL(38,9), b DECIMAL(38,9)) AS a % b`,
    `(a HUGEINT, b HUGEINT) AS CAST(a % b AS BIGINT)`,
  ],
  bq_ln: [
    `(x) AS CASE WHEN x <= 0 THEN CAST(bq_raise('Floating point error in function: LN(' || x || ')') AS DOUBLE) ELSE ln(x) END`,
  ],
  bq_log: [
    `(x) AS CASE WHEN x <= 0 THEN CAST(bq_raise('Floating point error in function: LN(' || x || ')') AS DOUBLE) ELSE ln(x) END`,
    `(x, base) AS ln(x) / ln(base)`,
  ],
  bq_log10: [`(x) AS log10(CAST(x AS DOUBLE))`],
  bq_exp: [`(x) AS bq_js_finite('EXP', CAST(x AS DOUBLE), exp(CAST(x AS DOUBLE)))`],
  bq_sqrt: ['(x DECIMAL(38,9)) AS CAST(sqrt(CAST(x AS DOUBLE)) AS DECIMAL(38,9))', '(x DOUBLE) AS sqrt(x)'],
  bq_cbrt: ['(x) AS bq_js_cbrt(CAST(x AS DOUBLE))'],
  bq_pow: [
    '(x DECIMAL(38,9), y DECIMAL(38,9)) AS CAST(pow(CAST(x AS DOUBLE), CAST(y AS DOUBLE)) AS DECIMAL(38,9))',
    `(x DOUBLE, y DOUBLE) AS bq_js_finite('POW', x + y, pow(x, y))`,
  ],
  bq_acot: [`(x) AS pi() / 2 - atan(CAST(x AS DOUBLE))`],
  bq_acoth: ['(x) AS atanh(1 / CAST(x AS DOUBLE))'],
  bq_acsc: ['(x) AS asin(1 / CAST(x AS DOUBLE))'],
  bq_acsch: ['(x) AS asinh(1 / CAST(x AS DOUBLE))'],
  bq_asec: ['(x) AS acos(1 / CAST(x AS DOUBLE))'],
  bq_asech: ['(x) AS acosh(1 / CAST(x AS DOUBLE))'],
  bq_atan2: ['(y, x) AS atan2(CAST(y AS DOUBLE), CAST(x AS DOUBLE))'],
  bq_cot: ['(x) AS cot(CAST(x AS DOUBLE))'],
  bq_coth: ['(x) AS 1 / tanh(CAST(x AS DOUBLE))'],
  bq_sec: ['(x) AS 1 / cos(CAST(x AS DOUBLE))'],
  bq_sech: ['(x) AS 1 / cosh(CAST(x AS DOUBLE))'],
  bq_csc: ['(x) AS 1 / sin(CAST(x AS DOUBLE))'],
  bq_csch: ['(x) AS 1 / sinh(CAST(x AS DOUBLE))'],
  bq_sign: [
    '(x BIGINT) AS CAST(sign(x) AS BIGINT)',
    '(x DECIMAL(38,9)) AS CAST(sign(x) AS DECIMAL(38,9))',
    '(x DOUBLE) AS CASE WHEN isnan(x) THEN x ELSE CAST(sign(x) AS DOUBLE) END',
  ],
  bq_is_nan: ['(x) AS isnan(CAST(x AS DOUBLE))'],
  bq_is_inf: ['(x) AS isinf(CAST(x AS DOUBLE))'],
  bq_round: [
    '(x BIGINT) AS CAST(x AS DOUBLE)',
    '(x DECIMAL(38,9)) AS CAST(round(x) AS DECIMAL(38,9))',
    '(x DOUBLE) AS round(x)',
    '(x BIGINT, digits) AS round(CAST(x AS DOUBLE), digits)',
    '(x DECIMAL(38,9), digits) AS CAST(round(x, digits) AS DECIMAL(38,9))',
    `(x DECIMAL(38,9), digits, mode) AS CASE mode
      WHEN 'ROUND_HALF_EVEN' THEN CAST(round_even(x, digits) AS DECIMAL(38,9))
      WHEN 'ROUND_HALF_AWAY_FROM_ZERO' THEN CAST(round(x, digits) AS DECIMAL(38,9))
      ELSE bq_raise('Invalid rounding mode: ' || mode) END`,
    '(x DOUBLE, digits) AS CASE WHEN digits < 0 THEN round(x / pow(10e0, -digits)) * pow(10e0, -digits) ELSE round(x, digits) END',
  ],
  bq_trunc: [
    '(x DECIMAL(38,9)) AS CAST(trunc(x) AS DECIMAL(38,9))',
    '(x DOUBLE) AS trunc(x)',
    '(x DECIMAL(38,9), digits) AS CAST(trunc(x * pow(10, digits)) / pow(10, digits) AS DECIMAL(38,9))',
    '(x DOUBLE, digits) AS trunc(x * pow(10e0, digits)) / pow(10e0, digits)',
  ],
  bq_ceil: ['(x DECIMAL(38,9)) AS CAST(ceil(x) AS DECIMAL(38,9))', '(x DOUBLE) AS ceil(x)'],
  bq_floor: ['(x DECIMAL(38,9)) AS CAST(floor(x) AS DECIMAL(38,9))', '(x DOUBLE) AS floor(x)'],
  bq_rand: ['() AS random()'],
  bq_range_bucket: [
    '(point, bounds) AS CASE WHEN point IS NOT NULL THEN CAST(len(list_filter(bounds, b -> b <= point)) AS BIGINT) END',
  ],
  bq_bit_count: [
    '(x BIGINT) AS CAST(bit_count(x) AS BIGINT)',
    "(x BLOB) AS CAST(len(replace(CAST(CAST(x AS BIT) AS VARCHAR), '0', '')) AS BIGINT)",
  ],
  bq_iserror: ['(x) AS TRY([x]) IS NULL'],
  bq_nulliferror: ['(x) AS TRY(x)'],
  bq_zeroifnull: ['(x) AS COALESCE(x, 0)'],
  bq_nullifzero: ['(x) AS NULLIF(x, 0)'],
};
