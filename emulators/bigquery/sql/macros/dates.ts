// Dates, times and time zones. TIMESTAMP is TIMESTAMPTZ, DATETIME is TIMESTAMP; the session's zone is UTC.
// Date parts come as strings: `'DAY'`, `'WEEK(MONDAY)'`.
import type { Macros } from './index.ts';

/** DuckDB wants zone offsets in the POSIX sense for none of this, so fixed offsets are computed. */
const OFFSET = `'^(UTC)?[+-][0-9]{1,2}(:[0-9]{2})?$'`;
const offsetInterval = (zone: string) =>
  `to_minutes(CAST((CASE WHEN contains(${zone}, '-') THEN -1 ELSE 1 END)
    * (CAST(regexp_extract(${zone}, '[+-]([0-9]{1,2})', 1) AS INTEGER) * 60
    + COALESCE(TRY_CAST(regexp_extract(${zone}, ':([0-9]{2})', 1) AS INTEGER), 0)) AS BIGINT))`;

const WEEKDAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];

/** How many days a week's start lies after Monday, by date part. */
const weekShift = (part: string) =>
  `CASE ${part} WHEN 'WEEK' THEN 6 WHEN 'ISOWEEK' THEN 0 ${WEEKDAYS.map(
    (day, i) => `WHEN 'WEEK(${day})' THEN ${(i + 6) % 7}`,
  ).join(' ')} END`;

/** Truncates a DATE or TIMESTAMP expression. */
const truncate = (x: string, part: string) =>
  `CASE WHEN ${part} LIKE '%WEEK%' THEN
      date_trunc('week', ${x} - to_days(CAST(${weekShift(part)} AS INTEGER))) + to_days(CAST(${weekShift(part)} AS INTEGER))
    WHEN ${part} = 'ISOYEAR' THEN date_trunc('week', date_trunc('week', ${x}) + to_days(3)
      - to_days(CAST(dayofyear(date_trunc('week', ${x}) + to_days(3)) - 4 AS INTEGER)))
    ELSE date_trunc(CASE WHEN ${part} LIKE '%WEEK%' OR ${part} = 'ISOYEAR' THEN 'day' ELSE ${part} END, ${x}) END`;

/** Boundaries of `part` between two DATEs or TIMESTAMPs, b to a. */
const difference = (a: string, b: string, part: string) =>
  `CASE WHEN ${part} LIKE '%WEEK%' THEN
      date_diff('day', ${truncate(b, part)}, ${truncate(a, part)}) // 7
    WHEN ${part} = 'ISOYEAR' THEN isoyear(${a}) - isoyear(${b})
    ELSE date_diff(CASE WHEN ${part} LIKE '%WEEK%' OR ${part} = 'ISOYEAR' THEN 'day' ELSE ${part} END, ${b}, ${a}) END`;

/** Whole units of elapsed time between two points in time, as TIMESTAMP_DIFF and TIME_DIFF count. */
const elapsed = (a: string, b: string, part: string) =>
  `CAST(CASE ${part} WHEN 'MICROSECOND' THEN epoch_us(${a}) - epoch_us(${b})
    WHEN 'MILLISECOND' THEN (epoch_us(${a}) - epoch_us(${b})) // 1000
    WHEN 'SECOND' THEN (epoch_us(${a}) - epoch_us(${b})) // 1000000
    WHEN 'MINUTE' THEN (epoch_us(${a}) - epoch_us(${b})) // 60000000
    WHEN 'HOUR' THEN (epoch_us(${a}) - epoch_us(${b})) // 3600000000
    WHEN 'DAY' THEN (epoch_us(${a}) - epoch_us(${b})) // 86400000000
    ELSE bq_raise('TIMESTAMP_DIFF does not support the ' || ${part} || ' date part') END AS BIGINT)`;

/** A point of time as microseconds of the wall clock it shows. */
const micros = (x: string) => `epoch_us(CAST(${x} AS TIMESTAMP))`;

/** `//` rounds towards zero. */
const floorDivide = (x: string, by: number) =>
  `CAST((${x} - ((${x} % ${by}) + ${by}) % ${by}) // ${by} AS BIGINT)`;

/** Milliseconds and microseconds are those of the second. */
const clockField = `CAST(CASE part WHEN 'MICROSECOND' THEN date_part('microsecond', x) % 1000000
  WHEN 'MILLISECOND' THEN date_part('millisecond', x) % 1000 ELSE date_part(part, x) END AS BIGINT)`;

const series = (type: string, step: string) =>
  `CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN list_transform(
    generate_series(CAST(a AS ${type === 'DATE' ? 'TIMESTAMP' : type}), CAST(b AS ${type === 'DATE' ? 'TIMESTAMP' : type}), ${step}), d -> CAST(d AS ${type})) END`;

const MONTHS = "CAST(date_part('year', x) * 12 + date_part('month', x) AS BIGINT)";
const DAYS = "CAST(date_part('day', x) AS BIGINT)";
const MICROS = `CAST(date_part('hour', x) * 3600000000 + date_part('minute', x) * 60000000 + date_part('microsecond', x) AS BIGINT)`;

const inRange = (x: string) =>
  `CASE WHEN ${x} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN ${x}
    WHEN x IS NOT NULL AND i IS NOT NULL THEN DATE '1970-01-01' + CAST(bq_raise('Date is out of supported range') AS INTEGER) END`;

/** A TIMESTAMP has no months to add. */
const withoutMonths = (name: string) =>
  `CASE WHEN date_part('month', i) <> 0 OR date_part('year', i) <> 0
    THEN to_days(CAST(bq_raise('${name} does not support the MONTH, QUARTER and YEAR date parts') AS INTEGER)) ELSE i END`;

const parsed = (f: string, x: string) => `make_timestamp(bq_js_parse_wall(${f}, ${x}))`;

const ZONES = {
  /** Wall clock of a TIMESTAMP in a zone. */
  bq_wall: [
    `(x TIMESTAMPTZ, zone) AS CASE WHEN regexp_matches(zone, ${OFFSET})
      THEN (x AT TIME ZONE 'UTC') + ${offsetInterval('zone')}
      ELSE x AT TIME ZONE (CASE WHEN regexp_matches(zone, ${OFFSET}) THEN 'UTC' ELSE zone END) END`,
  ],
  /** TIMESTAMP of a wall clock in a zone. */
  bq_unwall: [
    `(x TIMESTAMP, zone) AS CASE WHEN regexp_matches(zone, ${OFFSET})
      THEN (x - ${offsetInterval('zone')}) AT TIME ZONE 'UTC'
      ELSE x AT TIME ZONE (CASE WHEN regexp_matches(zone, ${OFFSET}) THEN 'UTC' ELSE zone END) END`,
  ],
};

export const DATES: Macros = {
  ...ZONES,
  bq_date: [
    '(x DATE) AS x',
    `(x VARCHAR) AS CAST(x AS DATE)`,
    `(x TIMESTAMP) AS CAST(x AS DATE)`,
    `(x TIMESTAMPTZ) AS CAST(bq_wall(x, 'UTC') AS DATE)`,
    `(x TIMESTAMPTZ, zone VARCHAR) AS CAST(bq_wall(x, zone) AS DATE)`,
    '(y BIGINT, m BIGINT, d BIGINT) AS make_date(y, m, d)',
  ],
  bq_datetime: [
    '(x TIMESTAMP) AS x',
    '(x DATE) AS CAST(x AS TIMESTAMP)',
    '(x VARCHAR) AS CAST(x AS TIMESTAMP)',
    `(x TIMESTAMPTZ) AS bq_wall(x, 'UTC')`,
    '(x DATE, t TIME) AS x + t',
    '(x TIMESTAMPTZ, zone VARCHAR) AS bq_wall(x, zone)',
    '(y, m, d, h, i, s) AS make_timestamp(y, m, d, h, i, CAST(s AS DOUBLE))',
  ],
  bq_time: [
    `(x TIMESTAMPTZ) AS CAST(bq_wall(x, 'UTC') AS TIME)`,
    '(x TIMESTAMP) AS CAST(x AS TIME)',
    '(x TIMESTAMPTZ, zone VARCHAR) AS CAST(bq_wall(x, zone) AS TIME)',
    '(h BIGINT, i BIGINT, s BIGINT) AS make_time(h, i, CAST(s AS DOUBLE))',
  ],
  bq_timestamp: [
    '(x TIMESTAMPTZ) AS x',
    `(x VARCHAR) AS CASE WHEN regexp_matches(x, ' [A-Za-z]+(/[A-Za-z_]+)+$')
      THEN bq_unwall(CAST(regexp_replace(x, ' [A-Za-z_/]+$', '') AS TIMESTAMP), regexp_extract(x, ' ([A-Za-z_/]+)$', 1))
      ELSE CAST(regexp_replace(regexp_replace(x, ' ?([+-][0-9]{1,2}(:[0-9]{2})?)$', '\\1'), '([0-9]{2}:[0-9]{2}.*[+-])([0-9])(:[0-9]{2})?$', '\\10\\2\\3') AS TIMESTAMPTZ) END`,
    `(x DATE) AS CAST(x AS TIMESTAMP) AT TIME ZONE 'UTC'`,
    `(x TIMESTAMP) AS x AT TIME ZONE 'UTC'`,
    `(x VARCHAR, zone VARCHAR) AS bq_unwall(CAST(x AS TIMESTAMP), zone)`,
    `(x DATE, zone VARCHAR) AS bq_unwall(CAST(x AS TIMESTAMP), zone)`,
    `(x TIMESTAMP, zone VARCHAR) AS bq_unwall(x, zone)`,
  ],
  bq_date_trunc: [
    `(x VARCHAR, part) AS CAST(${truncate('CAST(x AS DATE)', 'part')} AS DATE)`,
    `(x DATE, part) AS CAST(${truncate('x', 'part')} AS DATE)`,
    `(x TIMESTAMPTZ, part) AS bq_unwall(${truncate("bq_wall(x, 'UTC')", 'part')}, 'UTC')`,
    `(x TIMESTAMP, part) AS ${truncate('x', 'part')}`,
  ],
  bq_datetime_trunc: [`(x, part) AS ${truncate('CAST(x AS TIMESTAMP)', 'part')}`],
  bq_timestamp_trunc: [
    `(x VARCHAR, part) AS bq_unwall(${truncate("bq_wall(bq_timestamp(x), 'UTC')", 'part')}, 'UTC')`,
    `(x VARCHAR, part, zone) AS bq_unwall(${truncate('bq_wall(bq_timestamp(x), zone)', 'part')}, zone)`,
    `(x TIMESTAMP, part) AS ${truncate('x', 'part')}`,
    `(x TIMESTAMPTZ, part) AS bq_unwall(${truncate("bq_wall(x, 'UTC')", 'part')}, 'UTC')`,
    `(x TIMESTAMPTZ, part, zone) AS bq_unwall(${truncate('bq_wall(x, zone)', 'part')}, zone)`,
  ],
  bq_time_trunc: [`(x, part) AS CAST(date_trunc(part, DATE '2000-01-01' + x) AS TIME)`],
  bq_date_diff: [
    `(a VARCHAR, b VARCHAR, part) AS CAST(${difference('CAST(a AS DATE)', 'CAST(b AS DATE)', 'part')} AS BIGINT)`,
    `(a DATE, b DATE, part) AS CAST(${difference('a', 'b', 'part')} AS BIGINT)`,
    `(a TIMESTAMPTZ, b TIMESTAMPTZ, part) AS ${elapsed('a', 'b', 'part')}`,
    `(a TIMESTAMP, b TIMESTAMP, part) AS CAST(${difference('a', 'b', 'part')} AS BIGINT)`,
  ],
  bq_datetime_diff: [
    `(a, b, part) AS CAST(${difference('CAST(a AS TIMESTAMP)', 'CAST(b AS TIMESTAMP)', 'part')} AS BIGINT)`,
  ],
  bq_timestamp_diff: [
    `(a, b, part) AS ${elapsed('CAST(a AS TIMESTAMPTZ)', 'CAST(b AS TIMESTAMPTZ)', 'part')}`,
  ],
  bq_time_diff: [
    `(a, b, part) AS CAST(${difference("(DATE '2000-01-01' + a)", "(DATE '2000-01-01' + b)", 'part')} AS BIGINT)`,
  ],
  bq_date_add: [
    `(x VARCHAR, i) AS ${inRange('CAST(CAST(x AS DATE) + i AS DATE)')}`,
    `(x DATE, i) AS ${inRange('CAST(x + i AS DATE)')}`,
    '(x TIMESTAMPTZ, i) AS x + i',
    '(x TIMESTAMP, i) AS x + i',
  ],
  bq_date_sub: [
    `(x VARCHAR, i) AS ${inRange('CAST(CAST(x AS DATE) - i AS DATE)')}`,
    `(x DATE, i) AS ${inRange('CAST(x - i AS DATE)')}`,
    '(x TIMESTAMPTZ, i) AS x - i',
    '(x TIMESTAMP, i) AS x - i',
  ],
  bq_datetime_add: ['(x, i) AS CAST(x AS TIMESTAMP) + i'],
  bq_datetime_sub: ['(x, i) AS CAST(x AS TIMESTAMP) - i'],
  bq_timestamp_add: [`(x, i) AS CAST(x AS TIMESTAMPTZ) + ${withoutMonths('TIMESTAMP_ADD')}`],
  bq_timestamp_sub: [`(x, i) AS CAST(x AS TIMESTAMPTZ) - ${withoutMonths('TIMESTAMP_SUB')}`],
  bq_time_add: ['(x, i) AS x + i'],
  bq_time_sub: ['(x, i) AS x - i'],
  bq_last_day: [
    '(x) AS last_day(CAST(x AS DATE))',
    `(x, part) AS CAST(CASE WHEN part LIKE '%WEEK%' THEN ${truncate('CAST(x AS DATE)', 'part')} + to_days(6)
      WHEN part = 'ISOYEAR' THEN CAST(${truncate('(CAST(x AS DATE) + to_days(CAST(4 - isodow(CAST(x AS DATE)) AS INTEGER)) + to_years(1))', 'part')} AS DATE) - 1
      WHEN part = 'MONTH' THEN last_day(CAST(x AS DATE))
      ELSE date_trunc(CASE part WHEN 'QUARTER' THEN 'quarter' ELSE 'year' END, CAST(x AS DATE))
        + to_months(CASE part WHEN 'QUARTER' THEN 3 ELSE 12 END) - to_days(1) END AS DATE)`,
  ],
  bq_format_date: [`(f, x) AS bq_js_format_time(f, ${micros('x')}, 0, 'UTC')`],
  bq_format_datetime: [`(f, x) AS bq_js_format_time(f, ${micros('x')}, 0, 'UTC')`],
  bq_format_time: [`(f, x) AS bq_js_format_time(f, ${micros("DATE '1970-01-01' + x")}, 0, 'UTC')`],
  bq_format_timestamp: [
    `(f, x) AS bq_js_format_time(f, epoch_us(CAST(x AS TIMESTAMPTZ)), 0, 'UTC')`,
    `(f, x, zone) AS bq_js_format_time(f, epoch_us(bq_wall(CAST(x AS TIMESTAMPTZ), zone)),
      (epoch_us(bq_wall(CAST(x AS TIMESTAMPTZ), zone)) - epoch_us(CAST(x AS TIMESTAMPTZ))) // 60000000, zone)`,
  ],
  bq_parse_date: [`(f, x) AS CAST(${parsed('f', 'x')} AS DATE)`],
  bq_parse_datetime: [`(f, x) AS ${parsed('f', 'x')}`],
  bq_parse_time: [`(f, x) AS CAST(${parsed('f', 'x')} AS TIME)`],
  bq_parse_timestamp: [
    `(f, x) AS (${parsed('f', 'x')} - to_minutes(COALESCE(bq_js_parse_offset(f, x), 0))) AT TIME ZONE 'UTC'`,
    `(f, x, zone) AS CASE WHEN bq_js_parse_offset(f, x) IS NULL THEN bq_unwall(${parsed('f', 'x')}, zone)
      ELSE (${parsed('f', 'x')} - to_minutes(bq_js_parse_offset(f, x))) AT TIME ZONE 'UTC' END`,
  ],
  bq_timestamp_from_unix_seconds: ['(x) AS to_timestamp(CAST(x AS BIGINT))'],
  bq_timestamp_from_unix_millis: [`(x) AS make_timestamp(CAST(x AS BIGINT) * 1000) AT TIME ZONE 'UTC'`],
  bq_timestamp_from_unix_micros: [`(x) AS make_timestamp(CAST(x AS BIGINT)) AT TIME ZONE 'UTC'`],
  bq_timestamp_seconds: ['(x) AS to_timestamp(CAST(x AS BIGINT))'],
  bq_timestamp_millis: [`(x) AS make_timestamp(CAST(x AS BIGINT) * 1000) AT TIME ZONE 'UTC'`],
  bq_timestamp_micros: [`(x) AS make_timestamp(CAST(x AS BIGINT)) AT TIME ZONE 'UTC'`],
  bq_unix_seconds: [`(x) AS ${floorDivide('epoch_us(CAST(x AS TIMESTAMPTZ))', 1_000_000)}`],
  bq_unix_millis: [`(x) AS ${floorDivide('epoch_us(CAST(x AS TIMESTAMPTZ))', 1000)}`],
  bq_unix_micros: ['(x) AS epoch_us(CAST(x AS TIMESTAMPTZ))'],
  bq_unix_date: [`(x) AS CAST(date_diff('day', DATE '1970-01-01', x) AS BIGINT)`],
  bq_date_from_unix_date: [`(x) AS DATE '1970-01-01' + CAST(x AS INTEGER)`],
  bq_date_field: [
    `(part, x DATE, zone) AS ${extract('x')}`,
    `(part, x TIMESTAMPTZ, zone) AS ${extract('bq_wall(x, zone)')}`,
    `(part, x TIMESTAMP, zone) AS ${extract('x')}`,
    `(part, x TIME, zone) AS ${clockField}`,
    `(part, x INTERVAL, zone) AS ${clockField}`,
  ],
  bq_generate_date_array: [
    `(a, b) AS ${series('DATE', 'INTERVAL 1 DAY')}`,
    `(a, b, step) AS ${series('DATE', 'step')}`,
  ],
  bq_justify_hours: [
    `(x) AS bq_interval(${MONTHS}, ${DAYS} + ${MICROS} // 86400000000, ${MICROS} % 86400000000)`,
  ],
  bq_justify_days: [`(x) AS bq_interval(${MONTHS} + ${DAYS} // 30, ${DAYS} % 30, ${MICROS})`],
  bq_justify_interval: ['(x) AS bq_justify_days(bq_justify_hours(x))'],
  bq_string: [
    `(x TIMESTAMPTZ) AS bq_to_string(x)`,
    `(x DATE) AS CAST(x AS VARCHAR)`,
    `(x TIMESTAMP) AS bq_to_string(x)`,
    `(x TIME) AS bq_to_string(x)`,
    `(x VARCHAR) AS CASE json_type(CAST(x AS JSON)) WHEN 'VARCHAR' THEN json_extract_string(CAST(x AS JSON), '$')
      ELSE CAST(bq_raise('The provided JSON input is not a string') AS VARCHAR) END`,
    `(x TIMESTAMPTZ, zone VARCHAR) AS bq_to_string(bq_wall(x, zone)) || regexp_replace(bq_format_timestamp('%Ez', x, zone), ':00$', '')`,
  ],
  bq_date_bucket: [
    `(x, width) AS CAST(time_bucket(width, CAST(x AS DATE), DATE '1950-01-01') AS DATE)`,
    `(x, width, origin) AS CAST(time_bucket(width, CAST(x AS DATE), CAST(origin AS DATE)) AS DATE)`,
  ],
  bq_timestamp_bucket: [
    `(x, width) AS time_bucket(width, CAST(x AS TIMESTAMPTZ), TIMESTAMPTZ '1950-01-01 00:00:00+00')`,
    `(x, width, origin) AS time_bucket(width, CAST(x AS TIMESTAMPTZ), CAST(origin AS TIMESTAMPTZ))`,
  ],
  bq_datetime_bucket: [
    `(x, width) AS time_bucket(width, CAST(x AS TIMESTAMP), TIMESTAMP '1950-01-01')`,
    `(x, width, origin) AS time_bucket(width, CAST(x AS TIMESTAMP), CAST(origin AS TIMESTAMP))`,
  ],
  bq_generate_timestamp_array: [`(a, b, step) AS ${series('TIMESTAMPTZ', 'step')}`],
};

function extract(x: string): string {
  return `CAST(CASE part
    WHEN 'DAYOFWEEK' THEN dayofweek(${x}) + 1
    WHEN 'WEEK' THEN (dayofyear(${x}) + 6 - dayofweek(${x})) // 7
    ${WEEKDAYS.map((day, i) => `WHEN 'WEEK(${day})' THEN (dayofyear(${x}) + 6 - (dayofweek(${x}) + ${7 - i}) % 7) // 7`).join('\n    ')}
    WHEN 'ISOWEEK' THEN week(${x})
    WHEN 'ISOYEAR' THEN isoyear(${x})
    WHEN 'MICROSECOND' THEN microsecond(${x}) % 1000000
    WHEN 'MILLISECOND' THEN millisecond(${x}) % 1000
    ELSE date_part(CASE WHEN part LIKE '%WEEK%' OR part = 'ISOYEAR' THEN 'year' ELSE part END, ${x})
    END AS BIGINT)`;
}
