// Typed values as text: JSON as TO_JSON writes it, and what FORMAT prints for %t and %T.
import { canonical, floatText, isItems, isPairs, nodeText } from './typed-value.ts';
import type { Node, Type, TypedValue } from './typed-value.ts';

const INTEGERS = new Set(['BIGINT', 'INTEGER', 'SMALLINT', 'TINYINT', 'HUGEINT', 'UBIGINT', 'UINTEGER']);
const WIDE = 2n ** 53n;

export interface JsonOptions {
  /** Whether numbers that FLOAT64 cannot hold become strings. */
  readonly stringify: boolean;
  readonly pretty?: boolean;
}

/** DuckDB shows the bytes of a BLOB as they are, or as `\xFF`. */
export function blobBytes(text: string): Buffer {
  return Buffer.from(
    text.replace(/\\x([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

/** DuckDB leaves out the zeros of a fraction; BigQuery shows three or six digits. */
const fraction = (text: string) =>
  text.replace(/\.(\d{1,6})/, (_, digits: string) => `.${digits.padEnd(digits.length > 3 ? 6 : 3, '0')}`);

export const trimDecimal = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

/** `1 year 2 months 3 days 04:05:06.5` as `1-2 3 4:5:6.500`. */
export function intervalText(text: string): string {
  const unit = (name: string) => Number(new RegExp(`(-?\\d+) ${name}`).exec(text)?.[1] ?? 0);
  const months = unit('year') * 12 + unit('month');
  const [, sign = '', hours = '0', minutes = '0', seconds = '0', part = ''] =
    /(-?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?/.exec(text) ?? [];
  const clock = [hours, minutes, seconds].map(Number).join(':');
  const absolute = Math.abs(months);
  return fraction(
    `${months < 0 ? '-' : ''}${Math.floor(absolute / 12)}-${absolute % 12} ${unit('day')} ${sign}${clock}${part === '' ? '' : `.${part}`}`,
  );
}

const numberText = (value: Node): string =>
  typeof value === 'object' && value !== null && 'number' in value ? value.number : '';

export function toJson({ type, value }: TypedValue, options: JsonOptions, depth = 0): string {
  if (value === null) return 'null';
  const [open, between, close] = options.pretty
    ? [`\n${'  '.repeat(depth + 1)}`, `,\n${'  '.repeat(depth + 1)}`, `\n${'  '.repeat(depth)}`]
    : ['', ',', ''];
  if (type.kind === 'array') {
    const items = isItems(value) ? value.items : [];
    if (items.length === 0) return '[]';
    const texts = items.map((item) => toJson({ type: type.element, value: item }, options, depth + 1));
    return `[${open}${texts.join(between)}${close}]`;
  }
  if (type.kind === 'struct') {
    const pairs = isPairs(value) ? value.pairs : [];
    if (pairs.length === 0) return '{}';
    const texts = type.fields.map(
      ({ name, type: inner }, i) =>
        `${JSON.stringify(name)}:${options.pretty ? ' ' : ''}${toJson({ type: inner, value: pairs[i]?.[1] ?? null }, options, depth + 1)}`,
    );
    return `{${open}${texts.join(between)}${close}}`;
  }
  if (type.name === 'JSON') return options.pretty ? prettyJson(value, depth) : canonical(value);
  const number = numberText(value);
  if (INTEGERS.has(type.name)) {
    const big = BigInt(number);
    return options.stringify && (big > WIDE || big < -WIDE) ? `"${number}"` : number;
  }
  if (type.name === 'DOUBLE' || type.name === 'FLOAT')
    return /^-?\d/.test(number) ? floatText(Number(number)) : `"${number}"`;
  if (type.name === 'DECIMAL') {
    const text = trimDecimal(number);
    return options.stringify && trimDecimal(String(Number(text))) !== text ? `"${text}"` : text;
  }
  if (type.name === 'BLOB') return JSON.stringify(blobBytes(value as string).toString('base64'));
  if (typeof value === 'string') return JSON.stringify(temporal(type.name, value));
  return nodeText(value);
}

/** Dates and times in JSON are RFC 3339. */
function temporal(name: string, text: string): string {
  if (name === 'TIMESTAMP WITH TIME ZONE') return `${fraction(text).replace(' ', 'T').replace(/\+00$/, '')}Z`;
  if (name === 'TIMESTAMP') return fraction(text).replace(' ', 'T');
  if (name === 'TIME') return fraction(text);
  return name === 'INTERVAL' ? intervalText(text) : text;
}

export function prettyJson(value: Node, depth = 0): string {
  const [open, between, close] = [
    `\n${'  '.repeat(depth + 1)}`,
    `,\n${'  '.repeat(depth + 1)}`,
    `\n${'  '.repeat(depth)}`,
  ];
  if (isItems(value) && value.items.length > 0)
    return `[${open}${value.items.map((item) => prettyJson(item, depth + 1)).join(between)}${close}]`;
  if (isPairs(value) && value.pairs.length > 0) {
    const pairs = value.pairs.toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `{${open}${pairs.map(([key, inner]) => `${JSON.stringify(key)}: ${prettyJson(inner, depth + 1)}`).join(between)}${close}}`;
  }
  return canonical(value);
}

/** What `%t` prints, or with `literal` what `%T` does: an expression that has the value. */
export function printed({ type, value, absent }: TypedValue, literal: boolean): string {
  if (absent || (value === null && !(type.kind === 'scalar' && type.name === 'JSON'))) return 'NULL';
  if (type.kind === 'array') {
    const items = isItems(value) ? value.items : [];
    return `[${items.map((item) => printed({ type: type.element, value: item }, literal)).join(', ')}]`;
  }
  if (type.kind === 'struct') {
    const pairs = isPairs(value) ? value.pairs : [];
    const texts = type.fields.map(({ type: inner }, i) =>
      printed({ type: inner, value: pairs[i]?.[1] ?? null }, literal),
    );
    return `${literal && texts.length === 1 ? 'STRUCT' : ''}(${texts.join(', ')})`;
  }
  return scalar(type, value, literal);
}

const PREFIX: Readonly<Record<string, string>> = {
  DATE: 'DATE',
  TIMESTAMP: 'DATETIME',
  'TIMESTAMP WITH TIME ZONE': 'TIMESTAMP',
  TIME: 'TIME',
  DECIMAL: 'NUMERIC',
};

function scalar(type: Type & { readonly kind: 'scalar' }, value: Node, literal: boolean): string {
  const number = numberText(value);
  switch (type.name) {
    case 'JSON':
      return literal ? `JSON ${quoted(canonical(value))}` : canonical(value);
    case 'DOUBLE':
    case 'FLOAT':
      return double(number, literal);
    case 'VARCHAR':
      return literal ? quoted(value as string) : (value as string);
    case 'BLOB': {
      const text = [...blobBytes(value as string)].map((byte) =>
        byte < 32 || byte > 126 ? `\\x${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte),
      );
      return literal ? `b"${text.join('').replaceAll('"', '\\"')}"` : text.join('');
    }
    case 'INTERVAL': {
      const text = intervalText(value as string);
      return literal ? `INTERVAL "${text}" YEAR TO SECOND` : text;
    }
  }
  const prefix = PREFIX[type.name];
  const text = number === '' ? fraction(nodeText(value)) : trimDecimal(number);
  return literal && prefix ? `${prefix} "${text}"` : text;
}

function double(number: string, literal: boolean): string {
  if (/^-?\d/.test(number)) {
    const text = floatText(Number(number));
    return /^-?\d+$/.test(text) ? `${text}.0` : text;
  }
  const name = number === 'NaN' ? 'nan' : number.replace('Infinity', 'inf');
  return literal ? `CAST("${name}" AS FLOAT64)` : name;
}

function quoted(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  if (!text.includes('"')) return `"${escaped}"`;
  return text.includes("'") ? `"${escaped.replaceAll('"', '\\"')}"` : `'${escaped}'`;
}
