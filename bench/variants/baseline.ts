// What one writes from Google's documentation: a row by one insert of BigQuery's client, a status by one update of
// Firestore's, each for each document by itself. Correct (own insertIds, a keyed pseudonym, absent stays NULL), and
// with the clients as they come: nothing here is shared between documents. The same row as ours, for the same table.
import { createHash, createHmac } from 'node:crypto';
import { BigQuery } from '@google-cloud/bigquery';
import { initializeApp } from 'firebase-admin/app';
import { FieldValue, getFirestore, type DocumentData, type Timestamp } from 'firebase-admin/firestore';
import { onDocumentWritten } from 'firebase-functions/v2/firestore';
import { PassThroughClient } from 'google-auth-library';

initializeApp();
// Without a search for credentials, which the cloud answers at once and a laptop never: the same for all variants.
const bigquery = new BigQuery({
  projectId: process.env['GCLOUD_PROJECT']!,
  authClient: new PassThroughClient(),
});
const sessions = bigquery.dataset('analytics_production').table('sessions');

export const session_onComplete = onDocumentWritten(
  { document: 'users/{userId}/sessions/{sessionId}', region: 'asia-northeast1', retry: true },
  async (event) => {
    const before = event.data?.before.data();
    const after = event.data?.after.data();
    if (!after || before?.status === 'completed' || after.status !== 'completed') return;

    const { userId, sessionId } = event.params;
    const updateTime = toText(event.data!.after.updateTime!);
    const row = { ...toRow(userId, sessionId, after), source_updated_at: updateTime };
    const insertId = createHash('sha256').update(`${event.document} ${updateTime}`).digest('hex');
    await sessions.insert([{ insertId, json: row }], { raw: true });

    await getFirestore().doc(event.document).update({
      bigquerySyncStatus: 'synced',
      bigquerySyncedAt: FieldValue.serverTimestamp(),
      bigquerySyncError: null,
      bigquerySyncRetryCount: 0,
    });
    console.log(JSON.stringify({ severity: 'INFO', message: 'Session synced' }));
  },
);

function toRow(userId: string, sessionId: string, session: DocumentData) {
  const { formFeedback, cameraSettings, sessionMetadata } = session;
  const performance = sessionMetadata?.mediapipePerformance;
  const device = sessionMetadata?.deviceInfo;
  return {
    user_id_hash: createHmac('sha256', process.env['PSEUDONYMIZATION_SALT']!).update(userId).digest('hex'),
    session_id: sessionId,
    exercise_type: session['exerciseType'],
    start_time: toText(session['startTime']),
    end_time: session['endTime'] ? toText(session['endTime']) : null,
    duration: session['duration'] ?? null,
    status: session['status'],
    rep_count: session['repCount'] ?? null,
    set_count: session['setCount'] ?? null,
    overall_score: formFeedback?.overallScore ?? null,
    good_frames: formFeedback?.goodFrames ?? null,
    warning_frames: formFeedback?.warningFrames ?? null,
    error_frames: formFeedback?.errorFrames ?? null,
    warnings: formFeedback?.warnings ?? [],
    camera_position: cameraSettings?.position ?? null,
    camera_resolution: cameraSettings?.resolution ?? null,
    camera_fps: cameraSettings?.fps ?? null,
    total_frames: sessionMetadata?.totalFrames ?? null,
    processed_frames: sessionMetadata?.processedFrames ?? null,
    average_fps: sessionMetadata?.averageFps ?? null,
    frame_drop_count: sessionMetadata?.frameDropCount ?? null,
    average_confidence: sessionMetadata?.averageConfidence ?? null,
    average_inference_time: performance?.averageInferenceTime ?? null,
    max_inference_time: performance?.maxInferenceTime ?? null,
    min_inference_time: performance?.minInferenceTime ?? null,
    platform: device?.platform ?? null,
    os_version: device?.osVersion ?? null,
    device_model: device?.deviceModel ?? null,
    device_memory: device?.deviceMemory ?? null,
    created_at: toText(session['createdAt']),
    pseudonym_key_version: 1,
    synced_at: new Date().toISOString(),
  };
}

/** RFC 3339 UTC with the microseconds that Firestore keeps. */
function toText(time: Timestamp): string {
  const micros = String(Math.floor(time.nanoseconds / 1000)).padStart(6, '0');
  return `${new Date(time.seconds * 1000).toISOString().slice(0, 19)}.${micros}Z`;
}
