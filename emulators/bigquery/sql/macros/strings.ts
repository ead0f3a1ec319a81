// String and bytes functions. Positions count from 1, negative ones from the end.
import type { Macros } from './index.ts';

/** The pattern with a group to extract: its own first one, else the whole match. */
const GROUPED = `(CASE WHEN regexp_matches(pattern, '(^|[^\\\\])\\((\\?P<|[^?])') THEN pattern ELSE '(' || pattern || ')' END)`;

export const STRINGS: Macros = {
  bq_concat: [
    '(a BLOB, b BLOB) AS a || b',
    '(a VARCHAR, b VARCHAR) AS CAST(a AS VARCHAR) || CAST(b AS VARCHAR)',
  ],
  bq_length: ['(x VARCHAR) AS CAST(length(x) AS BIGINT)', '(x BLOB) AS CAST(octet_length(x) AS BIGINT)'],
  bq_byte_length: ['(x VARCHAR) AS CAST(strlen(x) AS BIGINT)', '(x BLOB) AS CAST(octet_length(x) AS BIGINT)'],
  bq_octet_length: [
    '(x VARCHAR) AS CAST(strlen(x) AS BIGINT)',
    '(x BLOB) AS CAST(octet_length(x) AS BIGINT)',
  ],
  bq_substr: [
    `(x, start) AS CASE WHEN start < -length(x) THEN x WHEN start = 0 THEN x ELSE substring(x, start) END`,
    `(x, start, size) AS CASE WHEN size < 0 THEN CAST(bq_raise('Third argument in SUBSTR() cannot be negative') AS VARCHAR)
      WHEN start < -length(x) OR start = 0 THEN substring(x, 1, size) ELSE substring(x, start, size) END`,
  ],
  bq_left: ['(x, n) AS "left"(x, n)'],
  bq_right: ['(x, n) AS "right"(x, n)'],
  bq_upper: ['(x) AS upper(x)'],
  bq_lower: ['(x) AS lower(x)'],
  bq_strpos: ['(x, y) AS CAST(strpos(x, y) AS BIGINT)'],
  bq_instr: [
    '(x, y) AS CAST(strpos(x, y) AS BIGINT)',
    '(x, y, start) AS bq_js_instr(x, y, CAST(start AS BIGINT), 1)',
    '(x, y, start, nth) AS bq_js_instr(x, y, CAST(start AS BIGINT), CAST(nth AS BIGINT))',
  ],
  bq_starts_with: ['(x, y) AS starts_with(x, y)'],
  bq_ends_with: ['(x, y) AS ends_with(x, y)'],
  bq_contains_substr: ['(x, y) AS contains(lower(CAST(x AS VARCHAR)), lower(y))'],
  bq_lpad: [
    `(x, n) AS CASE WHEN n <= length(x) THEN substring(x, 1, n) ELSE lpad(x, CAST(n AS INTEGER), ' ') END`,
    `(x, n, pad) AS lpad(x, CAST(n AS INTEGER), pad)`,
  ],
  bq_rpad: [`(x, n) AS rpad(x, CAST(n AS INTEGER), ' ')`, `(x, n, pad) AS rpad(x, CAST(n AS INTEGER), pad)`],
  bq_repeat: ['(x, n) AS repeat(x, n)'],
  bq_replace: [`(x, old, new) AS CASE WHEN old = '' THEN x ELSE replace(x, old, new) END`],
  bq_translate: ['(x, old, new) AS translate(x, old, new)'],
  bq_initcap: [
    `(x) AS list_aggregate(list_transform(string_split(x, ' '), w -> upper(w[1]) || lower(w[2:])), 'string_agg', ' ')`,
  ],
  bq_split: [
    `(x) AS CASE WHEN x = '' THEN [''] ELSE string_split(x, ',') END`,
    `(x, separator) AS string_split(x, separator)`,
  ],
  bq_regexp_contains: ['(x, pattern) AS regexp_matches(x, pattern)'],
  bq_regexp_extract: [
    `(x, pattern) AS CASE WHEN regexp_matches(x, pattern) THEN regexp_extract(x, ${GROUPED}, 1) END`,
    `(x, pattern, start) AS CASE WHEN regexp_matches(substring(x, start), pattern)
      THEN regexp_extract(substring(x, start), ${GROUPED}, 1) END`,
    `(x, pattern, start, occurrence) AS regexp_extract_all(substring(x, start), ${GROUPED}, 1)[occurrence]`,
  ],
  bq_regexp_extract_all: [`(x, pattern) AS regexp_extract_all(x, ${GROUPED}, 1)`],
  bq_regexp_replace: [`(x, pattern, new) AS regexp_replace(x, pattern, new, 'g')`],
  bq_regexp_instr: [
    `(x, pattern) AS CASE WHEN regexp_matches(x, pattern)
      THEN CAST(strpos(x, regexp_extract(x, pattern)) AS BIGINT) WHEN x IS NOT NULL AND pattern IS NOT NULL THEN 0 END`,
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
  bq_safe_convert_bytes_to_string: ['(x) AS COALESCE(TRY(decode(x)), CAST(x AS VARCHAR))'],
  bq_to_code_points: [`(x) AS list_transform(string_split(x, ''), c -> CAST(unicode(c) AS BIGINT))`],
  bq_code_points_to_string: [
    `(points) AS array_to_string(list_transform(points, p -> chr(CAST(p AS INTEGER))), '')`,
  ],
  bq_code_points_to_bytes: [
    `(points) AS unhex(array_to_string(list_transform(points, p -> printf('%02x', CAST(p AS INTEGER))), ''))`,
  ],
  bq_ascii: ['(x) AS CAST(ascii(x) AS BIGINT)'],
  bq_unicode: ['(x) AS CAST(unicode(x) AS BIGINT)'],
  bq_chr: ['(x) AS chr(CAST(x AS INTEGER))'],
  bq_normalize: ['(x) AS nfc_normalize(x)', '(x, mode) AS nfc_normalize(x)'],
  bq_normalize_and_casefold: ['(x) AS bq_js_casefold(x)', '(x, mode) AS bq_js_casefold(x)'],
  bq_reverse: ['(x) AS reverse(x)'],
  bq_trim: ['(x) AS trim(x)', '(x, chars) AS trim(x, chars)'],
  bq_ltrim: ['(x) AS ltrim(x)', '(x, chars) AS ltrim(x, chars)'],
  bq_rtrim: ['(x) AS rtrim(x)', '(x, chars) AS rtrim(x, chars)'],
  bq_edit_distance: ['(x, y) AS CAST(levenshtein(x, y) AS BIGINT)'],
};
