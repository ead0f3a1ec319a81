// Methods of strings and bytes, and how other values become strings.
import { compilePattern } from '../regular-expression.ts';
import type { RulesList, RulesValue } from '../value.ts';
import { kindOf, Path, RuleError } from '../value.ts';
import type { Operations } from './operation.ts';

export const stringMethods: Operations = {
  lower: { parameters: [], run: (text: string) => text.toLowerCase() },
  upper: { parameters: [], run: (text: string) => text.toUpperCase() },
  // As Java trims: everything up to the space.
  trim: { parameters: [], run: (text: string) => text.replace(/^[\0- ]+|[\0- ]+$/g, '') },
  size: { parameters: [], run: (text: string) => BigInt(text.length) },
  toUtf8: { parameters: [], run: (text: string) => Buffer.from(text) },
  matches: {
    parameters: ['string'],
    run: (text: string, pattern: string) => regexp(pattern).whole.test(text),
  },
  replace: { parameters: ['string', 'string'], run: replace },
  split: { parameters: ['string'], run: split },
};

export const bytesMethods: Operations = {
  size: { parameters: [], run: (value: Uint8Array) => BigInt(value.byteLength) },
  toBase64: { parameters: [], run: (value: Uint8Array) => Buffer.from(value).toString('base64') },
  toHexString: {
    parameters: [],
    run: (value: Uint8Array) => Buffer.from(value).toString('hex').toUpperCase(),
  },
};

/** `string(value)`, also of elements that are joined. */
export function toText(value: RulesValue): string {
  if (typeof value === 'string') return value;
  if (value === null || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof Path) return value.toString();
  if (typeof value === 'number') return floatToText(value);
  throw new RuleError(`string(${kindOf(value)}) is not known`);
}

/** As Java writes doubles of a common size; beyond them it has a notation of its own. */
function floatToText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7))
    throw new RuleError('string() of such a number is not known');
  if (Object.is(value, -0)) return '-0.0';
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function regexp(pattern: string): NonNullable<ReturnType<typeof compilePattern>> {
  const compiled = compilePattern(pattern);
  if (!compiled)
    throw new RuleError('A regular expression is invalid, or of a form that this emulator does not know');
  return compiled;
}

function replace(text: string, pattern: string, replacement: string): string {
  if (/\$(?!\d)|\\/.test(replacement)) throw new RuleError('A replacement is of a form that is not known');
  return text.replace(regexp(pattern).anywhere, replacement);
}

/** As Java splits: empty parts at the end are left out. */
function split(text: string, pattern: string): RulesList {
  if (pattern === '' || /[()]/.test(pattern)) throw new RuleError('split() of such a pattern is not known');
  const parts = text.split(regexp(pattern).anywhere);
  while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  return parts;
}
