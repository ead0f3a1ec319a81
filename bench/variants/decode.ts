// The least that a handler of firebase-functions can do with an event: look at one field of the document.
import { onDocumentWritten } from 'firebase-functions/v2/firestore';

export const session_onComplete = onDocumentWritten('users/{userId}/sessions/{sessionId}', (event) => {
  if (event.data?.after.get('status') === 'nothing has this status') throw new Error('Unreachable');
});
