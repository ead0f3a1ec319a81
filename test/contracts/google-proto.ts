// Google's own encoder of events, as firebase-functions brings it; the package does not export it.
import { createRequire } from 'node:module';
import path from 'node:path';

interface Message {
  fromObject(json: object): object;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): { toJSON(): Record<string, unknown> };
}

const { google } = createRequire(path.resolve('node_modules/firebase-functions/package.json'))(
  './protos/compiledFirestore.js',
) as {
  google: { events: { cloud: { firestore: { v1: { Document: Message; DocumentEventData: Message } } } } };
};

export const { Document, DocumentEventData } = google.events.cloud.firestore.v1;
