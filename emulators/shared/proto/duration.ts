// Durations in JSON: seconds with as many digits as are needed, in groups of three, and an `s`.
import type { ProtoTime } from './rfc3339.ts';

const PATTERN = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;

export function formatDuration({ seconds = 0, nanos = 0 }: ProtoTime): string {
  const sign = Number(seconds) < 0 || nanos < 0 ? '-' : '';
  const whole = Math.abs(Number(seconds));
  if (nanos === 0) return `${sign}${whole}s`;
  const digits = Math.abs(nanos).toString().padStart(9, '0');
  const length = digits.endsWith('000000') ? 3 : digits.endsWith('000') ? 6 : 9;
  return `${sign}${whole}.${digits.slice(0, length)}s`;
}

export function parseDuration(text: string): ProtoTime | undefined {
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  const sign = match[1] === '' ? 1 : -1;
  const nanos = Number((match[3] ?? '').padEnd(9, '0'));
  return { seconds: String(sign * Number(match[2])), nanos: nanos === 0 ? 0 : sign * nanos };
}
