// Documents of finished sessions as the Admin SDK decodes them: one that has everything, one that has only
// what it must, and a generator of every legal kind between.
import { Timestamp } from 'firebase-admin/firestore';
import * as fc from 'fast-check';

export const FULL_SESSION = {
  sessionId: 'what-the-app-says',
  exerciseType: 'スクワット',
  status: 'completed',
  startTime: new Timestamp(1_767_225_600, 123_456_000),
  endTime: new Timestamp(1_767_225_900, 1_000),
  createdAt: new Timestamp(1_767_225_599, 0),
  duration: 300.5,
  repCount: 12,
  setCount: 3,
  formFeedback: {
    overallScore: 87.5,
    goodFrames: 240,
    warningFrames: 50,
    errorFrames: 10,
    warnings: ['膝が内側に入っています', 'back rounded'],
  },
  cameraSettings: { position: 'front', resolution: '1280x720', fps: 29.97 },
  sessionMetadata: {
    totalFrames: 300,
    processedFrames: 299,
    averageFps: 29.5,
    frameDropCount: 1,
    averageConfidence: 0.93,
    mediapipePerformance: { averageInferenceTime: 21.5, maxInferenceTime: 80.25, minInferenceTime: 11 },
    deviceInfo: { platform: 'iOS', osVersion: '19.1', deviceModel: 'iPhone17,2', deviceMemory: 8 },
  },
} as const;

export const MINIMAL_SESSION = {
  exerciseType: 'squat',
  status: 'completed',
  startTime: new Timestamp(1_767_225_600, 0),
  createdAt: new Timestamp(1_767_225_599, 0),
} as const;

/** From the year 1 to 9999, in the microseconds that Firestore keeps. */
const timestamps = fc
  .tuple(fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }), fc.integer({ min: 0, max: 999_999 }))
  .map(([seconds, micros]) => new Timestamp(seconds, micros * 1000));

const texts = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'false',
    '0',
    'null',
    '体幹トレーニング',
    'a\nb',
    "'; DROP TABLE sessions; --",
    '\u0000',
  ),
  fc.string({ unit: 'grapheme' }),
);
const floats = fc.oneof(fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 5e-324), fc.double());
const integers = fc.oneof(fc.constantFrom(0, Number.MAX_SAFE_INTEGER), fc.maxSafeInteger());

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const optional = (shape: Record<string, fc.Arbitrary<unknown>>) => fc.record(shape, { requiredKeys: [] });

/** Optional parts are there, `null` or missing; unknown fields come along. */
export const legalSessions = fc.record(
  {
    exerciseType: texts,
    status: fc.constant('completed'),
    startTime: timestamps,
    createdAt: timestamps,
    endTime: maybe(timestamps),
    duration: maybe(floats),
    repCount: maybe(integers),
    setCount: maybe(integers),
    formFeedback: maybe(
      optional({
        overallScore: maybe(floats),
        goodFrames: maybe(integers),
        warningFrames: maybe(integers),
        errorFrames: maybe(integers),
        warnings: maybe(fc.array(texts)),
        unknownPart: texts,
      }),
    ),
    cameraSettings: maybe(
      optional({ position: maybe(texts), resolution: maybe(texts), fps: maybe(floats), unknownPart: texts }),
    ),
    sessionMetadata: maybe(
      optional({
        totalFrames: maybe(integers),
        processedFrames: maybe(integers),
        averageFps: maybe(floats),
        frameDropCount: maybe(integers),
        averageConfidence: maybe(floats),
        mediapipePerformance: maybe(
          optional({
            averageInferenceTime: maybe(floats),
            maxInferenceTime: maybe(floats),
            minInferenceTime: maybe(floats),
          }),
        ),
        deviceInfo: maybe(
          optional({
            platform: maybe(texts),
            osVersion: maybe(texts),
            deviceModel: maybe(texts),
            deviceMemory: maybe(floats),
          }),
        ),
      }),
    ),
    sessionId: texts,
    email: texts,
    user_id_hash: texts,
  },
  { requiredKeys: ['exerciseType', 'status', 'startTime', 'createdAt'] },
);
