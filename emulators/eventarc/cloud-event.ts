// A document change as the CloudEvent (HTTP binary mode) that Eventarc delivers: headers and protobuf body.
import { randomUUID } from 'node:crypto';
import type { DocumentChange } from './change.ts';
import { changedFields, encodeEventData } from './event-data.ts';
import { wantsAuthContext } from './trigger.ts';
import type { FirestoreTrigger } from './trigger.ts';

export interface CloudEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const DATA_SCHEMA =
  'https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/firestore/v1/data.proto';

export function toCloudEvent(
  change: DocumentChange,
  trigger: FirestoreTrigger,
  id: string = randomUUID(),
): CloudEvent {
  const { before, after, project, database, path, commitTime } = change;
  const mask = before && after ? changedFields(before, after) : [];
  return {
    headers: {
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-type': trigger.eventType,
      'ce-source': `//firestore.googleapis.com/projects/${project}/databases/${database}`,
      'ce-subject': toHeaderValue(`documents/${path}`),
      // Whole seconds: with nanoseconds the official Python runtime failed to parse it.
      'ce-time': new Date(Number(commitTime.seconds) * 1000).toISOString().replace('.000Z', 'Z'),
      'ce-location': trigger.region,
      'ce-project': project,
      'ce-database': database,
      'ce-namespace': trigger.namespace,
      'ce-document': toHeaderValue(path),
      'ce-datacontenttype': 'application/protobuf',
      'ce-dataschema': DATA_SCHEMA,
      // The principal of a write is not known here; the service says "unknown" in the same case.
      ...(wantsAuthContext(trigger) ? { 'ce-authtype': 'unknown' } : {}),
      'content-type': 'application/protobuf',
    },
    body: encodeEventData(before, after, mask),
  };
}

/**
 * The service sends raw UTF-8 bytes, and Node reads header bytes as Latin-1: `event.document` and `event.params`
 * of an id such as "花子" arrive garbled, in production as here, while the document in the body is right.
 * https://github.com/firebase/firebase-functions/issues/1459
 */
function toHeaderValue(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what must be found
  const printable = text.replace(/[\u0000-\u001f\u007f]/g, (character) => encodeURIComponent(character));
  return Buffer.from(printable, 'utf8').toString('latin1');
}
