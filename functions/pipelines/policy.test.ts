// The policies by themselves, on a pipeline that has every one of them.
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Timestamp } from 'firebase-admin/firestore';
import { fields, journal, type Journal } from '../../test/contracts/journal-pipeline.ts';
import { FULL_SESSION } from '../../test/contracts/session-documents.ts';
import type { LogFields } from '../services/log.ts';
import type { ClaimCheck } from '../services/retry-queue.ts';
import { definePipeline } from './define-pipeline.ts';
import { toBins, toCount, toDay, toHour, toLength, toMajor } from './generalise.ts';
import { freeText, integer, keyedMap, optional, reference, text, timestamp } from './kinds.ts';
import type { Row } from './pipeline.ts';
import { drop, generalise, keep, map, pseudonymise, type Policies } from './policy.ts';
import { campaigns } from './campaigns.ts';
import { influencers } from './influencers.ts';
import { sessions } from './sessions.ts';

const CANARY = 'canary-7f3a';

function read(data: Record<string, unknown>, pipeline = journal) {
  const reading = pipeline.read(data);
  if (!reading.ok) throw new Error(reading.problems.join('; '));
  return reading;
}

describe('does not compile', () => {
  test('a field without a policy, at any depth', () => {
    const { note: _, ...lacking } = fields;
    // @ts-expect-error -- `note` has no policy
    const incomplete: Policies<Journal> = lacking;
    // @ts-expect-error -- `at.ended`, `at.weight` and `at.app` have none
    const inner: Policies<Journal> = { ...fields, at: map({ begun: drop('') }) };
    expect([incomplete, inner]).toHaveLength(2);
  });

  test('a parameter of the path without a policy', () => {
    const person = pseudonymise(text, 'person', 'Whose is whose.');
    expect(() =>
      // @ts-expect-error -- `year` has no policy
      definePipeline({ ...journal, document: 'people/{person}/journal/{year}', params: { person } }),
    ).toThrow('Cannot define pipeline "journal"');
  });

  test('a policy for values of another type, or one that lets a needed value be absent', () => {
    // @ts-expect-error -- `exerciseType` is text
    const number: Policies<{ exerciseType: string }> = { exerciseType: keep(integer, 'a', '') };
    // @ts-expect-error -- it is always there
    const absent: Policies<{ exerciseType: string }> = { exerciseType: keep(optional(text), 'a', '') };
    // @ts-expect-error -- it may be absent
    const needed: Policies<{ exerciseType?: string | null }> = { exerciseType: keep(text, 'a', '') };
    expect([number, absent, needed]).toHaveLength(3);
  });

  test('a row, a task or a log line of anything that was not pseudonymised or hashed', () => {
    const { cells } = read({ done: true });
    // @ts-expect-error -- cells are no row before `pseudonymise`
    const row: Row = cells;
    // @ts-expect-error -- any text
    const claim: ClaimCheck = { failureId: 'users/u1/sessions/s1', generation: 1 };
    // @ts-expect-error -- any text
    const line: LogFields = { failureId: 'u1' };
    // @ts-expect-error -- a field that no line has
    const path: LogFields = { path: 'users/u1' };
    expect([row, claim, line, path]).toHaveLength(4);
  });

  test('keeping what is an identifier by nature: what people type, references, keys that are data', () => {
    // @ts-expect-error -- free text
    keep(freeText, 'a', '');
    // @ts-expect-error -- a reference
    keep(reference, 'a', '');
    // @ts-expect-error -- free keys
    keep(keyedMap, 'a', '');
    // @ts-expect-error -- a time is no identifier to be hashed: it could be guessed from its hash
    pseudonymise(timestamp, 'a', '');
    // @ts-expect-error -- the length of a time
    generalise(timestamp, toLength, 'a', '');
    expect(journal.fields).toBe(fields);
  });
});

describe('a field without a policy', () => {
  test('is dropped and counted, whatever its name, its type and its depth', () => {
    const anything = fc.oneof(
      fc.constant(CANARY),
      fc.constant([CANARY]),
      fc.constant({ [CANARY]: CANARY }),
      fc.constant(null),
    );
    const names = fc
      .string({ unit: 'grapheme' })
      .map((name) => `${CANARY}${name}`)
      .filter((name) => name !== '__proto__');
    const unknown = fc.dictionary(names, anything, { maxKeys: 5 });
    fc.assert(
      fc.property(unknown, unknown, (outer, inner) => {
        const reading = read({ ...outer, done: true, at: { ...inner, app: '3.1' } });
        expect(reading.unknownFields).toBe(Object.keys(outer).length + Object.keys(inner).length);
        expect(JSON.stringify(reading)).not.toContain(CANARY);
        expect(reading.cells).toMatchObject({ done: true, app: '3' });
      }),
    );
  });

  test('is none of ours, and none with the policy to be dropped', () => {
    expect(read({ email: CANARY, bigquerySyncStatus: 'synced' })).toMatchObject({ unknownFields: 0 });
    expect(read(FULL_SESSION, sessions)).toMatchObject({ unknownFields: 0 });
  });
});

test('what is generalised says less, and what does not fit says nothing', () => {
  const cells = (data: Record<string, unknown>) => read(data).cells;
  const moment = new Timestamp(1_767_225_600 + 3_599, 999_999_000);
  expect(cells({ at: { begun: moment, ended: moment, weight: 71.5, app: 'v19.1.2' } })).toMatchObject({
    begun: '2026-01-01T00:00:00.000000Z',
    ended: '2026-01-01T00:00:00.000000Z',
    weight: '[70, 80)',
    app: '19',
  });
  expect(cells({ note: '膝が痛い👍', tags: ['a', 'b'], likes: { [CANARY]: 1 } })).toMatchObject({
    note_length: 5,
    tags: 2,
    likes: 1,
  });
  expect(cells({ at: { weight: Number.NaN, app: `${CANARY} 12345` } })).toMatchObject({
    weight: null,
    app: null,
  });
  expect(cells({})).toEqual(cells({ at: null, note: null, tags: null, helpers: null, done: null }));
});

describe('generalising', () => {
  test.each([
    [-1, '2025-12-31', '1969-12-31T23:00:00.000000Z', '1969-12-31T00:00:00.000000Z'],
    [0, '', '1970-01-01T00:00:00.000000Z', '1970-01-01T00:00:00.000000Z'],
    [86_399, '', '1970-01-01T23:00:00.000000Z', '1970-01-01T00:00:00.000000Z'],
  ])('a time of %d s goes to the beginning of its hour and day', (seconds, _, hour, day) => {
    expect(toHour.apply({ seconds, nanoseconds: 5 })).toBe(hour);
    expect(toDay.apply({ seconds, nanoseconds: 5 })).toBe(day);
  });

  test.each([
    [-Infinity, '< 0'],
    [-0.001, '< 0'],
    [0, '[0, 10)'],
    [9.999, '[0, 10)'],
    [10, '>= 10'],
    [Infinity, '>= 10'],
    [Number.NaN, null],
  ])('the number %d goes to the bin %s', (value, bin) => {
    expect(toBins(10, 0).apply(value)).toBe(bin);
  });

  test('a version goes to its major number, and to nothing when it is none', () => {
    const majors = ['19', '19.1.2', 'v3', '4.0-beta.1', '', 'iOS 19', '123456', '1 2', `1${CANARY}`];
    expect(majors.map((version) => toMajor.apply(version))).toEqual([
      '19',
      '19',
      '3',
      '4',
      ...Array.from({ length: 5 }, () => null),
    ]);
  });

  test('a text goes to its length in characters, a list and a map to their size', () => {
    expect(toLength.apply('👍膝a')).toBe(3);
    expect([toCount.apply(['a', 'a']), toCount.apply({ a: 1 }), toCount.apply([])]).toEqual([2, 1, 0]);
  });
});

describe('a pipeline that contradicts itself is refused', () => {
  const define = (change: object) => () =>
    definePipeline({ ...journal, document: 'people/{person}/journal/{year}', ...change } as never);
  test.each([
    ['two fields of one column', { fields: { ...fields, more: keep(text, 'year', '') } }, 'two fields have'],
    ['a key that is no column', { key: ['person', 'email'] }, 'no field has the column "email"'],
    ['a time that is no column', { time: { field: 'x', column: 'x' } }, 'no field has the column "x"'],
    [
      'a subject that is kept',
      { params: { ...journal.params, person: keep(text, 'person', '') } },
      'its subject would be told to BigQuery',
    ],
    [
      'a quasi-identifier that is no column',
      {
        reidentification: { ...journal.reidentification, quasiIdentifiers: [{ column: 'age', to: 'value' }] },
      },
      'no field has the column "age"',
    ],
  ])('%s', (_, change, problem) => {
    expect(define(change)).toThrow(`Cannot define pipeline "journal": ${problem}`);
  });
});

test('every policy of every pipeline has a reason', () => {
  for (const { params, fields: policies, subjectIsPublic: reason = 'It is not.' } of [
    sessions,
    influencers,
    campaigns,
  ]) {
    const reasons = JSON.stringify([params, policies, { reason }], (name, value: unknown) =>
      name === 'reason' && typeof value === 'string' && !/^[A-Z].+\.$/.test(value) ? '(no sentence)' : value,
    );
    expect(reasons).not.toContain('(no sentence)');
  }
});
