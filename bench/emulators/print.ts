// One figure a line, in columns; and the two figures that every bench has.

export function print(name: string, figure: string): void {
  process.stdout.write(`${name.padEnd(52)} ${figure.padStart(16)}\n`);
}

export function perSecond(count: number, durationMs: number, what = 'ops'): string {
  return `${Math.round((count * 1000) / durationMs)} ${what}/s`;
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`;
}
