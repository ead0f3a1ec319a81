// Which faults a run may have: each class is on or off, so that rare combinations get runs of their own.
import { randomOf } from './tape.ts';

/**
 * Each with the chance (one in …) that a run has it. A class that is off draws nothing from the tape: so a class
 * may be added here, anywhere, without changing what kept tapes and seeds without it do.
 */
export const FAULT_CLASSES = {
  /** An invocation dies before or after a call took effect. */
  crash: 2,
  /** An invocation is declared failed while its code runs on. */
  zombie: 3,
  /** Calls take minutes, or their answers do. */
  slowCalls: 2,
  firestoreErrors: 2,
  /** All of Firestore for a moment: longer than a call is tried again. */
  firestoreOutages: 4,
  /** Some writes of a request are refused for now, the others done. */
  writeErrors: 3,
  /** For a while, each request with a write of one document is refused as a whole. */
  writeRefusals: 5,
  /** The query for overdue records answers from the past. */
  staleQueries: 3,
  bigqueryErrors: 2,
  /** Stored, and answered with an error. */
  bigqueryLostAnswers: 2,
  /** Some items of a request take effect, then its answer is lost. */
  partialEffects: 3,
  /** Answers that nobody can read, whether the request took effect or not. */
  malformedAnswers: 4,
  /** A kept connection was closed: the request goes out again, and may have its effect twice. */
  connectionsClosed: 3,
  /** What a dead instance had sent takes effect all the same. */
  requestsOutlive: 3,
  /** Many documents, whose events and tasks share instances: all that one has in hand dies with it. */
  sharedInstances: 2,
  /** Requests of few items, and few at once: batches are full, and items wait. */
  smallBatches: 3,
  /** An instance dies while something waits: for company, for a request to end, or to be tried again. */
  crashesInWindow: 3,
  /** Timers fire late. */
  timersLate: 4,
  /** Nothing is stored for minutes or hours. */
  bigqueryOutage: 3,
  /** A column is "no such field" for minutes. */
  columnRefused: 4,
  enqueueErrors: 2,
  /** The queue runs a task twice, or late. */
  taskDuplicates: 2,
  /** Dispatches that never arrive count as attempts, up to the queue's limit; purged tasks are gone at once. */
  taskLosses: 3,
  /** The queue refuses a used name for 1 or 24 hours. */
  tombstones: 2,
  eventsLate: 2,
  eventsTwice: 2,
  /** Events that never come: the reconcile's to find. */
  eventsLost: 8,
  /** `retry` off: an event whose delivery fails does not come again. */
  retryOff: 12,
  /** Ticks of the sweep are missed or doubled. */
  sweepTicks: 3,
  /** Reconciles in the middle of it all, some of which leave nothing to the events that are on their way. */
  reconcileTicks: 3,
  /** An operator replays whatever is closed, resolved failures too. */
  operatorReplays: 4,
  clockSkew: 3,
  /** Instances start late, or not at all. */
  coldStarts: 4,
  /** The budget of attempts is two. */
  fewAttempts: 4,
  /** New code from a moment on, which may be taken back; see editions.ts. */
  deployment: 3,
  secretMissing: 5,
  /** The active key changes once. Relaxes "one body per version" to all cells but the pseudonym's. */
  keyRotated: 8,
  /** People ask to be forgotten. */
  erasures: 5,
  certificatesGone: 6,
  userEdits: 2,
  userDeletes: 3,
  poison: 4,
  /** Rows for which a request is refused as a whole. */
  poisonRequests: 4,
  /** Somebody makes failure records malformed, or deletes them. */
  recordsSpoiled: 6,
} as const;

export type FaultClass = keyof typeof FAULT_CLASSES;

export const ALL_FAULTS = Object.keys(FAULT_CLASSES) as readonly FaultClass[];

/** Each class by its name, so that a seed keeps its classes when others come. */
export function swarmOf(seed: number): readonly FaultClass[] {
  return ALL_FAULTS.filter((name) => randomOf(seed ^ hashOf(name))() * FAULT_CLASSES[name] < 1);
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
