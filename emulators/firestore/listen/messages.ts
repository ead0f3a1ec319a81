// The messages of the Listen stream, in the form of protocol/messages.ts.
import type { ProtoDocument, ProtoQuery, ProtoStatus, ProtoTimestamp } from '../protocol/messages.ts';

export interface ProtoTarget {
  readonly query?: { readonly parent?: string; readonly structuredQuery?: ProtoQuery };
  readonly documents?: { readonly documents?: readonly string[] };
  readonly resumeToken?: Uint8Array;
  readonly readTime?: ProtoTimestamp;
  readonly targetId?: number;
  readonly once?: boolean;
}

export interface ListenRequest {
  readonly database?: string;
  readonly addTarget?: ProtoTarget;
  readonly removeTarget?: number;
}

export interface TargetChange {
  readonly targetChangeType: 'NO_CHANGE' | 'ADD' | 'REMOVE' | 'CURRENT' | 'RESET';
  readonly targetIds?: readonly number[];
  readonly cause?: ProtoStatus;
  readonly resumeToken?: Uint8Array;
  readonly readTime?: ProtoTimestamp;
}

export interface ListenResponse {
  readonly targetChange?: TargetChange;
  readonly documentChange?: { readonly document: ProtoDocument; readonly targetIds: readonly number[] };
  readonly documentDelete?: {
    readonly document: string;
    readonly removedTargetIds: readonly number[];
    readonly readTime: ProtoTimestamp;
  };
  readonly documentRemove?: {
    readonly document: string;
    readonly removedTargetIds: readonly number[];
    readonly readTime: ProtoTimestamp;
  };
}
