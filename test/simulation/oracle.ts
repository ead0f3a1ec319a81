// What the app writes, as a small description, and what an analyst must then find: two readings of the same
// description that share no code with the functions.
import { Timestamp } from 'firebase-admin/firestore';
import { expectedUserHash } from '../../cli/expected-pseudonym.ts';
import { createLeakSearch } from '../leaks/search.ts';

/** Planted in whatever may not leave Firestore. */
export const CANARY = 'canary-7f3a';

/** By the number of their document. */
export const userIdOf = (i: number) => `${CANARY}-花子-${i}`;
export const sessionIdOf = (i: number) => `s${i}`;
export const pathOf = (i: number) => `users/${userIdOf(i)}/sessions/${sessionIdOf(i)}`;

/** What is planted, and the hashes of paths too: more than a run has documents. */
export const leakSearch = createLeakSearch(
  [
    ...Array.from({ length: 10 }, (_, i) => ({ place: 'the id of a user', text: userIdOf(i) })),
    { place: 'a dropped field', text: `${CANARY}-of-the-app` },
    { place: 'an unknown field', text: `${CANARY}@example.com`, random: [CANARY] },
    { place: 'a refused value', text: `${CANARY} many` },
  ],
  { texts: Array.from({ length: 10 }, (_, i) => ({ place: 'the path of a document', text: pathOf(i) })) },
);

export interface Content {
  /** Tells contents apart. */
  readonly n: number;
  readonly completed: boolean;
  /** Refused by our own parsing, by the table alone, or together with all that it shares a request with. */
  readonly poison?: 'shape' | 'table' | 'request' | undefined;
}

/** BigQuery refuses this text wherever it stands. */
export const REFUSED_TEXT = 'refused by the table';
/** Or refuses the whole request for it. */
export const REFUSED_REQUEST_TEXT = 'refused with its request';
const TEXT_OF = { table: REFUSED_TEXT, request: REFUSED_REQUEST_TEXT, shape: undefined };

const exerciseOf = ({ n, poison }: Content) => (poison && TEXT_OF[poison]) ?? `スクワット ${n}`;

const STARTED_AT = 1_767_225_600;

export function toDocument(content: Content): Record<string, unknown> {
  const { n, completed, poison } = content;
  return {
    sessionId: `${CANARY}-of-the-app`,
    email: `${CANARY}@example.com`,
    exerciseType: exerciseOf(content),
    status: completed ? 'completed' : 'active',
    startTime: new Timestamp(STARTED_AT, 123_456_000),
    createdAt: new Timestamp(STARTED_AT - 1, 0),
    repCount: poison === 'shape' ? `${CANARY} many` : n,
    duration: n + 0.5,
    ...(n % 2 === 0
      ? { formFeedback: { overallScore: 0, warnings: ['', '膝'] }, cameraSettings: { position: null } }
      : {}),
  };
}

export interface Subject {
  readonly userId: string;
  readonly sessionId: string;
}

export interface Key {
  readonly version: number;
  readonly secret: string;
}

/** What an edition of the code does otherwise than the first. */
export interface Difference {
  readonly addsColumn: boolean;
  readonly acceptsShape: boolean;
}

/** Without `synced_at`. Columns that are absent here must be NULL. */
export function expectedRow(
  { userId, sessionId }: Subject,
  content: Content,
  updateTime: string,
  key: Key,
  { addsColumn, acceptsShape }: Difference,
): Readonly<Record<string, unknown>> {
  const { n, poison } = content;
  return {
    user_id_hash: pseudonym(userId, key),
    session_id: sessionId,
    exercise_type: exerciseOf(content),
    start_time: '2026-01-01T00:00:00.123456Z',
    status: 'completed',
    created_at: '2025-12-31T23:59:59.000000Z',
    rep_count: poison !== 'shape' ? n : acceptsShape ? null : 'must not be sent',
    duration: n + 0.5,
    ...(addsColumn ? { duration_ms: n * 1000 + 500 } : {}),
    warnings: n % 2 === 0 ? ['', '膝'] : [],
    ...(n % 2 === 0 ? { overall_score: 0 } : {}),
    source_updated_at: updateTime,
    pseudonym_key_version: key.version,
  };
}

const pseudonyms = new Map<string, string>();

/** Remembered: there are few people and keys, and millions of rows. */
function pseudonym(userId: string, { version, secret }: Key): string {
  const id = `${version} ${secret} ${userId}`;
  let value = pseudonyms.get(id);
  if (value === undefined) {
    value = expectedUserHash(secret, userId);
    pseudonyms.set(id, value);
  }
  return value;
}

/** The first column that is not as expected. */
export function difference(
  row: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const [column, cell] of Object.entries(row)) {
    if (column === 'synced_at') continue;
    if (!isSame(cell ?? null, expected[column] ?? null)) return column;
  }
  return Object.keys(expected).find((column) => !(column in row));
}

function isSame(a: unknown, b: unknown): boolean {
  return Array.isArray(a) && Array.isArray(b)
    ? a.length === b.length && a.every((x, i) => x === b[i])
    : a === b;
}
