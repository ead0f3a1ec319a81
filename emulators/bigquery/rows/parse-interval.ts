// Intervals as clients write them: `1-2 3 4:5:6.5`, or ISO 8601: `P1Y2M3DT4H5M6.5S`. Undefined means: not one.
import type { Interval } from './cell.ts';

export function parseInterval(text: string): Interval | undefined {
  return parseCanonical(text.trim()) ?? parseIso(text.trim());
}

function parseCanonical(text: string): Interval | undefined {
  const match = /^([-+]?)(\d+)-(\d+) ([-+]?\d+) ([-+]?)(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (!match) return undefined;
  const months = Number(match[2]) * 12 + Number(match[3]);
  const micros = clock(match[6], match[7], match[8]);
  return {
    months: match[1] === '-' ? -months : months,
    days: Number(match[4]),
    micros: match[5] === '-' ? -micros : micros,
  };
}

const NUMBER = '([-+]?\\d+)';
const DATE = `(?:${NUMBER}Y)?(?:${NUMBER}M)?(?:${NUMBER}W)?(?:${NUMBER}D)?`;
const TIME = `(?:T(?:${NUMBER}H)?(?:${NUMBER}M)?(?:([-+]?\\d+(?:[.,]\\d+)?)S)?)?`;
const ISO = new RegExp(`^P(?=.)${DATE}${TIME}$`, 'i');

function parseIso(text: string): Interval | undefined {
  const match = ISO.exec(text);
  if (!match || /T$/i.test(text)) return undefined;
  const [years, months, weeks, days] = match.slice(1, 5).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  return {
    months: years * 12 + months,
    days: weeks * 7 + days,
    micros: clock(match[5], match[6], match[7]?.replace(',', '.')),
  };
}

/** Microseconds; each part has a sign of its own. */
function clock(hours = '0', minutes = '0', seconds = '0'): bigint {
  const whole = BigInt(hours) * 3600n + BigInt(minutes) * 60n;
  const [, sign, integer, fraction] = /^([-+]?)(\d+)(?:\.(\d+))?$/.exec(seconds)!;
  const micros = BigInt(integer!) * 1_000_000n + BigInt((fraction ?? '').padEnd(6, '0').slice(0, 6));
  return whole * 1_000_000n + (sign === '-' ? -micros : micros);
}
