// Training sessions: one row per completed session. Columns are described in bigquery-schemas/sessions.json;
// a test holds the two together.
import { definePipeline } from './define-pipeline.ts';
import type { Time } from './fields.ts';
import { float, integer, literal, optional, text, texts, timestamp } from './kinds.ts';
import { drop, keep, map, pseudonymise, type Policies } from './policy.ts';

type Maybe<Value> = Value | null;

/** A completed session as the app writes it. */
interface Session {
  readonly sessionId?: Maybe<string>;
  readonly exerciseType: string;
  readonly status: 'completed';
  readonly startTime: Time;
  readonly endTime?: Maybe<Time>;
  readonly createdAt: Time;
  readonly duration?: Maybe<number>;
  readonly repCount?: Maybe<number>;
  readonly setCount?: Maybe<number>;
  readonly formFeedback?: Maybe<{
    readonly overallScore?: Maybe<number>;
    readonly goodFrames?: Maybe<number>;
    readonly warningFrames?: Maybe<number>;
    readonly errorFrames?: Maybe<number>;
    readonly warnings?: Maybe<readonly string[]>;
  }>;
  readonly cameraSettings?: Maybe<{
    readonly position?: Maybe<string>;
    readonly resolution?: Maybe<string>;
    readonly fps?: Maybe<number>;
  }>;
  readonly sessionMetadata?: Maybe<{
    readonly totalFrames?: Maybe<number>;
    readonly processedFrames?: Maybe<number>;
    readonly averageFps?: Maybe<number>;
    readonly frameDropCount?: Maybe<number>;
    readonly averageConfidence?: Maybe<number>;
    readonly mediapipePerformance?: Maybe<{
      readonly averageInferenceTime?: Maybe<number>;
      readonly maxInferenceTime?: Maybe<number>;
      readonly minInferenceTime?: Maybe<number>;
    }>;
    readonly deviceInfo?: Maybe<{
      readonly platform?: Maybe<string>;
      readonly osVersion?: Maybe<string>;
      readonly deviceModel?: Maybe<string>;
      readonly deviceMemory?: Maybe<number>;
    }>;
  }>;
}

const TRAINING = 'What was trained, and how much: the subject of the reports.';
const FORM = 'How well it was done: the subject of the reports.';
const RECORDING = 'Whether a bad score is a bad recording.';
const SPEED = 'Whether the pose estimation keeps up on a device.';
const DEVICE = 'Which devices the app works badly on. A quasi-identifier: see the re-identification report.';

const fields: Policies<Session> = {
  sessionId: drop('A copy by the app; the id in the path is the one that counts.'),
  exerciseType: keep(text, 'exercise_type', TRAINING),
  startTime: keep(timestamp, 'start_time', 'When people train. A quasi-identifier.'),
  endTime: keep(optional(timestamp), 'end_time', 'When people train. A quasi-identifier.'),
  duration: keep(optional(float), 'duration', TRAINING),
  status: keep(literal('completed'), 'status', 'Always the same; reports filter by it.'),
  repCount: keep(optional(integer), 'rep_count', TRAINING),
  setCount: keep(optional(integer), 'set_count', TRAINING),
  formFeedback: map({
    overallScore: keep(optional(float), 'overall_score', FORM),
    goodFrames: keep(optional(integer), 'good_frames', FORM),
    warningFrames: keep(optional(integer), 'warning_frames', FORM),
    errorFrames: keep(optional(integer), 'error_frames', FORM),
    warnings: keep(optional(texts), 'warnings', 'Sentences of the app from a list; nobody types them.'),
  }),
  cameraSettings: map({
    position: keep(optional(text), 'camera_position', RECORDING),
    resolution: keep(optional(text), 'camera_resolution', RECORDING),
    fps: keep(optional(float), 'camera_fps', RECORDING),
  }),
  sessionMetadata: map({
    totalFrames: keep(optional(integer), 'total_frames', RECORDING),
    processedFrames: keep(optional(integer), 'processed_frames', RECORDING),
    averageFps: keep(optional(float), 'average_fps', RECORDING),
    frameDropCount: keep(optional(integer), 'frame_drop_count', RECORDING),
    averageConfidence: keep(optional(float), 'average_confidence', RECORDING),
    mediapipePerformance: map({
      averageInferenceTime: keep(optional(float), 'average_inference_time', SPEED),
      maxInferenceTime: keep(optional(float), 'max_inference_time', SPEED),
      minInferenceTime: keep(optional(float), 'min_inference_time', SPEED),
    }),
    deviceInfo: map({
      platform: keep(optional(text), 'platform', DEVICE),
      osVersion: keep(optional(text), 'os_version', DEVICE),
      deviceModel: keep(optional(text), 'device_model', DEVICE),
      deviceMemory: keep(optional(float), 'device_memory', DEVICE),
    }),
  }),
  createdAt: keep(timestamp, 'created_at', 'The time by which both sides are counted. A quasi-identifier.'),
};

export const sessions = definePipeline({
  name: 'sessions',
  document: 'users/{userId}/sessions/{sessionId}',
  subject: 'userId',
  when: { completed: { field: 'status', equals: 'completed' } },
  params: {
    userId: pseudonymise(text, 'user_id_hash', 'Which sessions are of one person, and not of whom.'),
    sessionId: keep(
      text,
      'session_id',
      "Part of the row's key, and the way from a row to its document. Made at random, it says nothing of the person; an app that puts something telling into it must pseudonymise it here.",
    ),
  },
  fields,
  table: 'sessions',
  key: ['user_id_hash', 'session_id'],
  time: { field: 'createdAt', column: 'created_at' },
  retentionDays: 1096, // three years
  reidentification: {
    quasiIdentifiers: [
      { column: 'platform', to: 'value' },
      { column: 'os_version', to: 'major' },
      { column: 'device_model', to: 'value' },
      { column: 'start_time', to: 'hour' },
    ],
    sensitive: 'exercise_type',
    k: 5,
    published: [
      'exercise_type',
      'duration',
      'rep_count',
      'set_count',
      'overall_score',
      'good_frames',
      'warning_frames',
      'error_frames',
      'warnings',
    ],
  },
});
