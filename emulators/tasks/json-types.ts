// Google's JSON forms of times and durations, read and written.

/** `3.5s` → 3500. Undefined when it is no duration. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(-?\d+(?:\.\d{1,9})?)s$/.exec(text);
  return match ? Math.round(Number(match[1]) * 1000) : undefined;
}

/** 3500 → `3.500s`; whole seconds have no fraction. */
export function formatDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${(ms / 1000).toFixed(3)}s`;
}

export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}

/**
 * Google's JSON accepts field names in both spellings. Turns `schedule_time` into `scheduleTime` all the way
 * down, but for the keys of `headers`, which are data.
 */
export function camelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const name = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return [name, name === 'headers' ? inner : camelKeys(inner)];
    }),
  );
}
