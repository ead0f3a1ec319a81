import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { failureId, insertId, isFailureId, taskId, type FailureId } from './ids.ts';

const version = { updateTime: '2026-01-01T00:00:00.000001Z', contentHash: 'c'.repeat(64) };

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

test('an id is 64 hex digits, whatever it is made from', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ unit: 'grapheme' }), fc.nat(), (pipeline, path, generation) => {
      for (const id of [
        failureId(pipeline, path),
        insertId(pipeline, path, version),
        taskId(path as FailureId, generation),
      ]) {
        expect(id).toMatch(/^[0-9a-f]{64}$/);
      }
    }),
  );
});

test('where one part ends and the next begins makes a difference', () => {
  const parts = fc.string({ unit: fc.constantFrom('a', '1', ':'), maxLength: 4 });
  fc.assert(
    fc.property(parts, parts, parts, parts, (a, b, c, d) => {
      expect(failureId(a, b) === failureId(c, d)).toBe(a === c && b === d);
    }),
    { numRuns: 1000 },
  );
});

test('the ids of a failure, a row and a task never meet', () => {
  const time = version.updateTime;
  expect(
    new Set([
      failureId('p', 'x'),
      insertId('p', 'x', version),
      taskId('x' as FailureId, 1),
      taskId(time as FailureId, 1),
    ]).size,
  ).toBe(4);
});

test('a row of another version, path or pipeline has another insertId', () => {
  const id = insertId('sessions', 'users/u1/sessions/s1', version);
  expect(insertId('sessions', 'users/u1/sessions/s1', { ...version })).toBe(id);
  const later = { ...version, updateTime: '2026-01-01T00:00:00.000002Z' };
  expect(insertId('sessions', 'users/u1/sessions/s1', later)).not.toBe(id);
  expect(insertId('sessions', 'users/u1/sessions/s2', version)).not.toBe(id);
  expect(insertId('others', 'users/u1/sessions/s1', version)).not.toBe(id);
});

test('an id of a failure is told from a path, a name and another case', () => {
  const id = failureId('sessions', 'users/u1/sessions/s1');
  expect(isFailureId(id)).toBe(true);
  for (const other of ['', 'users/u1', id.toUpperCase(), id.slice(1), `${id}0`, `${id}\n`]) {
    expect([other, isFailureId(other)]).toEqual([other, false]);
  }
});

// Records and tasks of the release before must be found again by the release after.
test('an id is the SHA-256 of its parts, each with its byte length before it', () => {
  expect(failureId('sessions', 'users/花子/sessions/s1')).toBe(
    sha256('7:failure8:sessions24:users/花子/sessions/s1'),
  );
  expect(insertId('sessions', 'a/b', version)).toBe(sha256(`3:row8:sessions3:a/b27:${version.updateTime}`));
  expect(taskId('abc' as FailureId, 10)).toBe(sha256('4:task3:abc2:10'));
});
