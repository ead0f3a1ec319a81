// The app: writes sessions at a steady rate, each session's writes in order. Firestore fails it like everybody else,
// and it does what an app does: it writes again until it is answered.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Firestore } from 'firebase-admin/firestore';
import { scriptOf, type SessionScript, type Write } from './session-script.ts';

export interface Load {
  readonly begun: () => number;
  /** Writes that were answered with an error and repeated. */
  readonly repeated: () => number;
  /** No new session from now on; resolves when those that were begun are written to their end. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly firestore: Firestore;
  readonly seed: number;
  /** Sessions begun in a second. */
  readonly rate: number;
}

/** More at once only when Firestore is away: then the app waits with it. */
const MAX_AT_ONCE = 400;
const AGAIN_AFTER_MS = 150;
const PATIENCE_MS = 180_000;

export function startLoad({ firestore, seed, rate }: LoadOptions): Load {
  const counts = { begun: 0, repeated: 0 };
  const sessions = new Set<Promise<void>>();
  const stopping = new AbortController();
  const { signal } = stopping;

  async function put(path: string, write: Write): Promise<void> {
    const reference = firestore.doc(path);
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        if (write.kind === 'set') await reference.set(write.data);
        else if (write.kind === 'update') await reference.update(write.data);
        else await reference.delete();
        return;
      } catch (error) {
        if (isInvalid(error) || Date.now() > end)
          throw new Error('Firestore refuses what the load writes', { cause: error });
        counts.repeated++;
        await sleep(AGAIN_AFTER_MS);
      }
    }
  }

  async function play({ path, steps }: SessionScript): Promise<void> {
    for (const { waitMs, write } of steps) {
      if (!signal.aborted) await sleep(waitMs);
      await put(path, write);
    }
  }

  async function begin(): Promise<void> {
    const startedAt = Date.now();
    while (!signal.aborted) {
      const due = ((Date.now() - startedAt) / 1000) * rate;
      while (counts.begun < due && sessions.size < MAX_AT_ONCE) {
        const session = play(scriptOf(seed, counts.begun++)).finally(() => sessions.delete(session));
        session.catch(() => undefined); // told by stop()
        sessions.add(session);
        all.push(session);
      }
      await sleep(20);
    }
  }

  const all: Promise<void>[] = [];
  const beginning = begin();
  return {
    begun: () => counts.begun,
    repeated: () => counts.repeated,
    async stop() {
      stopping.abort();
      await beginning;
      await Promise.all(all);
    },
  };
}

/** INVALID_ARGUMENT: no fault that is injected, but a mistake in what the load writes. */
function isInvalid(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 3;
}
