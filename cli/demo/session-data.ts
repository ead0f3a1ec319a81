// Fields of a training session as a fitness app writes them: real-looking, and now and then odd but legal.
import { FieldValue, GeoPoint, Timestamp } from 'firebase-admin/firestore';

export type SessionData = Readonly<Record<string, unknown>>;
type Random = () => number;

const EXERCISES = ['squat', 'push_up', 'deadlift', 'plank', 'lunge', 'スクワット', '腕立て伏せ'];
const WARNINGS = [
  'knees inward',
  'back rounded',
  '膝が内側に入っています',
  '背中が丸まっています',
  'too fast',
];
const DEVICES = [
  { platform: 'iOS', osVersion: '18.1', deviceModel: 'iPhone16,2', deviceMemory: 8 },
  { platform: 'Android', osVersion: '15', deviceModel: 'Pixel 9', deviceMemory: 12 },
  { platform: 'Android', osVersion: '14', deviceModel: 'SO-51E', deviceMemory: 5.5 },
];
const NOW = Date.UTC(2026, 8, 1);
const YEAR_MS = 365 * 86_400_000;

const whole = (random: Random, max: number) => Math.floor(random() * max);
const pick = <T>(random: Random, list: readonly T[]): T => list[whole(random, list.length)]!;

export function creationOf(random: Random): SessionData {
  const started = NOW - Math.floor(random() * YEAR_MS);
  const micros = whole(random, 1000) * 1000;
  return {
    exerciseType: pick(random, EXERCISES),
    status: 'in_progress',
    startTime: new Timestamp(Math.floor(started / 1000), (started % 1000) * 1_000_000 + micros),
    createdAt: FieldValue.serverTimestamp(),
    repCount: 0,
    setCount: 0,
    cameraSettings: { position: pick(random, ['front', 'side', '正面']), resolution: '1280x720', fps: 29.97 },
    note: 'never analysed: a field that the pipeline does not know',
  };
}

export function progressOf(random: Random, step: number): SessionData {
  return {
    status: random() < 0.2 ? 'paused' : 'in_progress',
    repCount: (step + 1) * (5 + whole(random, 8)),
    setCount: step + 1,
  };
}

export function completionOf(random: Random, created: SessionData): SessionData {
  const started = created['startTime'] as Timestamp;
  const duration = 60 + whole(random, 3600);
  const totalFrames = duration * 30;
  const dropped = whole(random, 100);
  const complete = {
    status: 'completed',
    endTime: new Timestamp(started.seconds + duration, started.nanoseconds),
    duration: duration + (random() < 0.5 ? 0.25 : 0),
    repCount: whole(random, 60),
    formFeedback: {
      overallScore: whole(random, 101),
      goodFrames: totalFrames - dropped,
      warningFrames: whole(random, dropped + 1),
      errorFrames: 0,
      warnings: WARNINGS.filter(() => random() < 0.3),
    },
    sessionMetadata: {
      totalFrames,
      processedFrames: totalFrames - dropped,
      averageFps: 24 + random() * 6,
      frameDropCount: dropped,
      averageConfidence: random(),
      mediapipePerformance: {
        averageInferenceTime: 20 + random() * 10,
        maxInferenceTime: 60,
        minInferenceTime: 11.5,
      },
      deviceInfo: pick(random, DEVICES),
    },
  };
  return random() < 0.1 ? pick(random, ODD)(complete) : complete;
}

/** Unusual, but nothing that should keep a session from being analysed. */
const ODD: readonly ((complete: SessionData) => SessionData)[] = [
  having({ formFeedback: { overallScore: 0, goodFrames: 0, warnings: [] }, repCount: 0, duration: 0 }),
  ({ formFeedback: _feedback, sessionMetadata: _metadata, ...rest }) => rest,
  having({ endTime: null, duration: null, cameraSettings: null }),
  having({ exerciseType: '', cameraSettings: { position: '', resolution: '' } }),
  having({ sessionMetadata: { averageConfidence: Number.NaN, averageFps: Number.POSITIVE_INFINITY } }),
  having({ startTime: new Timestamp(0, 0), endTime: new Timestamp(253_402_300_799, 999_999_000) }),
  having({
    sessionId: 'not-the-id-in-the-path',
    gym: new GeoPoint(35.68, 139.76),
    tags: { 'a.b`c': ['💪'] },
  }),
  having({ exerciseType: '"; DROP TABLE sessions; --', cameraSettings: { position: '${x} {{y}} \u0000\n' } }),
  having({ recording: Buffer.alloc(900_000, 7) }),
];

function having(more: SessionData): (complete: SessionData) => SessionData {
  return (complete) => ({ ...complete, ...more });
}
