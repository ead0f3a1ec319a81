// The bad input table of documents: each wrong shape of a session, and the exact reason that ends up in its
// failure record. Reasons name fields and what is wanted, never what was found.
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { GeoPoint } from 'firebase-admin/firestore';
import { FULL_SESSION, legalSessions, MINIMAL_SESSION } from '../../test/contracts/session-documents.ts';
import { sessions } from '../pipelines/sessions.ts';
import { parseDocument } from './parse-document.ts';

const version = { updateTime: '2026-01-01T00:00:00.000001Z', contentHash: 'c' };
const parse = (data: Record<string, unknown>) =>
  parseDocument(sessions, { path: 'users/u1/sessions/s1', data, version });

const TEXT = 'expected a string';
const INTEGER = 'expected a whole number within ±2^53';
const FLOAT = 'expected a number';
const TIMESTAMP = 'expected a timestamp';
const MAP = 'expected a map';
const lookalike = { seconds: 'x', nanoseconds: 'y', toDate: 'z' };

const badDocuments: readonly (readonly [Record<string, unknown>, string])[] = [
  [{ exerciseType: undefined }, `exerciseType: ${TEXT}`],
  [{ exerciseType: null }, `exerciseType: ${TEXT}`],
  [{ exerciseType: 7 }, `exerciseType: ${TEXT}`],
  [{ exerciseType: ['squat'] }, `exerciseType: ${TEXT}`],
  [{ status: 'Completed' }, 'status: expected "completed"'],
  [{ startTime: undefined }, `startTime: ${TIMESTAMP}`],
  [{ startTime: '2026-01-01T00:00:00Z' }, `startTime: ${TIMESTAMP}`],
  [{ startTime: 1_767_225_600 }, `startTime: ${TIMESTAMP}`],
  [{ startTime: lookalike }, `startTime: ${TIMESTAMP}`],
  [{ createdAt: null }, `createdAt: ${TIMESTAMP}`],
  [{ endTime: new Date(0) }, `endTime: ${TIMESTAMP}`],
  [{ duration: '300' }, `duration: ${FLOAT}`],
  [{ duration: { value: 300 } }, `duration: ${FLOAT}`],
  [{ repCount: 1.5 }, `repCount: ${INTEGER}`],
  [{ repCount: Number.NaN }, `repCount: ${INTEGER}`],
  [{ repCount: 2 ** 53 }, `repCount: ${INTEGER}`],
  [{ repCount: '12' }, `repCount: ${INTEGER}`],
  [{ setCount: -Infinity }, `setCount: ${INTEGER}`],
  [{ setCount: true }, `setCount: ${INTEGER}`],
  [{ formFeedback: 'good' }, `formFeedback: ${MAP}`],
  [{ formFeedback: [] }, `formFeedback: ${MAP}`],
  [{ formFeedback: new GeoPoint(1, 2) }, `formFeedback: ${MAP}`],
  [{ formFeedback: { overallScore: '87' } }, `formFeedback.overallScore: ${FLOAT}`],
  [{ formFeedback: { warnings: 'knees' } }, 'formFeedback.warnings: expected an array of strings'],
  [{ formFeedback: { warnings: ['knees', null, 'back'] } }, `formFeedback.warnings.1: ${TEXT}`],
  [{ cameraSettings: { position: 1 } }, `cameraSettings.position: ${TEXT}`],
  [{ cameraSettings: { fps: 'fast' } }, `cameraSettings.fps: ${FLOAT}`],
  [{ sessionMetadata: { totalFrames: 0.1 } }, `sessionMetadata.totalFrames: ${INTEGER}`],
  [{ sessionMetadata: { deviceInfo: 'iPhone' } }, `sessionMetadata.deviceInfo: ${MAP}`],
  [
    { sessionMetadata: { deviceInfo: { deviceMemory: '8 GB' } } },
    `sessionMetadata.deviceInfo.deviceMemory: ${FLOAT}`,
  ],
  [
    { sessionMetadata: { mediapipePerformance: { maxInferenceTime: [] } } },
    `sessionMetadata.mediapipePerformance.maxInferenceTime: ${FLOAT}`,
  ],
  [{ repCount: 'x', setCount: 'y' }, `repCount: ${INTEGER}; setCount: ${INTEGER}`],
];

test.each(badDocuments)('%j is refused with "%s"', (change, reason) => {
  expect(parse({ ...MINIMAL_SESSION, ...change })).toEqual({
    ok: false,
    reason: `document invalid: ${reason}`,
  });
});

test('a document with nothing in it names all that it must have', () => {
  expect(parse({})).toEqual({
    ok: false,
    reason: `document invalid: exerciseType: ${TEXT}; startTime: ${TIMESTAMP}; status: expected "completed"; createdAt: ${TIMESTAMP}`,
  });
});

test('of many faults five are named and the rest counted', () => {
  const warnings = Array.from({ length: 1000 }, () => 7);
  expect(parse({ ...MINIMAL_SESSION, formFeedback: { warnings } })).toEqual({
    ok: false,
    reason: `document invalid: ${[0, 1, 2, 3, 4].map((i) => `formFeedback.warnings.${i}: ${TEXT}`).join('; ')}; and 995 more`,
  });
});

test('every legal document is taken', () => {
  expect(parse(FULL_SESSION)).toMatchObject({ ok: true });
  expect(parse(MINIMAL_SESSION)).toMatchObject({ ok: true, document: { cells: { exercise_type: 'squat' } } });
  fc.assert(fc.property(legalSessions, (data) => parse(data).ok));
});

test('whatever is wrong, the reason holds no value of the document', () => {
  const CANARY = 'canary-7f3a';
  const planted = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.constant(CANARY),
      fc.string().map((text) => `${text}${CANARY}`),
      fc.array(tie('any'), { minLength: 1, maxLength: 3 }),
      fc.dictionary(fc.constantFrom(CANARY, `k${CANARY}`, 'platform', 'warnings'), tie('any'), {
        minKeys: 1,
      }),
    ),
  })).any;
  const fields = fc.constantFrom(...Object.keys(FULL_SESSION), CANARY);
  fc.assert(
    fc.property(fc.dictionary(fields, planted, { minKeys: 1 }), (wrong) => {
      const parsed = parse({ ...FULL_SESSION, ...wrong, startTime: CANARY });
      expect(parsed.ok).toBe(false);
      expect(JSON.stringify(parsed)).not.toContain(CANARY);
    }),
  );
});
