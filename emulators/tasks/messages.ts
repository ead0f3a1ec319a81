// The messages of google.cloud.tasks as both transports hand them over: int64 as strings, enums as names, bytes as
// Buffers. Only the fields that the emulator reads.
import type { ProtoTime } from '../shared/proto/rfc3339.ts';

export interface QueueMessage {
  readonly name?: string;
  readonly rateLimits?: {
    readonly maxDispatchesPerSecond?: number;
    readonly maxConcurrentDispatches?: number;
  };
  readonly retryConfig?: {
    readonly maxAttempts?: number;
    readonly maxRetryDuration?: ProtoTime;
    readonly minBackoff?: ProtoTime;
    readonly maxBackoff?: ProtoTime;
    readonly maxDoublings?: number;
  };
  readonly stackdriverLoggingConfig?: { readonly samplingRatio?: number };
  readonly type?: string;
}

export interface TaskMessage {
  readonly name?: string;
  readonly httpRequest?: HttpRequestMessage;
  readonly scheduleTime?: ProtoTime;
  readonly dispatchDeadline?: ProtoTime;
}

export interface HttpRequestMessage {
  readonly url?: string;
  readonly httpMethod?: string | number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly oidcToken?: { readonly serviceAccountEmail?: string; readonly audience?: string };
  readonly oauthToken?: { readonly serviceAccountEmail?: string; readonly scope?: string };
}

/** The fields of all requests together: which of them a method has, the descriptor says. */
export interface RequestMessage {
  readonly name?: string;
  readonly parent?: string;
  readonly queue?: QueueMessage;
  readonly task?: TaskMessage;
  readonly updateMask?: { readonly paths?: readonly string[] };
  readonly readMask?: { readonly paths?: readonly string[] };
  readonly responseView?: string | number;
  readonly filter?: string;
  readonly pageSize?: number;
  readonly pageToken?: string;
}

export function toMs({ seconds = 0, nanos = 0 }: ProtoTime): number {
  return Number(seconds) * 1000 + Math.round(nanos / 1e6);
}

export function toTime(ms: number): ProtoTime {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) };
}
