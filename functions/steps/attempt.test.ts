import { expect, test } from '@jest/globals';
import { sessions } from '../pipelines/sessions.ts';
import { toAttempt } from './attempt.ts';

const version = { updateTime: '2026-01-01T00:00:00.000001Z', contentHash: 'c' };
const at = new Date('2026-01-01T00:00:01Z');

test('an attempt names the person, the document and the version that it was about', () => {
  const source = { path: 'users/花子/sessions/s1', data: {}, version };
  expect(toAttempt(sessions, source, 1, 3, at)).toEqual({
    subject: {
      userId: '花子',
      sessionId: 's1',
      documentPath: 'users/花子/sessions/s1',
      pipeline: 'sessions',
      tableName: 'sessions',
      documentVersion: version,
      keyVersion: 1,
    },
    generation: 3,
    at,
  });
});

test('an attempt at a document of another path names nobody, and can still be recorded', () => {
  const source = { path: 'teams/t1/matches/m1', data: {}, version };
  const { subject, generation } = toAttempt(sessions, source, 1, undefined, at);
  expect(subject).toMatchObject({ userId: '', sessionId: 'm1', documentPath: 'teams/t1/matches/m1' });
  expect(generation).toBeUndefined();
});
