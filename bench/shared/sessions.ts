// The sessions that all benches write and send: those of the demo without its giants, about 1.8 KB each when they
// are completed.
import { Timestamp } from '@google-cloud/firestore';
import { completionOf, creationOf, type SessionData } from '../../cli/demo/session-data.ts';
import type { FirestoreTrigger } from '../../emulators/eventarc/trigger.ts';

export const PROJECT = 'demo-bench';
export const REGION = 'asia-northeast1';

/** Which write of a session an event is about. */
export type EventKind = 'progress' | 'completion' | 'status' | 'later-change';

export const TRIGGER: FirestoreTrigger = {
  key: `${REGION}-session_onComplete-0`,
  functionName: 'session_onComplete',
  region: REGION,
  eventType: 'google.cloud.firestore.document.v1.written',
  database: '(default)',
  namespace: '(default)',
  document: 'users/{userId}/sessions/{sessionId}',
  retry: true,
  concurrency: 80,
  url: '',
};

export interface PlannedSession {
  readonly path: string;
  /** The last one is the write that the event is about. */
  readonly writes: readonly SessionData[];
}

const SESSIONS_PER_USER = 12;

export function sessionWrites(
  count: number,
  random: () => number,
  seed: number,
  kind: EventKind,
): PlannedSession[] {
  return Array.from({ length: count }, (_, i) => {
    const user = `user${Math.floor(i / SESSIONS_PER_USER)}`.padEnd(28, 'x');
    const path = `users/${user}/sessions/s${seed}x${i}`;
    const created = creationOf(random);
    // One in a hundred of the demo's has 900 KB: such a one would drown what the others cost.
    let completion = completionOf(random, created);
    while ('recording' in completion) completion = completionOf(random, created);
    return { path, writes: writesUpTo(kind, created, completion) };
  });
}

function writesUpTo(kind: EventKind, created: SessionData, completion: SessionData): SessionData[] {
  switch (kind) {
    case 'progress':
      return [created, { status: 'paused', repCount: 7, setCount: 1 }];
    case 'completion':
      return [created, completion];
    case 'status':
      return [created, completion, STATUS];
    case 'later-change':
      return [created, completion, { note: 'changed after it was completed' }];
  }
}

/** As the functions leave it on the document. */
const STATUS: SessionData = {
  bigquerySyncStatus: 'synced',
  bigquerySyncError: null,
  bigquerySyncRetryCount: 0,
  bigquerySyncVersion: { updateTime: '2026-09-01T00:00:00.000000Z', contentHash: '0'.repeat(64) },
  bigquerySyncedAt: new Timestamp(1_788_220_800, 0),
};
