// How an attempt to deliver one document version can end. Expected endings are values; exceptions mean
// infrastructure or a bug, and make the platform redeliver.

import type { Reason } from '../pipelines/reason.ts';

export type Outcome =
  | Attempted
  /** The person asked to be forgotten: nothing of them is sent, or kept. */
  | { readonly kind: 'erased' };

export type Attempted =
  /** `unknownFields` have no policy and were dropped. */
  | { readonly kind: 'delivered'; readonly unknownFields?: number }
  /** It may go through later. */
  | {
      readonly kind: 'retry';
      readonly reason: Reason;
      readonly overloaded: boolean;
      readonly retryAfterSeconds?: number;
    }
  /** It never will, unless the document or the code changes. */
  | { readonly kind: 'dead'; readonly reason: Reason };
