import { expect, test } from '@jest/globals';
import { sessions } from '../pipelines/sessions.ts';
import { isToSync, matchPath } from './source.ts';

const PATTERN = 'users/{userId}/sessions/{sessionId}';

test.each([
  ['users/u1/sessions/s1', { userId: 'u1', sessionId: 's1' }],
  ['users/ユーザー 花子/sessions/s%2F1', { userId: 'ユーザー 花子', sessionId: 's%2F1' }],
  ['users/users/sessions/sessions', { userId: 'users', sessionId: 'sessions' }],
  ['users/{userId}/sessions/$&', { userId: '{userId}', sessionId: '$&' }],
])('the path %s is of the pattern', (path, params) => {
  expect(matchPath(PATTERN, path)).toEqual(params);
});

test.each([
  ['', 'empty'],
  ['users/u1/sessions', 'shorter'],
  ['users/u1/sessions/s1/laps/l1', 'longer'],
  ['/users/u1/sessions/s1', 'with a slash before it'],
  ['users//sessions/s1', 'with an empty id'],
  ['users/u1/sessions/', 'with an empty last id'],
  ['teams/u1/sessions/s1', 'of another collection'],
  ['users/u1/Sessions/s1', 'of another case'],
])('the path "%s", %s, is not', (path) => {
  expect(matchPath(PATTERN, path)).toBeUndefined();
});

test.each([
  ['completed', true],
  ['Completed', false],
  ['active', false],
  [undefined, false],
  [null, false],
  [true, false],
  [['completed'], false],
])('a document whose status is %j is completed: %s', (status, completed) => {
  expect(isToSync(sessions, (name) => ({ status })[name as 'status'])).toBe(completed);
});
