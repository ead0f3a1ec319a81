// Training sessions: one row per completed session. Columns are described in bigquery-schemas/sessions.json;
// a test holds the two together.
import { z } from 'zod';
import { float, integer, map, text, texts, timestamp, toFloatCell, toRfc3339 } from './fields.ts';
import type { Pipeline, Pseudonymised } from './pipeline.ts';

const schema = z.object({
  exerciseType: text,
  status: z.literal('completed', { error: 'expected "completed"' }),
  startTime: timestamp,
  endTime: timestamp.nullish(),
  createdAt: timestamp,
  duration: float.nullish(),
  repCount: integer.nullish(),
  setCount: integer.nullish(),
  formFeedback: map({
    overallScore: float.nullish(),
    goodFrames: integer.nullish(),
    warningFrames: integer.nullish(),
    errorFrames: integer.nullish(),
    warnings: texts.nullish(),
  }),
  cameraSettings: map({
    position: text.nullish(),
    resolution: text.nullish(),
    fps: float.nullish(),
  }),
  sessionMetadata: map({
    totalFrames: integer.nullish(),
    processedFrames: integer.nullish(),
    averageFps: float.nullish(),
    frameDropCount: integer.nullish(),
    averageConfidence: float.nullish(),
    mediapipePerformance: map({
      averageInferenceTime: float.nullish(),
      maxInferenceTime: float.nullish(),
      minInferenceTime: float.nullish(),
    }),
    deviceInfo: map({
      platform: text.nullish(),
      osVersion: text.nullish(),
      deviceModel: text.nullish(),
      deviceMemory: float.nullish(),
    }),
  }),
});

export type Session = z.output<typeof schema>;

function toRow({ document, subject, params, version }: Pseudonymised<Session>) {
  const { formFeedback, cameraSettings, sessionMetadata } = document;
  const performance = sessionMetadata?.mediapipePerformance;
  const device = sessionMetadata?.deviceInfo;
  return {
    user_id_hash: subject.value,
    session_id: params['sessionId'] ?? null,
    exercise_type: document.exerciseType,
    start_time: toRfc3339(document.startTime),
    end_time: document.endTime ? toRfc3339(document.endTime) : null,
    duration: toFloatCell(document.duration),
    status: document.status,
    rep_count: document.repCount ?? null,
    set_count: document.setCount ?? null,
    overall_score: toFloatCell(formFeedback?.overallScore),
    good_frames: formFeedback?.goodFrames ?? null,
    warning_frames: formFeedback?.warningFrames ?? null,
    error_frames: formFeedback?.errorFrames ?? null,
    warnings: formFeedback?.warnings ?? [],
    camera_position: cameraSettings?.position ?? null,
    camera_resolution: cameraSettings?.resolution ?? null,
    camera_fps: toFloatCell(cameraSettings?.fps),
    total_frames: sessionMetadata?.totalFrames ?? null,
    processed_frames: sessionMetadata?.processedFrames ?? null,
    average_fps: toFloatCell(sessionMetadata?.averageFps),
    frame_drop_count: sessionMetadata?.frameDropCount ?? null,
    average_confidence: toFloatCell(sessionMetadata?.averageConfidence),
    average_inference_time: toFloatCell(performance?.averageInferenceTime),
    max_inference_time: toFloatCell(performance?.maxInferenceTime),
    min_inference_time: toFloatCell(performance?.minInferenceTime),
    platform: device?.platform ?? null,
    os_version: device?.osVersion ?? null,
    device_model: device?.deviceModel ?? null,
    device_memory: toFloatCell(device?.deviceMemory),
    created_at: toRfc3339(document.createdAt),
    source_updated_at: version.updateTime,
    pseudonym_key_version: subject.keyVersion,
  };
}

export type SessionRow = ReturnType<typeof toRow>;

export const sessions: Pipeline<Session> = {
  name: 'sessions',
  document: 'users/{userId}/sessions/{sessionId}',
  subject: 'userId',
  completion: { field: 'status', equals: 'completed' },
  schema,
  table: 'sessions',
  key: ['user_id_hash', 'session_id'],
  time: { field: 'createdAt', column: 'created_at' },
  toRow,
};
