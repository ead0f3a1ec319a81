// One structured line per outcome, in Cloud Logging's form. The fields are a closed set: there is none that a user id,
// a path or a document value would fit into. Lines of one turn are written at once: a write for each would cost more
// than the row that it speaks of.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Reason } from '../pipelines/reason.ts';
import type { FailureId } from '../steps/ids.ts';

export interface LogFields {
  readonly pipeline?: string;
  readonly outcome?: 'delivered' | 'retry' | 'abandoned' | 'erased';
  /** Codes, reasons and field paths. */
  readonly reason?: Reason;
  /** Hash of pipeline and path. */
  readonly failureId?: FailureId;
  /** Fields of a document without a policy, which were dropped. A number: names of fields may be identifiers. */
  readonly unknownFields?: number;
  readonly generation?: number;
  readonly attempt?: number;
  readonly reissued?: number;
  readonly waiting?: number;
  readonly reopened?: number;
  readonly pending?: number;
  readonly abandoned?: number;
  readonly oldestUnsyncedSeconds?: number;
  readonly complete?: boolean;
  readonly expected?: number;
  readonly found?: number;
  readonly missing?: number;
  readonly healed?: number;
  readonly extra?: number;
  readonly verified?: number;
  readonly reads?: number;
  readonly due?: number;
  readonly overdueSeconds?: number;
}

export type Log = (severity: 'INFO' | 'WARNING' | 'ERROR', message: string, fields: LogFields) => void;

/**
 * No request's context, provided that this module is loaded before the first one: within a request the functions
 * framework takes a write for one line, and would make a single text of several.
 */
const outsideOfRequests = AsyncLocalStorage.snapshot();
let lines = '';

function flush(): void {
  const text = lines;
  lines = '';
  if (text !== '') outsideOfRequests(() => process.stdout.write(text));
}

/** What is not well is written at once. */
export const log: Log = (severity, message, fields) => {
  if (lines === '') setImmediate(flush);
  lines += `${JSON.stringify({ severity, message, ...fields })}\n`;
  if (severity !== 'INFO') flush();
};
