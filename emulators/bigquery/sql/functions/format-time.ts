// FORMAT_DATE, FORMAT_DATETIME, FORMAT_TIME and FORMAT_TIMESTAMP: a wall clock in microseconds, a format
// of `%` elements, and the name of the zone for those elements that show it.
import type { ScalarFunction } from './index.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const DAY_MS = 86_400_000;
const pad = (value: number, width: number, fill = '0') => String(value).padStart(width, fill);

/** ISO 8601 week and the year it belongs to. */
function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * DAY_MS);
  const yearStart = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return {
    year: thursday.getUTCFullYear(),
    week: 1 + Math.floor((thursday.getTime() - yearStart) / (7 * DAY_MS)),
  };
}

function dayOfYear(date: Date): number {
  const start = new Date(date);
  start.setUTCMonth(0, 1);
  return Math.floor((date.getTime() - start.getTime()) / DAY_MS) + 1;
}

function offsetText(offsetMinutes: number, colon: boolean): string {
  const absolute = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(absolute / 60), 2)}${colon ? ':' : ''}${pad(absolute % 60, 2)}`;
}

/** `wallMicros` is the clock's reading as if it were UTC; `zone` is shown by `%Z`. */
export function formatTime(format: string, wallMicros: bigint, offsetMinutes = 0, zone = 'UTC'): string {
  const micros = Number(((wallMicros % 1_000_000n) + 1_000_000n) % 1_000_000n);
  const seconds = (wallMicros - BigInt(micros)) / 1_000_000n;
  const date = new Date(Number(seconds) * 1000);
  const year = date.getUTCFullYear();
  const hour = date.getUTCHours();
  const hour12 = hour % 12 || 12;
  const weekday = date.getUTCDay();
  const yearDay = dayOfYear(date);

  const element = (spec: string): string => {
    const fraction = /^E(\d|\*)S$/.exec(spec);
    if (fraction) {
      const digits = pad(micros, 6);
      const shown =
        fraction[1] === '*' ? digits.replace(/0+$/, '') : digits.padEnd(9, '0').slice(0, Number(fraction[1]));
      return pad(date.getUTCSeconds(), 2) + (shown ? `.${shown}` : '');
    }
    switch (spec) {
      case 'A':
        return DAYS[weekday]!;
      case 'a':
        return DAYS[weekday]!.slice(0, 3);
      case 'B':
        return MONTHS[date.getUTCMonth()]!;
      case 'b':
      case 'h':
        return MONTHS[date.getUTCMonth()]!.slice(0, 3);
      case 'C':
        return pad(Math.floor(year / 100), 2);
      case 'c':
        return `${element('a')} ${element('b')} ${element('e')} ${element('T')} ${year}`;
      case 'D':
      case 'x':
        return `${element('m')}/${element('d')}/${element('y')}`;
      case 'd':
        return pad(date.getUTCDate(), 2);
      case 'e':
        return pad(date.getUTCDate(), 2, ' ');
      case 'E4Y':
        return pad(year, 4);
      case 'Ez':
        return offsetText(offsetMinutes, true);
      case 'F':
        return `${element('Y')}-${element('m')}-${element('d')}`;
      case 'G':
        return String(isoWeek(date).year);
      case 'g':
        return pad(isoWeek(date).year % 100, 2);
      case 'H':
        return pad(hour, 2);
      case 'I':
        return pad(hour12, 2);
      case 'j':
        return pad(yearDay, 3);
      case 'J':
        return pad(yearDay, 3);
      case 'k':
        return pad(hour, 2, ' ');
      case 'l':
        return pad(hour12, 2, ' ');
      case 'M':
        return pad(date.getUTCMinutes(), 2);
      case 'm':
        return pad(date.getUTCMonth() + 1, 2);
      case 'n':
        return '\n';
      case 'P':
        return hour < 12 ? 'am' : 'pm';
      case 'p':
        return hour < 12 ? 'AM' : 'PM';
      case 'Q':
        return String(Math.floor(date.getUTCMonth() / 3) + 1);
      case 'R':
        return `${element('H')}:${element('M')}`;
      case 'r':
        return `${element('I')}:${element('M')}:${element('S')} ${element('p')}`;
      case 'S':
        return pad(date.getUTCSeconds(), 2);
      case 's':
        return String(seconds - BigInt(offsetMinutes) * 60n);
      case 'T':
      case 'X':
        return `${element('H')}:${element('M')}:${element('S')}`;
      case 't':
        return '\t';
      case 'U':
        return pad(Math.floor((yearDay + 6 - weekday) / 7), 2);
      case 'u':
        return String(weekday || 7);
      case 'V':
        return pad(isoWeek(date).week, 2);
      case 'W':
        return pad(Math.floor((yearDay + 6 - ((weekday + 6) % 7)) / 7), 2);
      case 'w':
        return String(weekday);
      case 'Y':
        return String(year);
      case 'y':
        return pad(year % 100, 2);
      case 'Z':
        return zone;
      case 'z':
        return offsetText(offsetMinutes, false);
      case '%':
        return '%';
      default:
        return `%${spec}`;
    }
  };
  return format.replace(/%(E4Y|Ez|E[\d*]S|[\s\S])/g, (_, spec: string) => element(spec));
}

export const FORMAT_TIME: readonly ScalarFunction[] = [
  {
    name: 'bq_js_format_time',
    parameters: ['VARCHAR', 'BIGINT', 'BIGINT', 'VARCHAR'],
    returns: 'VARCHAR',
    run: (format: string, micros: bigint, offset: bigint, zone: string) => {
      const fixed = /^(?:UTC)?([+-])(\d{1,2})(?::(\d{2}))?$/.exec(zone);
      const name = fixed
        ? `UTC${fixed[1]}${Number(fixed[2])}${fixed[3] && fixed[3] !== '00' ? `:${fixed[3]}` : ''}`
        : zone;
      return formatTime(format, micros, Number(offset), name);
    },
  },
];
