// String and bytes functions. Positions count from 1, negative ones from the end. Functions that take both
// are written for strings; for bytes they run on a string with one character (of Latin-1) for each byte.
import type { Macros } from './index.ts';

const raise = (message: string, type = 'VARCHAR') => `CAST(bq_raise(${message}) AS ${type})`;

/**
 * An overload for STRING and one for BYTES. `parameters` marks those of the type with `S`; `result` says
 * what comes out: `S` the same type, `S[]` an array of it, nothing another type.
 */
function both(parameters: string, body: string, result: 'S' | 'S[]' | '' = 'S'): string[] {
  const marked = [...parameters.matchAll(/(\w+) S\b/g)].map(([, name]) => name);
  const names = new RegExp(`'[^']*'|\\b(${marked.join('|')})\\b`, 'g');
  const inner = body.replace(names, (found) => (found.startsWith("'") ? found : `bq_js_latin1(${found})`));
  const bytes = {
    S: `bq_js_unlatin1(${inner})`,
    'S[]': `list_transform(${inner}, e -> bq_js_unlatin1(e))`,
    '': inner,
  }[result];
  return [
    `(${parameters.replace(/ S\b/g, ' VARCHAR')}) AS ${body}`,
    `(${parameters.replace(/ S\b/g, ' BLOB')}) AS ${bytes}`,
  ];
}

/** The pattern with a group to extract: its own first one, else the whole match. */
const GROUPED = `(CASE WHEN regexp_matches(pattern, '(^|[^\\\\])\\((\\?P?<|[^?])') THEN pattern ELSE '(' || pattern || ')' END)`;

const pad = (side: 'lpad' | 'rpad') => [
  ...both(
    'x S, n',
    `CASE WHEN n < 0 THEN ${raise(`'The second argument (output size) for ${side.toUpperCase()} cannot be negative'`)}
      ELSE ${side}(x, CAST(n AS INTEGER), ' ') END`,
  ),
  ...both(
    'x S, n, padding S',
    `CASE WHEN n < 0 THEN ${raise(`'The second argument (output size) for ${side.toUpperCase()} cannot be negative'`)}
      WHEN padding = '' THEN ${raise(`'The third argument (pad pattern) for ${side.toUpperCase()} cannot be empty'`)}
      ELSE ${side}(x, CAST(n AS INTEGER), padding) END`,
  ),
];

const end = (side: 'left' | 'right') =>
  both(
    'x S, n',
    `CASE WHEN n < 0 THEN ${raise(`'Second argument in ${side.toUpperCase()}() cannot be negative'`)} ELSE "${side}"(x, n) END`,
  );

const trim = (name: string) => [`(x VARCHAR) AS ${name}(x)`, ...both('x S, chars S', `${name}(x, chars)`)];

/** Upper and lower case of bytes is that of ASCII. */
const cased = (name: string, from: string, to: string) => [
  `(x VARCHAR) AS ${name}(x)`,
  `(x BLOB) AS bq_js_unlatin1(translate(bq_js_latin1(x), '${from}', '${to}'))`,
  // For DuckDB's error, which tells the type.
  `(x) AS ${name}(x)`,
];
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER = UPPER.toLowerCase();

/** Types that CONCAT turns into STRING. */
const OTHERS = ['BIGINT', 'DOUBLE', 'DECIMAL(38,9)', 'BOOLEAN', 'DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMPTZ'];

const size = ['(x VARCHAR) AS CAST(strlen(x) AS BIGINT)', '(x BLOB) AS CAST(octet_length(x) AS BIGINT)'];

export const STRINGS: Macros = {
  bq_concat: [
    '(a BLOB, b BLOB) AS CAST(a || b AS BLOB)',
    '(a VARCHAR, b VARCHAR) AS CAST(a || b AS VARCHAR)',
    ...OTHERS.flatMap((type) => [
      `(a VARCHAR, b ${type}) AS a || bq_to_string(b)`,
      `(a ${type}, b VARCHAR) AS bq_to_string(a) || b`,
    ]),
  ],
  bq_length: ['(x VARCHAR) AS CAST(length(x) AS BIGINT)', '(x BLOB) AS CAST(octet_length(x) AS BIGINT)'],
  bq_byte_length: size,
  bq_octet_length: size,
  bq_substr: [
    ...both(
      'x S, start',
      `CASE WHEN start < -length(x) THEN x WHEN start = 0 THEN x ELSE substring(x, start) END`,
    ),
    ...both(
      'x S, start, size',
      `CASE WHEN size < 0 THEN ${raise(`'Third argument in SUBSTR() cannot be negative'`)}
      WHEN start < -length(x) OR start = 0 THEN substring(x, 1, size) ELSE substring(x, start, size) END`,
    ),
  ],
  bq_left: end('left'),
  bq_right: end('right'),
  bq_upper: cased('upper', LOWER, UPPER),
  bq_lower: cased('lower', UPPER, LOWER),
  bq_strpos: both('x S, y S', 'CAST(strpos(x, y) AS BIGINT)', ''),
  bq_instr: [
    ...both('x S, y S', 'CAST(strpos(x, y) AS BIGINT)', ''),
    ...both('x S, y S, start', 'bq_js_instr(x, y, CAST(start AS BIGINT), 1)', ''),
    ...both('x S, y S, start, nth', 'bq_js_instr(x, y, CAST(start AS BIGINT), CAST(nth AS BIGINT))', ''),
  ],
  bq_starts_with: both('x S, y S', 'starts_with(x, y)', ''),
  bq_ends_with: both('x S, y S', 'ends_with(x, y)', ''),
  bq_lpad: pad('lpad'),
  bq_rpad: pad('rpad'),
  bq_repeat: both(
    'x S, n',
    `CASE WHEN n < 0 THEN ${raise(`'Second argument in REPEAT() cannot be negative'`)} ELSE repeat(x, n) END`,
  ),
  bq_replace: both('x S, old S, new S', `CASE WHEN old = '' THEN x ELSE replace(x, old, new) END`),
  bq_like: both('x S, pattern S', `x LIKE pattern ESCAPE '\\'`, ''),
  bq_translate: both('x S, old S, new S', 'translate(x, old, new)'),
  bq_initcap: [
    String.raw`(x) AS bq_js_initcap(x, ' [](){}/|<>!?@"^#$&~_,.:;*%+-' || chr(9) || chr(10) || chr(13) || chr(92))`,
    '(x, delimiters) AS bq_js_initcap(x, delimiters)',
  ],
  bq_soundex: ['(x) AS bq_js_soundex(x)'],
  bq_split: [
    `(x VARCHAR) AS CASE WHEN x = '' THEN [''] ELSE string_split(x, ',') END`,
    ...both('x S, separator S', 'string_split(x, separator)', 'S[]'),
  ],
  bq_regexp_contains: both('x S, pattern S', 'regexp_matches(x, pattern)', ''),
  bq_regexp_extract: [
    ...both(
      'x S, pattern S',
      `CASE WHEN regexp_matches(x, pattern) THEN regexp_extract(x, ${GROUPED}, 1) END`,
    ),
    ...both(
      'x S, pattern S, start',
      `CASE WHEN regexp_matches(substring(x, start), pattern)
      THEN regexp_extract(substring(x, start), ${GROUPED}, 1) END`,
    ),
    ...both(
      'x S, pattern S, start, occurrence',
      `regexp_extract_all(substring(x, start), ${GROUPED}, 1)[occurrence]`,
    ),
  ],
  bq_regexp_extract_all: both('x S, pattern S', `regexp_extract_all(x, ${GROUPED}, 1)`, 'S[]'),
  bq_regexp_replace: both('x S, pattern S, new S', `regexp_replace(x, pattern, new, 'g')`),
  bq_regexp_instr: [
    ...both('x S, pattern S', 'bq_js_regexp_instr(x, pattern, 1, 1, 0)', ''),
    ...both('x S, pattern S, start', 'bq_js_regexp_instr(x, pattern, start, 1, 0)', ''),
    ...both('x S, pattern S, start, nth', 'bq_js_regexp_instr(x, pattern, start, nth, 0)', ''),
    ...both('x S, pattern S, start, nth, after', 'bq_js_regexp_instr(x, pattern, start, nth, after)', ''),
  ],
  bq_to_hex: ['(x) AS lower(hex(x))'],
  bq_from_hex: ["(x) AS unhex(CASE WHEN length(x) % 2 = 1 THEN '0' || x ELSE x END)"],
  bq_to_base64: ['(x) AS to_base64(x)'],
  bq_from_base64: ['(x) AS from_base64(x)'],
  bq_to_base32: ['(x) AS bq_js_to_base32(x)'],
  bq_from_base32: ['(x) AS bq_js_from_base32(x)'],
  bq_sha512: ['(x VARCHAR) AS bq_js_sha512(encode(x))', '(x BLOB) AS bq_js_sha512(x)'],
  bq_farm_fingerprint: [
    '(x VARCHAR) AS bq_js_farm_fingerprint(encode(x))',
    '(x BLOB) AS bq_js_farm_fingerprint(x)',
  ],
  bq_md5: ['(x VARCHAR) AS unhex(md5(x))', '(x BLOB) AS unhex(md5(x))'],
  bq_sha1: ['(x VARCHAR) AS unhex(sha1(x))', '(x BLOB) AS unhex(sha1(x))'],
  bq_sha256: ['(x VARCHAR) AS unhex(sha256(x))', '(x BLOB) AS unhex(sha256(x))'],
  bq_safe_convert_bytes_to_string: ['(x) AS bq_js_utf8(x)'],
  bq_to_code_points: [
    `(x VARCHAR) AS CASE WHEN x = '' THEN CAST([] AS BIGINT[]) ELSE list_transform(string_split(x, ''), c -> CAST(unicode(c) AS BIGINT)) END`,
    `(x BLOB) AS CASE WHEN octet_length(x) = 0 THEN CAST([] AS BIGINT[]) ELSE list_transform(string_split(bq_js_latin1(x), ''), c -> CAST(unicode(c) AS BIGINT)) END`,
  ],
  bq_code_points_to_string: [
    `(points) AS CASE WHEN len(points) = list_count(points)
      THEN array_to_string(list_transform(points, p -> chr(CAST(p AS INTEGER))), '') END`,
  ],
  bq_code_points_to_bytes: [
    `(points) AS CASE WHEN len(points) = list_count(points)
      THEN unhex(array_to_string(list_transform(points, p -> printf('%02x', CAST(p AS INTEGER))), '')) END`,
  ],
  bq_ascii: ['(x) AS CAST(ascii(x) AS BIGINT)'],
  bq_unicode: [`(x) AS CASE WHEN x = '' THEN 0 ELSE CAST(unicode(x) AS BIGINT) END`],
  bq_chr: ['(x) AS chr(CAST(x AS INTEGER))'],
  bq_normalize: ['(x) AS nfc_normalize(x)', '(x, mode) AS bq_js_normalize(x, mode)'],
  bq_normalize_and_casefold: [`(x) AS bq_js_casefold(x, 'NFC')`, '(x, mode) AS bq_js_casefold(x, mode)'],
  bq_reverse: ['(x VARCHAR) AS reverse(x)', '(x BLOB) AS bq_js_unlatin1(reverse(bq_js_latin1(x)))'],
  bq_trim: trim('trim'),
  bq_ltrim: trim('ltrim'),
  bq_rtrim: trim('rtrim'),
  bq_edit_distance: [
    '(x, y, max_distance := NULL) AS CAST(COALESCE(least(levenshtein(x, y), max_distance), levenshtein(x, y)) AS BIGINT)',
  ],
};
