// What the demo's app writes: seeded, so that a run can be repeated. A plan is a list of writes per session and what
// should become of it; nothing here touches a client.
import { mulberry32 } from '../../emulators/shared/faults.ts';
import { completionOf, creationOf, progressOf, type SessionData } from './session-data.ts';
import { POISONS } from './poison.ts';

export type Write =
  { readonly kind: 'create' | 'update'; readonly data: SessionData } | { readonly kind: 'delete' };

export interface PlannedSession {
  /** `users/{userId}/sessions/{sessionId}` */
  readonly path: string;
  readonly writes: readonly Write[];
  readonly ends: 'completed' | 'poison' | 'unfinished';
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const SESSIONS_PER_USER = 12;
/** One poison session in so many, at most `MAX_POISON` of each kind. */
const POISON_EVERY = 120;
const MAX_POISON_ROUNDS = 3;

/** The sessions of the demo, one by one: large runs are not held in memory. */
export function* planSessions(count: number, seed: number): Generator<PlannedSession> {
  const random = mulberry32(seed);
  const id = (length: number) =>
    Array.from({ length }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join('');
  const users = Array.from({ length: Math.ceil(count / SESSIONS_PER_USER) }, () => id(28));
  const poisonous = poisonPositions(count);

  for (let i = 0; i < count; i++) {
    const user = users[Math.floor(random() * users.length)] ?? id(28);
    const path = `users/${user}/sessions/${id(20)}`;
    const created = creationOf(random);
    const progress: Write[] = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, step) => ({
      kind: 'update',
      data: progressOf(random, step),
    }));
    const begun: Write[] = [{ kind: 'create', data: created }, ...progress];

    const poison = poisonous.get(i);
    const fate = random();
    if (poison) {
      const data = { ...completionOf(random, created), ...poison() };
      yield { path, writes: [...begun, { kind: 'update', data }], ends: 'poison' };
    } else if (fate < 0.08) {
      yield { path, writes: begun, ends: 'unfinished' };
    } else if (fate < 0.12) {
      yield { path, writes: [...begun, { kind: 'delete' }], ends: 'unfinished' };
    } else if (fate < 0.15) {
      // An app that was offline: all of it arrives in one write.
      const data = { ...created, ...completionOf(random, created) };
      yield { path, writes: [{ kind: 'create', data }], ends: 'completed' };
    } else {
      const writes: Write[] = [...begun, { kind: 'update', data: completionOf(random, created) }];
      yield { path, writes, ends: 'completed' };
    }
  }
}

/** Every kind of poison at least once from about a hundred sessions on, spread over the run. */
function poisonPositions(count: number): Map<number, () => SessionData> {
  const rounds = Math.min(MAX_POISON_ROUNDS, Math.ceil(count / (POISON_EVERY * POISONS.length)));
  const wanted = count < 20 ? [] : Array.from({ length: rounds }, () => POISONS).flat();
  const step = count / (wanted.length + 1);
  return new Map(wanted.map((poison, i) => [Math.floor(step * (i + 1)), poison]));
}
