import { expect, test } from '@jest/globals';
import { compilePattern } from './path-pattern.ts';

test.each([
  ['users/{userId}/sessions/{sessionId}', 'users/u1/sessions/s1', true],
  ['users/{userId}/sessions/{sessionId}', 'users/花子@例.jp/sessions/s 1', true],
  ['users/{userId}/sessions/{sessionId}', 'users/u1', false],
  ['users/{userId}/sessions/{sessionId}', 'users/u1/sessions/s1/parts/p1', false],
  ['users/{userId}/sessions/{sessionId}', 'xusers/u1/sessions/s1', false],
  ['/users/{userId}/', 'users/u1', true],
  ['users/{userId=*}', 'users/u1', true],
  ['users/u.1', 'users/u.1', true],
  ['users/u.1', 'users/ux1', false],
  ['users/*', 'users/u1', true],
  ['users/**', 'users/u1/sessions/s1', true],
  ['users/{rest=**}', 'users/u1/sessions/s1', true],
  ['users/{rest=**}', 'teams/u1', false],
  ['{path=**}', 'users/u1', true],
  ['{path=**}/sessions/{id}', 'users/u1/sessions/s1', true],
  ['{path=**}/sessions/{id}', 'sessions/s1', true],
  ['{path=**}/sessions/{id}', 'xsessions/s1', false],
  ['users/{path=**}/parts/{id}', 'users/u1/sessions/s1/parts/p1', true],
])('%s and %s: %s', (pattern, path, matches) => {
  expect(compilePattern(pattern)(path)).toBe(matches);
});
