// A run as a person reads it.
import { START, type TimelineLine } from './scheduler.ts';

export function formatTimeline(timeline: readonly TimelineLine[]): string {
  return timeline.map(({ at, text }) => `${clock(at - START)}  ${text}`).join('\n');
}

/** `01:02:03.004` since the beginning. */
function clock(ms: number): string {
  const hours = String(Math.floor(ms / 3_600_000)).padStart(2, '0');
  return `${hours}:${new Date(ms % 3_600_000).toISOString().slice(14, 23)}`;
}
