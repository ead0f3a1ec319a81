// PARSE_DATE, PARSE_DATETIME, PARSE_TIME and PARSE_TIMESTAMP: text to a wall clock in microseconds since
// 1970, less the offset that the text itself names.
import type { ScalarFunction } from './index.ts';
import { MONTHS } from './format-time.ts';

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  micros: number;
  afternoon: boolean | undefined;
  dayOfYear: number | undefined;
  epochSeconds: bigint | undefined;
  offsetMinutes: number | undefined;
  /** A time zone by its name. */
  zone: string | undefined;
  isoYear: number | undefined;
  isoWeek: number;
  weekday: number;
}

/** Composite elements, and how they are spelled out. */
const COMPOSITES: Readonly<Record<string, string>> = {
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  X: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
  x: '%m/%d/%y',
  r: '%I:%M:%S %p',
  c: '%a %b %e %H:%M:%S %Y',
};

const monthOf = (text: string) =>
  MONTHS.findIndex((month) => month.slice(0, 3).toLowerCase() === text.slice(0, 3).toLowerCase()) + 1;

/** What an element matches, and what it sets. */
const ELEMENTS: Readonly<Record<string, readonly [string, (parts: Parts, text: string) => void]>> = {
  Y: ['\\d{1,4}', (p, t) => (p.year = Number(t))],
  E4Y: ['\\d{4}', (p, t) => (p.year = Number(t))],
  y: ['\\d{2}', (p, t) => (p.year = Number(t) + (Number(t) < 69 ? 2000 : 1900))],
  m: ['\\d{1,2}', (p, t) => (p.month = Number(t))],
  d: ['\\s*\\d{1,2}', (p, t) => (p.day = Number(t))],
  e: ['\\s*\\d{1,2}', (p, t) => (p.day = Number(t))],
  H: ['\\d{1,2}', (p, t) => (p.hour = Number(t))],
  k: ['\\s*\\d{1,2}', (p, t) => (p.hour = Number(t))],
  I: ['\\d{1,2}', (p, t) => (p.hour = Number(t))],
  l: ['\\s*\\d{1,2}', (p, t) => (p.hour = Number(t))],
  M: ['\\d{1,2}', (p, t) => (p.minute = Number(t))],
  S: ['\\d{1,2}', (p, t) => (p.second = Number(t))],
  p: ['[AaPp][Mm]', (p, t) => (p.afternoon = /p/i.test(t))],
  P: ['[AaPp][Mm]', (p, t) => (p.afternoon = /p/i.test(t))],
  B: ['[A-Za-z]+', (p, t) => (p.month = monthOf(t))],
  b: ['[A-Za-z]+', (p, t) => (p.month = monthOf(t))],
  h: ['[A-Za-z]+', (p, t) => (p.month = monthOf(t))],
  A: ['[A-Za-z]+', () => undefined],
  a: ['[A-Za-z]+', () => undefined],
  j: ['\\d{1,3}', (p, t) => (p.dayOfYear = Number(t))],
  s: ['-?\\d+', (p, t) => (p.epochSeconds = BigInt(t))],
  z: ['[+-]\\d{2}:?\\d{2}|Z', (p, t) => (p.offsetMinutes = offsetOf(t))],
  Ez: ['[+-]\\d{2}:?\\d{2}|Z', (p, t) => (p.offsetMinutes = offsetOf(t))],
  Z: ['[A-Za-z_]+(?:/[A-Za-z_]+)*', (p, t) => (p.zone = t)],
  G: ['\\d{1,4}', (p, t) => (p.isoYear = Number(t))],
  V: ['\\d{1,2}', (p, t) => (p.isoWeek = Number(t))],
  u: ['[1-7]', (p, t) => (p.weekday = Number(t))],
  w: ['[0-6]', (p, t) => (p.weekday = Number(t) || 7)],
  Q: ['[1-4]', (p, t) => (p.month = Number(t) * 3 - 2)],
  C: ['\\d{2}', (p, t) => (p.year = Number(t) * 100 + (p.year % 100))],
};

function offsetOf(text: string): number {
  const match = /([+-])(\d{2}):?(\d{2})/.exec(text);
  return match ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0;
}

function setFraction(parts: Parts, text: string): void {
  const [seconds, fraction = ''] = text.split('.');
  parts.second = Number(seconds);
  parts.micros = Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** Throws an Error in BigQuery's words when the text does not match. */
export function parseTime(
  format: string,
  text: string,
): { micros: bigint; offsetMinutes: number | undefined } {
  const parts: Parts = {
    year: 1970,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    micros: 0,
    afternoon: undefined,
    dayOfYear: undefined,
    epochSeconds: undefined,
    offsetMinutes: undefined,
    zone: undefined,
    isoYear: undefined,
    isoWeek: 1,
    weekday: 1,
  };
  const setters: ((text: string) => void)[] = [];
  const expanded = format.replace(/%([FTXRDxrc])/g, (_, c: string) => COMPOSITES[c]!);
  const pattern = expanded.replace(
    /%(E4Y|Ez|E[\d*]S|[\s\S])|(\s+)|([^%\s]+)/g,
    (_, spec: string | undefined, space: string | undefined, plain: string | undefined) => {
      if (space !== undefined) return '\\s*';
      if (plain !== undefined) return plain.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      if (spec === '%') return '%';
      if (spec === 'n' || spec === 't') return '\\s*';
      if (/^E[\d*]S$/.test(spec!)) {
        setters.push((found) => setFraction(parts, found));
        return '(\\d{1,2}(?:\\.\\d+)?)';
      }
      const element = ELEMENTS[spec!];
      if (!element) throw new Error(`Invalid format element %${spec} in format string`);
      setters.push((found) => element[1](parts, found.trim()));
      return `(${element[0]})`;
    },
  );
  const match = new RegExp(`^\\s*${pattern}\\s*$`).exec(text);
  if (!match) throw new Error(`Failed to parse input string "${text}"`);
  setters.forEach((set, i) => set(match[i + 1]!));
  if (parts.epochSeconds !== undefined) return { micros: parts.epochSeconds * 1_000_000n, offsetMinutes: 0 };
  if (parts.afternoon !== undefined) parts.hour = (parts.hour % 12) + (parts.afternoon ? 12 : 0);

  const date = new Date(0);
  date.setUTCFullYear(parts.year, parts.month - 1, parts.day);
  if (parts.isoYear !== undefined) {
    // The first week of an ISO year is that of 4 January.
    date.setUTCFullYear(parts.isoYear, 0, 4);
    date.setUTCDate(4 - (date.getUTCDay() || 7) + (parts.isoWeek - 1) * 7 + parts.weekday);
  } else if (parts.dayOfYear !== undefined) date.setUTCFullYear(parts.year, 0, parts.dayOfYear);
  else if (date.getUTCMonth() !== parts.month - 1 || parts.day < 1)
    throw new Error(`Failed to parse input string "${text}"`);
  if (parts.hour > 23 || parts.minute > 59 || parts.second > 60)
    throw new Error(`Failed to parse input string "${text}"`);
  const seconds = BigInt(date.getTime() / 1000 + parts.hour * 3600 + parts.minute * 60 + parts.second);
  return {
    micros: seconds * 1_000_000n + BigInt(parts.micros),
    offsetMinutes: parts.zone === undefined ? parts.offsetMinutes : zoneOffset(parts.zone, seconds),
  };
}

/** How far a zone is ahead of UTC, in minutes, when its clocks show this time. */
function zoneOffset(zone: string, wallSeconds: bigint): number {
  if (/^(UTC|GMT|Z)$/i.test(zone)) return 0;
  const wallMs = Number(wallSeconds) * 1000;
  try {
    const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(
      wallMs,
    );
    return offsetOf(parts.find(({ type }) => type === 'timeZoneName')?.value ?? '');
  } catch (cause) {
    throw new Error(`Invalid time zone: ${zone}`, { cause });
  }
}

export const PARSE_TIME: readonly ScalarFunction[] = [
  {
    name: 'bq_js_parse_wall',
    parameters: ['VARCHAR', 'VARCHAR'],
    returns: 'BIGINT',
    run: (format: string, text: string) => parseTime(format, text).micros,
  },
  {
    // The offset named by the text in minutes, or NULL: then the zone of the call decides.
    name: 'bq_js_parse_offset',
    parameters: ['VARCHAR', 'VARCHAR'],
    returns: 'BIGINT',
    run: (format: string, text: string) => {
      const { offsetMinutes } = parseTime(format, text);
      return offsetMinutes === undefined ? null : BigInt(offsetMinutes);
    },
  },
];
