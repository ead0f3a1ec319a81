// FORMAT(): printf in GoogleSQL's dialect.
import { blobBytes, prettyJson, printed } from './render.ts';
import { canonical, nodeText } from './typed-value.ts';
import type { TypedValue } from './typed-value.ts';

const SPEC = /%([-+ #0']*)(\*|\d+)?(?:\.(\*|\d+)?)?([a-zA-Z%])/g;

export function formatText(format: string, args: readonly TypedValue[]): string | null {
  let next = 0;
  let isNull = false;
  const take = (): TypedValue => {
    const value = args[next++];
    if (!value) throw new Error(`Too few arguments to FORMAT for pattern "${format}"`);
    return value;
  };
  const count = (): number => Number(nodeText(take().value));
  const result = format.replace(
    SPEC,
    (spec, flags: string, width: string | undefined, precision: string | undefined, kind: string) => {
      if (kind === '%') return '%';
      if (!'dioxXfFeEgGsTtpP'.includes(kind)) throw new Error(`Invalid FORMAT specifier character "${kind}"`);
      const wide = width === '*' ? count() : Number(width ?? 0);
      const given = precision === '*' ? count() : precision;
      const precise = given === undefined ? (spec.includes('.') ? 0 : undefined) : Number(given);
      const value = take();
      if (value.absent && !/[tT]/.test(kind)) {
        isNull = true;
        return '';
      }
      const zeros = /[a-zF]/i.test(kind) && !/[sStTpP]/.test(kind);
      return fill(convert(value, kind, flags, precise, next), zeros ? flags : flags.replace('0', ''), wide);
    },
  );
  if (next < args.length) throw new Error(`Too many arguments to FORMAT for pattern "${format}"`);
  return isNull ? null : result;
}

function convert(
  typed: TypedValue,
  kind: string,
  flags: string,
  precision: number | undefined,
  position: number,
): string {
  const { type, value } = typed;
  const name = type.kind === 'scalar' ? type.name : type.kind;
  const want = (pattern: RegExp, expected: string) => {
    if (!pattern.test(name) && name !== 'NULL')
      throw new Error(`Invalid type for argument ${position + 1} to FORMAT; Expected ${expected}`);
  };
  const cut = (shown: string) => (precision === undefined ? shown : [...shown].slice(0, precision).join(''));
  switch (kind) {
    case 'd':
    case 'i':
      want(/INT$|^INTEGER$|^DECIMAL$/, 'integer');
      return signed(group(nodeText(value).replace(/\.0*$/, ''), flags), flags);
    case 'o':
    case 'x':
    case 'X': {
      want(/INT$|^INTEGER$/, 'integer');
      const big = BigInt(nodeText(value));
      const digits = (big < 0n ? -big : big).toString(kind === 'o' ? 8 : 16);
      const prefix = flags.includes('#') ? (kind === 'o' ? '0' : `0${kind}`) : '';
      return (big < 0n ? '-' : '') + prefix + (kind === 'X' ? digits.toUpperCase() : digits);
    }
    case 's':
      want(/^(VARCHAR|BLOB)$/, 'string');
      return cut(name === 'BLOB' ? blobBytes(nodeText(value)).toString('utf8') : nodeText(value));
    case 't':
    case 'T':
      return cut(printed(typed, kind === 'T'));
    case 'p':
    case 'P':
      want(/^JSON$/, 'JSON');
      return kind === 'p' ? canonical(value) : prettyJson(value);
    default:
      want(/INT$|^INTEGER$|^DECIMAL$|^DOUBLE$|^FLOAT$/, 'floating point');
      return signed(group(float(nodeText(value), kind, precision ?? 6, flags), flags), flags);
  }
}

function float(number: string, kind: string, precision: number, flags: string): string {
  const upper = kind === kind.toUpperCase();
  const value = Number(number);
  if (!Number.isFinite(value)) {
    const name = Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
    return upper ? name.toUpperCase() : name;
  }
  const shown = /[fF]/.test(kind)
    ? fixed(number, precision)
    : /[eE]/.test(kind)
      ? exponential(value, precision)
      : general(value, precision || 1, flags.includes('#'));
  return upper ? shown.toUpperCase() : shown;
}

const exponential = (value: number, precision: number) =>
  value.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2');

/** As C's `%g`: the shorter of `%e` and `%f`, without zeros at the end. */
function general(value: number, precision: number, zeros: boolean): string {
  const exponent = Number(value.toExponential(precision - 1).split('e')[1]);
  const short = exponent < -4 || exponent >= precision;
  const shown = short ? exponential(value, precision - 1) : value.toFixed(precision - 1 - exponent);
  return zeros ? shown : shown.replace(/(\.\d*?)0+(e|$)/, '$1$2').replace(/\.(e|$)/, '$1');
}

/** A decimal is rounded half away from zero; FLOAT64 by its exact value. */
function fixed(number: string, precision: number): string {
  const decimal = /^(-?)(\d+)\.(\d{9}|\d{18})$/.exec(number);
  if (!decimal) return Number(number).toFixed(precision);
  const [, sign, whole, fraction] = decimal as unknown as [string, string, string, string];
  if (precision >= fraction.length) return `${number}${'0'.repeat(precision - fraction.length)}`;
  const kept = BigInt(whole + fraction.slice(0, precision)) + (fraction[precision]! >= '5' ? 1n : 0n);
  const digits = String(kept).padStart(precision + 1, '0');
  return precision === 0
    ? `${sign}${digits}`
    : `${sign}${digits.slice(0, -precision)}.${digits.slice(-precision)}`;
}

const group = (digits: string, flags: string) =>
  flags.includes("'") ? digits.replace(/^-?\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ',')) : digits;

function signed(shown: string, flags: string): string {
  if (shown.startsWith('-')) return shown;
  if (flags.includes('+')) return `+${shown}`;
  return flags.includes(' ') ? ` ${shown}` : shown;
}

function fill(shown: string, flags: string, width: number): string {
  if (flags.includes('-')) return shown.padEnd(width);
  if (!flags.includes('0')) return shown.padStart(width);
  const sign = /^[-+ ]/.exec(shown)?.[0] ?? '';
  return sign + shown.slice(sign.length).padStart(width - sign.length, '0');
}
