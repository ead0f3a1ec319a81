// A document change as functions of the first generation get it: JSON with `data` and `context`.
import { randomUUID } from 'node:crypto';
import { documentToJson } from '../firestore/protocol/document-json.ts';
import { formatRfc3339 } from '../shared/proto/rfc3339.ts';
import type { DocumentChange } from './change.ts';
import type { CloudEvent } from './cloud-event.ts';
import { changedFields } from './event-data.ts';
import type { FirestoreTrigger } from './trigger.ts';

const EVENT_TYPES: Readonly<Record<string, string>> = {
  created: 'create',
  updated: 'update',
  deleted: 'delete',
  written: 'write',
};

export function toV1Event(change: DocumentChange, trigger: FirestoreTrigger): CloudEvent {
  const { before, after, project, database, path, commitTime } = change;
  const kind = EVENT_TYPES[trigger.eventType.slice(trigger.eventType.lastIndexOf('.') + 1)]!;
  const fieldPaths = before && after ? changedFields(before, after) : [];
  const event = {
    data: {
      // An empty object is how this generation says that there is no document now.
      value: after ? documentToJson(after) : {},
      ...(before ? { oldValue: documentToJson(before) } : {}),
      updateMask: fieldPaths.length > 0 ? { fieldPaths } : {},
    },
    context: {
      eventId: randomUUID(),
      timestamp: formatRfc3339({ seconds: Number(commitTime.seconds), nanos: commitTime.nanos }),
      eventType: `providers/cloud.firestore/eventTypes/document.${kind}`,
      resource: {
        name: `projects/${project}/databases/${database}/documents/${path}`,
        service: 'firestore.googleapis.com',
      },
    },
  };
  return { headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(event)) };
}
