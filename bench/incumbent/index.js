// The public change tracker in a function of the 2nd generation, called as its extension calls it: one row per
// event, all settings at the extension's defaults. Plain JavaScript in a package of its own, with its own lock file:
// its dependencies are never those of this project.
import {
  FirestoreBigQueryEventHistoryTracker,
  ChangeType,
} from '@firebaseextensions/firestore-bigquery-change-tracker';
import { initializeApp } from 'firebase-admin/app';
import { onDocumentWritten } from 'firebase-functions/v2/firestore';
import { PassThroughClient } from 'google-auth-library';

initializeApp();
const project = process.env.GCLOUD_PROJECT;
const tracker = new FirestoreBigQueryEventHistoryTracker({
  bqProjectId: project,
  datasetId: 'analytics_production',
  datasetLocation: 'asia-northeast1',
  tableId: 'sessions',
  wildcardIds: false,
});
// Without a search for credentials, which the cloud answers at once and a laptop never: the same for all variants.
tracker.bq.authClient.cachedCredential = new PassThroughClient();

export const session_onComplete = onDocumentWritten(
  { document: 'users/{userId}/sessions/{sessionId}', region: 'asia-northeast1', retry: true },
  async (event) => {
    const { before, after } = event.data;
    await tracker.record([
      {
        timestamp: event.time,
        operation: !after.exists ? ChangeType.DELETE : before.exists ? ChangeType.UPDATE : ChangeType.CREATE,
        documentName: `projects/${project}/databases/(default)/documents/${event.document}`,
        documentId: (after.exists ? after : before).id,
        pathParams: null,
        eventId: event.id,
        data: after.data(),
        oldData: before.data(),
      },
    ]);
  },
);
