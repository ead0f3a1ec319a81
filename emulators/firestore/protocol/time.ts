// Times of commits and reads are whole microseconds since the epoch, which a JavaScript number holds exactly
// until the year 2255. Timestamps in documents reach further and have a type of their own.
import { invalidArgument } from '../../shared/status.ts';
import type { ProtoTimestamp } from './messages.ts';

export type Micros = number;

const MIN_SECONDS = -62_135_596_800; // 0001-01-01T00:00:00Z
const MAX_SECONDS = 253_402_300_799; // 9999-12-31T23:59:59Z

export function toProtoTime(time: Micros): ProtoTimestamp {
  const seconds = Math.floor(time / 1_000_000);
  return { seconds, nanos: (time - seconds * 1_000_000) * 1000 };
}

export function fromProtoTime(time: ProtoTimestamp): Micros {
  const { seconds, nanos } = checkedTimestamp(time);
  return seconds * 1_000_000 + Math.floor(nanos / 1000);
}

/** Throws INVALID_ARGUMENT when the timestamp is outside the years 1 to 9999. */
export function checkedTimestamp(time: ProtoTimestamp): { seconds: number; nanos: number } {
  const seconds = Number(time.seconds ?? 0);
  const nanos = time.nanos ?? 0;
  if (!(seconds >= MIN_SECONDS && seconds <= MAX_SECONDS) || nanos < 0 || nanos > 999_999_999) {
    throw invalidArgument(`Timestamp ${seconds} s ${nanos} ns is out of range: want years 1 to 9999`);
  }
  return { seconds, nanos };
}
