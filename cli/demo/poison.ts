// Completed sessions that cannot become a row: a bug in the app, a tampered client. Each must be set aside with a
// reason, and harm no other.
import type { SessionData } from './session-data.ts';

export const POISONS: readonly (() => SessionData)[] = [
  // Wrong types.
  () => ({ duration: '45 minutes' }),
  () => ({ startTime: '2026-01-01T00:00:00Z' }),
  () => ({ repCount: 12.5 }),
  () => ({ formFeedback: ['a list', 'where a map should be'] }),
  // Near Firestore's limit of 1 MiB, and wrong: no part of it may end up in a reason, a task or a log.
  () => ({ formFeedback: { overallScore: 50, warnings: '長'.repeat(340_000) } }),
  // Hostile keys where a list of texts should be.
  () => ({
    formFeedback: { warnings: { constructor: { name: 'x' }, 'a.b`c': 1, ' ': null, '../..': true } },
  }),
];
