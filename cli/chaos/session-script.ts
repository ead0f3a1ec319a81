// What the app does to one session, and when: seeded, so that a run can be repeated. It knows no client, and nothing
// of what must become of the session: that is read from what Firestore committed.
import { mulberry32 } from '../../emulators/shared/faults.ts';
import { createCanary } from '../../test/leaks/canaries.ts';
import type { Canary } from '../../test/leaks/search.ts';
import { POISONS } from '../demo/poison.ts';
import { completionOf, creationOf, progressOf, type SessionData } from '../demo/session-data.ts';

export type Write =
  { readonly kind: 'set' | 'update'; readonly data: SessionData } | { readonly kind: 'delete' };

export interface Step {
  /** How long the app waits before it. */
  readonly waitMs: number;
  readonly write: Write;
}

export interface SessionScript {
  /** `users/{userId}/sessions/{sessionId}` */
  readonly path: string;
  readonly steps: readonly Step[];
}

/** A field that the pipeline does not know: whether a completed document is one that must be refused. */
export const REFUSED_FIELD = 'chaosRefused';

/** Identifiers of people: none of them may be found outside Firestore, in whatever form. */
export const USERS: readonly Canary[] = (['plain', 'email', 'japanese', 'quoted'] as const).flatMap((style) =>
  Array.from({ length: 6 }, (_, n) => createCanary(style, n, 'the id of a user')),
);

/** Held in memory by Firestore, by BigQuery and by the check: so many of about 1 MB and no more. */
const MAX_LARGE = 30;
const LONGEST_WAIT_MS = 2500;

/** A completion may bring a recording of 900 kB: beside another large field it would be more than Firestore takes. */
const UNRECORDED = { recording: null };

type Random = () => number;
type Story = (random: Random, created: SessionData, i: number) => readonly Write[];

const RARELY_LARGE: readonly ((random: Random) => SessionData)[] = [
  () => ({ exerciseType: '長'.repeat(300_000) }),
  () => ({ recording: Buffer.alloc(1_000_000, 7) }),
  () => ({ formFeedback: { overallScore: 1, warnings: ['膝'.repeat(150_000), 'w'.repeat(400_000)] } }),
];

const reopen: Write = { kind: 'update', data: { status: 'in_progress' } };

const create: Story = (_, created) => [{ kind: 'set', data: created }];
const progress: Story = (random) => [
  { kind: 'update', data: progressOf(random, 0) },
  ...(random() < 0.5 ? [{ kind: 'update' as const, data: progressOf(random, 1) }] : []),
];
const complete: Story = (random, created) => [
  { kind: 'update', data: { ...completionOf(random, created), [REFUSED_FIELD]: false } },
];
const completeWhole: Story = (random, created) => [
  { kind: 'set', data: { ...created, ...completionOf(random, created), [REFUSED_FIELD]: false } },
];
const completeWrong: Story = (random, created, i) => [
  {
    kind: 'update',
    data: {
      ...completionOf(random, created),
      ...UNRECORDED,
      ...POISONS[i % POISONS.length]?.(),
      [REFUSED_FIELD]: true,
    },
  },
];
const completeLarge: Story = (random, created, i) => [
  {
    kind: 'set',
    data: {
      ...created,
      ...completionOf(random, created),
      ...UNRECORDED,
      ...(i / LARGE_EVERY < MAX_LARGE ? RARELY_LARGE[i % RARELY_LARGE.length]?.(random) : {}),
      [REFUSED_FIELD]: false,
    },
  },
];
const edit: Story = (random) => [
  { kind: 'update', data: { note: `edited ${random()}`, repCount: Math.floor(random() * 99) } },
];
const remove: Story = () => [{ kind: 'delete' }];
const again: Story = (...args) => [reopen, ...complete(...args)];

const STORIES: readonly { readonly weight: number; readonly parts: readonly Story[] }[] = [
  { weight: 34, parts: [create, progress, complete] },
  { weight: 12, parts: [completeWhole] },
  { weight: 12, parts: [create, progress, complete, edit, edit] },
  { weight: 9, parts: [create, complete, again] },
  { weight: 6, parts: [create, complete, again, again, edit] },
  { weight: 6, parts: [create, progress, complete, remove] },
  { weight: 4, parts: [create, complete, remove, completeWhole] },
  { weight: 3, parts: [completeWhole, completeWhole, edit] },
  { weight: 3, parts: [create, progress] },
  { weight: 2, parts: [create, progress, remove] },
  { weight: 6, parts: [create, completeWrong] },
  { weight: 3, parts: [create, completeWrong, () => [reopen], completeWhole] },
];
const TOTAL_WEIGHT = STORIES.reduce((sum, { weight }) => sum + weight, 0);
const LARGE_EVERY = 40;

export function scriptOf(seed: number, i: number): SessionScript {
  const random = mulberry32(Math.imul(seed, 0x9e3779b1) + i);
  const user = USERS[Math.floor(random() * USERS.length)]!.text;
  const created = { ...creationOf(random), owner: user };
  const parts = i % LARGE_EVERY === LARGE_EVERY - 1 ? [completeLarge] : storyAt(random() * TOTAL_WEIGHT);
  const writes = parts.flatMap((part) => part(random, created, i));
  return {
    path: `users/${user}/sessions/${sessionId(random, i)}`,
    steps: writes.map((write) => ({ waitMs: waitMs(random), write })),
  };
}

function storyAt(point: number): readonly Story[] {
  let left = point;
  for (const { weight, parts } of STORIES) {
    left -= weight;
    if (left < 0) return parts;
  }
  return [completeWhole];
}

/** Session ids are columns of the row and no secret; odd ones must come through unharmed. */
function sessionId(random: Random, i: number): string {
  const kinds = [`s${i}`, `セッション${i}`, `s ${i} "%41" \\`, `\u{1F3CB}${i}'; --`, `é.${i}\`\${x}`];
  return random() < 0.6 ? kinds[0]! : kinds[Math.floor(random() * kinds.length)]!;
}

function waitMs(random: Random): number {
  const point = random();
  return point < 0.3 ? 0 : Math.floor(((point - 0.3) / 0.7) ** 3 * LONGEST_WAIT_MS);
}
