// FORMAT(): printf in GoogleSQL's dialect. Arguments arrive as text; `%t` and `%T` print them as they are.
import type { ScalarFunction } from './index.ts';

const SPEC = /%([-+ #0']*)(\*|\d+)?(?:\.(\*|\d+))?([diouxXfFeEgGsStTpP%])/g;

export function formatText(format: string, args: readonly (string | null)[]): string | null {
  let next = 0;
  let isNull = false;
  const take = (): string | null => {
    if (next >= args.length) throw new Error(`Too few arguments to FORMAT for pattern "${format}"`);
    return args[next++]!;
  };
  const text = format.replace(
    SPEC,
    (_, flags: string, width: string | undefined, precision: string | undefined, kind: string) => {
      if (kind === '%') return '%';
      const wide = width === '*' ? Number(take()) : Number(width ?? 0);
      const precise =
        precision === '*' ? Number(take()) : precision === undefined ? undefined : Number(precision);
      const value = take();
      if (value === null && !/[tT]/.test(kind)) isNull = true;
      return fill(convert(value, kind, flags, precise), flags, wide);
    },
  );
  if (next < args.length) throw new Error(`Too many arguments to FORMAT for pattern "${format}"`);
  return isNull ? null : text;
}

function convert(value: string | null, kind: string, flags: string, precision: number | undefined): string {
  if (value === null) return 'NULL';
  switch (kind) {
    case 'd':
    case 'i':
    case 'u':
      return signed(group(value, flags), flags);
    case 'o':
    case 'x':
    case 'X': {
      const big = BigInt(value);
      const digits = (big < 0n ? -big : big).toString(kind === 'o' ? 8 : 16);
      const prefix = flags.includes('#') && kind !== 'o' ? `0${kind}` : '';
      return (big < 0n ? '-' : '') + prefix + (kind === 'X' ? digits.toUpperCase() : digits);
    }
    case 'f':
    case 'F':
      return signed(group(Number(value).toFixed(precision ?? 6), flags), flags);
    case 'e':
    case 'E': {
      const text = Number(value)
        .toExponential(precision ?? 6)
        .replace(/e([+-])(\d)$/, 'e$10$2');
      return signed(kind === 'E' ? text.toUpperCase() : text, flags);
    }
    case 'g':
    case 'G':
      return signed(String(Number(Number(value).toPrecision(precision || 6))), flags);
    case 'T':
      return /^-?\d+(\.\d+)?$/.test(value) || /^(true|false)$/.test(value) ? value : JSON.stringify(value);
    default:
      return precision === undefined ? value : [...value].slice(0, precision).join('');
  }
}

const group = (digits: string, flags: string) =>
  flags.includes("'") ? digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',') : digits;

function signed(text: string, flags: string): string {
  if (text.startsWith('-')) return text;
  if (flags.includes('+')) return `+${text}`;
  return flags.includes(' ') ? ` ${text}` : text;
}

function fill(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0')) return text.padStart(width);
  const sign = /^[-+ ]/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}

export const FORMAT: readonly ScalarFunction[] = [
  {
    name: 'bq_js_format',
    parameters: ['VARCHAR', 'VARCHAR[]'],
    returns: 'VARCHAR',
    run: (format: string, args: (string | null)[]) => formatText(format, args),
  },
];
