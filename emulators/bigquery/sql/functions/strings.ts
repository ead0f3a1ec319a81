// String functions that DuckDB lacks, and bytes as text with one character for each.
import type { ScalarFunction } from './index.ts';

/** The position of the nth occurrence, counted from 1; a negative start searches backwards from the end. */
export function instr(text: string, part: string, start: bigint, nth: bigint): bigint {
  if (start === 0n) throw new Error('The third argument (position) for INSTR cannot be 0');
  if (nth <= 0n) throw new Error('The fourth argument (occurrence) for INSTR must be positive');
  const back = start < 0n;
  let at = back ? text.length + Number(start) : Number(start) - 1;
  for (let left = nth; at >= 0 && at < text.length;) {
    const found = back ? text.lastIndexOf(part, at) : text.indexOf(part, at);
    if (found < 0) return 0n;
    if (--left === 0n) return BigInt(found + 1);
    at = back ? found - 1 : found + 1;
  }
  return 0n;
}

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: '0-9A-Za-z',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  punct: '!-/:-@[-`{-~',
  word: '\\w',
  xdigit: '0-9A-Fa-f',
};

/** A pattern of RE2 for JavaScript. */
function regExp(pattern: string): RegExp {
  const [, flags = ''] = /^\(\?([ims]+)\)/.exec(pattern) ?? [];
  const source = pattern
    .replace(/^\(\?[ims]+\)/, '')
    .replaceAll('(?P<', '(?<')
    .replace(/\[:(\w+):\]/g, (whole, name: string) => CLASSES[name] ?? whole)
    .replaceAll('\\A', '^')
    .replaceAll('\\z', '$');
  return new RegExp(source, `dg${flags}`);
}

/** Where the nth match, or the group in it, begins or ends; 0 when there is none. */
export function regexpInstr(
  text: string,
  pattern: string,
  start: bigint,
  nth: bigint,
  after: bigint,
): bigint {
  if (start <= 0n) throw new Error('Position must be positive in REGEXP_INSTR');
  const rest = text.slice(Number(start) - 1);
  const match = [...rest.matchAll(regExp(pattern))][Number(nth) - 1];
  const range = match?.indices?.[match.length > 1 ? 1 : 0];
  return range ? start + BigInt(range[after === 0n ? 0 : 1]) : 0n;
}

export function initcap(text: string, delimiters: string): string {
  let first = true;
  return Array.from(text, (char) => {
    const shown = first ? char.toUpperCase() : char.toLowerCase();
    first = delimiters.includes(char);
    return first ? char : shown;
  }).join('');
}

const SOUNDS = '01230120022455012623010202';

export function soundex(text: string): string {
  let code = '';
  let last = '';
  for (const letter of text.toUpperCase().replace(/[^A-Z]/g, '')) {
    const sound = SOUNDS[letter.charCodeAt(0) - 65]!;
    if (code === '') code = letter;
    else if (sound !== '0' && sound !== last) code += sound;
    if (!/[HW]/.test(letter)) last = sound;
  }
  return code === '' ? '' : code.padEnd(4, '0').slice(0, 4);
}

export const casefold = (text: string, mode: string) =>
  text.normalize(mode).toUpperCase().toLowerCase().normalize(mode);

export const STRINGS: readonly ScalarFunction[] = [
  {
    name: 'bq_js_instr',
    parameters: ['VARCHAR', 'VARCHAR', 'BIGINT', 'BIGINT'],
    returns: 'BIGINT',
    run: instr,
  },
  {
    name: 'bq_js_regexp_instr',
    parameters: ['VARCHAR', 'VARCHAR', 'BIGINT', 'BIGINT', 'BIGINT'],
    returns: 'BIGINT',
    run: regexpInstr,
  },
  { name: 'bq_js_initcap', parameters: ['VARCHAR', 'VARCHAR'], returns: 'VARCHAR', run: initcap },
  { name: 'bq_js_soundex', parameters: ['VARCHAR'], returns: 'VARCHAR', run: soundex },
  { name: 'bq_js_casefold', parameters: ['VARCHAR', 'VARCHAR'], returns: 'VARCHAR', run: casefold },
  {
    name: 'bq_js_normalize',
    parameters: ['VARCHAR', 'VARCHAR'],
    returns: 'VARCHAR',
    run: (text: string, mode: string) => text.normalize(mode),
  },
  {
    name: 'bq_js_latin1',
    parameters: ['BLOB'],
    returns: 'VARCHAR',
    run: (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1'),
  },
  {
    name: 'bq_js_unlatin1',
    parameters: ['VARCHAR'],
    returns: 'BLOB',
    run: (text: string) => Buffer.from(text, 'latin1'),
  },
  {
    name: 'bq_js_utf8',
    parameters: ['BLOB'],
    returns: 'VARCHAR',
    run: (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8'),
  },
];
