// Timestamps in JSON: RFC 3339 in UTC with as many digits as are needed, in groups of three.

/** google.protobuf.Timestamp and Duration as @grpc/proto-loader hands them over. */
export interface ProtoTime {
  readonly seconds?: string | number;
  readonly nanos?: number;
}

const PATTERN = /^(\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/;

export function formatRfc3339({ seconds = 0, nanos = 0 }: ProtoTime): string {
  const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  if (nanos === 0) return `${date}Z`;
  const digits = nanos.toString().padStart(9, '0');
  const length = digits.endsWith('000000') ? 3 : digits.endsWith('000') ? 6 : 9;
  return `${date}.${digits.slice(0, length)}Z`;
}

export function parseRfc3339(text: string): ProtoTime | undefined {
  const match = PATTERN.exec(text);
  const ms = match ? Date.parse(`${match[1]}${match[3]}`.toUpperCase()) : Number.NaN;
  if (!match || Number.isNaN(ms)) return undefined;
  return { seconds: String(ms / 1000), nanos: Number((match[2] ?? '').padEnd(9, '0')) };
}
