// When a schedule runs next: unix-cron, or the English of App Engine (`every 5 minutes`, `every day 09:00`).
// https://cloud.google.com/appengine/docs/standard/scheduling-jobs-with-cron-yaml#schedule_format
import { Cron } from 'croner';

export interface Schedule {
  /** The first run after `afterMs`, in milliseconds since the epoch. */
  next(afterMs: number): number;
}

const UNIT_MS: Record<string, number> = { minute: 60_000, min: 60_000, hour: 3_600_000 };
const INTERVAL = /^every (\d+) (minute|min|hour)s?( synchronized)?$/;
const AT_TIME = /^every ([a-z,]+) (\d{1,2}):(\d{2})$/;
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Throws an error that quotes the schedule when it is of neither form. */
export function parseSchedule(text: string, timeZone: string): Schedule {
  const normal = text.trim().toLowerCase().replace(/\s+/g, ' ');
  const interval = INTERVAL.exec(normal);
  if (interval) {
    const everyMs = Number(interval[1]) * UNIT_MS[interval[2]!]!;
    if (everyMs === 0) throw unsupported(text);
    const aligned = interval[3] !== undefined;
    return { next: (afterMs) => (aligned ? Math.floor(afterMs / everyMs) * everyMs : afterMs) + everyMs };
  }
  const at = AT_TIME.exec(normal);
  if (at) return cron(text, `${Number(at[3])} ${Number(at[2])} * * ${daysOf(at[1]!, text)}`, timeZone);
  return cron(text, normal, timeZone);
}

function cron(text: string, pattern: string, timeZone: string): Schedule {
  try {
    const job = new Cron(pattern, { timezone: timeZone, paused: true });
    return {
      next(afterMs) {
        const date = job.nextRun(new Date(afterMs));
        if (!date) throw unsupported(text);
        return date.getTime();
      },
    };
  } catch (error) {
    throw unsupported(text, error);
  }
}

function daysOf(names: string, text: string): string {
  if (names === 'day') return '*';
  const days = names.split(',').map((name) => DAYS.indexOf(name.slice(0, 3)));
  if (days.includes(-1)) throw unsupported(text);
  return days.join(',');
}

function unsupported(text: string, cause?: unknown): Error {
  return new Error(
    `Cannot read schedule "${text}": write it as cron ("*/5 * * * *"), "every 5 minutes" or "every day 09:00"`,
    { cause },
  );
}
