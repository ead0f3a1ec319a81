// INTERVALs from text: `1-2 3 4:5:6`, its parts, and ISO 8601's `P1Y2M3DT4H5M6S`.
import type { ScalarFunction } from './index.ts';
import { intervalText } from './render.ts';

export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: bigint;
}

const UNITS = ['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND'];
/** What stands before each unit. */
const BEFORE = ['', '-', ' ', ' ', ':', ':'];

const seconds = (text: string): bigint => {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole || '0') * 1_000_000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
};

/** The text of an interval from one unit to another; throws for what is none. */
export function parseInterval(text: string, from: string, to: string): Interval {
  const [first, last] = [UNITS.indexOf(from.toUpperCase()), UNITS.indexOf(to.toUpperCase())];
  if (first < 0 || last < first) throw new Error(`INTERVAL from ${from} to ${to} is not supported`);
  let pattern = '';
  for (let i = first; i <= last; i++) {
    // Years and months have one sign, and so have hours, minutes and seconds.
    const signed = i === first || i === 2 || i === 3;
    pattern += `${i === first ? '' : BEFORE[i]}(${signed ? '[+-]?' : ''}\\d+${i === 5 ? '(?:\\.\\d{1,6})?' : ''})`;
  }
  const match = new RegExp(`^${pattern}$`).exec(text.trim());
  if (!match) throw new Error(`Invalid INTERVAL value '${text}'`);
  const value = (unit: number) => (unit < first || unit > last ? '0' : match[unit - first + 1]!);
  const negative = (unit: number) => value(Math.max(unit, first)).startsWith('-');
  const size = (unit: number) => Number(value(unit).replace(/^[+-]/, ''));
  const clock = BigInt(size(3) * 3600 + size(4) * 60) * 1_000_000n + seconds(value(5).replace(/^[+-]/, ''));
  return {
    months: (negative(0) ? -1 : 1) * (size(0) * 12 + size(1)),
    days: (value(2).startsWith('-') ? -1 : 1) * size(2),
    micros: negative(3) ? -clock : clock,
  };
}

function parseIso(text: string): Interval | undefined {
  const number = '(-?\\d+(?:\\.\\d+)?)';
  const part = (unit: string) => `(?:${number}${unit})?`;
  const date = ['Y', 'M', 'W', 'D'].map(part).join('');
  const match = new RegExp(`^P${date}(?:T${['H', 'M', 'S'].map(part).join('')})?$`).exec(text.trim());
  if (!match || match[0].length < 3) return undefined;
  const [years, months, weeks, days, hours, minutes, secs] = match
    .slice(1)
    .map((found) => Number(found ?? 0));
  return {
    months: years! * 12 + months!,
    days: weeks! * 7 + days!,
    micros: BigInt(Math.round((hours! * 3600 + minutes! * 60 + secs!) * 1e6)),
  };
}

/** Text of any form, as CAST takes it. */
export function castInterval(text: string): Interval {
  const iso = parseIso(text);
  if (iso) return iso;
  for (const [from, to] of [
    ['YEAR', 'SECOND'],
    ['DAY', 'SECOND'],
    ['HOUR', 'SECOND'],
    ['YEAR', 'DAY'],
    ['YEAR', 'MONTH'],
  ] as const)
    try {
      return parseInterval(text, from, to);
    } catch {
      continue;
    }
  throw new Error(`Invalid INTERVAL value '${text}'`);
}

export const INTERVALS: readonly ScalarFunction[] = [
  {
    // In DuckDB's words.
    name: 'bq_js_interval',
    parameters: ['VARCHAR'],
    returns: 'VARCHAR',
    run(text: string) {
      const { months, days, micros } = castInterval(text);
      return `${months} months ${days} days ${micros} microseconds`;
    },
  },
  { name: 'bq_js_interval_text', parameters: ['VARCHAR'], returns: 'VARCHAR', run: intervalText },
];
