// Dates and times as clients write them, to days and microseconds. Undefined means: not one.

const DAY_US = 86_400_000_000n;

/** Days since 1970-01-01; the calendar is checked (no 30 February). */
export function parseDate(text: string): number | undefined {
  const match = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/.exec(text.trim());
  return match ? daysOf(Number(match[1]), Number(match[2]), Number(match[3])) : undefined;
}

function daysOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (year < 1 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() / 86_400_000;
}

/** Microseconds since midnight. */
export function parseTimeOfDay(text: string): bigint | undefined {
  const match = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?$/.exec(text.trim());
  if (!match) return undefined;
  const [hour, minute, second] = [match[1], match[2], match[3] ?? '0'].map(Number) as [
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const fraction = BigInt((match[4] ?? '').padEnd(6, '0').slice(0, 6));
  return BigInt(hour * 3600 + minute * 60 + second) * 1_000_000n + fraction;
}

/** Microseconds of a wall clock without a zone. */
export function parseDatetime(text: string): bigint | undefined {
  const match = /^(\d{4}[-/]\d{1,2}[-/]\d{1,2})(?:[Tt ]+(\d.*))?$/.exec(text.trim());
  if (!match) return undefined;
  const days = parseDate(match[1]!);
  const time = match[2] === undefined ? 0n : parseTimeOfDay(match[2]);
  return days === undefined || time === undefined ? undefined : BigInt(days) * DAY_US + time;
}

/** Microseconds since 1970-01-01 UTC; a text without zone is UTC. Numbers are seconds since 1970. */
export function parseTimestamp(value: string | number): bigint | undefined {
  if (typeof value === 'number') return epochSeconds(String(value));
  const text = value.trim();
  const numeric = epochSeconds(text);
  if (numeric !== undefined) return numeric;
  const match = /^(.*?)\s*(?:(Z|UTC|GMT)|(?:UTC)?([+-])(\d{1,2})(?::?(\d{2}))?)?$/i.exec(text);
  if (!match) return undefined;
  // The sign of a bare date's month is no zone.
  const wall = parseDatetime(text) ?? parseDatetime(match[1]!);
  if (wall === undefined) return undefined;
  if (match[3] === undefined || parseDatetime(text) !== undefined) return wall;
  const minutes = Number(match[4]) * 60 + Number(match[5] ?? 0);
  return wall - BigInt(match[3] === '-' ? -minutes : minutes) * 60_000_000n;
}

/** `1700000000.123456` and `1.7E9` in microseconds, without the rounding of floats where that is possible. */
function epochSeconds(text: string): bigint | undefined {
  const plain = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text);
  if (plain) {
    const micros = BigInt(plain[2]!) * 1_000_000n + BigInt((plain[3] ?? '').padEnd(6, '0').slice(0, 6));
    return plain[1] === '-' ? -micros : micros;
  }
  if (!/^-?\d+(\.\d*)?[eE][+-]?\d+$/.test(text)) return undefined;
  return BigInt(Math.round(Number(text) * 1_000_000));
}

export const MIN_TIMESTAMP = -62_135_596_800_000_000n;
export const MAX_TIMESTAMP = 253_402_300_799_999_999n;
