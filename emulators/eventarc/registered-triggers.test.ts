// Against a server that plays the functions emulator of firebase-tools: it takes what that one takes.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { deserialiseDocument, serialiseDocument } from '../firestore/protocol/protos.ts';
import { collect } from '../firestore/testing/collect.ts';
import type { Collected } from '../firestore/testing/collect.ts';
import { ManualClock } from '../shared/clock.ts';
import type { DocumentChange } from './change.ts';
import { createRegisteredTriggers } from './registered-triggers.ts';
import type { RegisteredTriggers } from './registered-triggers.ts';

interface Received {
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

let server: http.Server;
let status: number;
let received: Collected<Received>;
let logged: Collected<string>;
let triggers: RegisteredTriggers;

beforeEach(async () => {
  status = 200;
  let push: (item: Received) => void;
  received = collect((give) => {
    push = give;
    return () => undefined;
  });
  server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(status).end();
      push({ path: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  logged = collect((log) => {
    triggers = createRegisteredTriggers({
      functionsEmulator: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      clock: new ManualClock(),
      log,
    });
    return () => triggers.close();
  });
});

afterEach(async () => {
  logged.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const name = 'projects/p/databases/(default)/documents/users/u1';
const state = (n: string): Uint8Array => serialiseDocument({ name, fields: { n: { integerValue: n } } });

function change(before: string | undefined, after: string | undefined, path = 'users/u1'): DocumentChange {
  return {
    project: 'p',
    database: '(default)',
    path,
    before: before === undefined ? undefined : state(before),
    after: after === undefined ? undefined : state(after),
    commitTime: { seconds: 1_700_000_000, nanos: 5000 },
  };
}

function registerV2(key: string, kind: string, value = 'users/{uid}'): void {
  triggers.register({
    project: 'p',
    key,
    kind: 'eventarc',
    definition: {
      eventType: `google.cloud.firestore.document.v1.${kind}`,
      database: '(default)',
      namespace: '(default)',
      document: { value, matchType: 'PATH_PATTERN' },
    },
  });
}

test('events of the second generation come in binary mode with a body in base64', async () => {
  registerV2('us-central1-onUser-0', 'written');
  triggers.publish([change(undefined, '1'), change('1', '1'), change('1', '2', 'others/o1')]);
  const { path, headers, body } = await received.next();
  expect(path).toBe('/functions/projects/p/triggers/us-central1-onUser-0');
  expect(headers).toMatchObject({
    'ce-type': 'google.cloud.firestore.document.v1.written',
    'ce-document': 'users/u1',
    'ce-location': 'us-central1',
    'ce-time': '2023-11-14T22:13:20Z',
    'content-type': 'application/protobuf',
  });
  const bytes = Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
  // value, field 1: one byte for the tag and one for the length come before the document.
  expect(deserialiseDocument(bytes.subarray(2, 2 + bytes[1]!))).toMatchObject({ name });
  triggers.publish([change('1', undefined)]);
  expect((await received.next()).headers['ce-subject']).toBe('documents/users/u1');
});

test('events of the first generation are JSON with data and context', async () => {
  triggers.register({
    project: 'p',
    key: 'us-central1-old-0',
    kind: 'v1',
    definition: {
      eventTrigger: {
        resource: 'projects/p/databases/(default)/documents/users/{uid}',
        eventType: 'providers/cloud.firestore/eventTypes/document.update',
        service: 'firestore.googleapis.com',
      },
    },
  });
  triggers.publish([change(undefined, '1'), change('1', '2')]);
  const { headers, body } = await received.next();
  expect(headers['content-type']).toBe('application/json');
  expect(JSON.parse(body)).toEqual({
    data: {
      value: { name, fields: { n: { integerValue: '2' } } },
      oldValue: { name, fields: { n: { integerValue: '1' } } },
      updateMask: { fieldPaths: ['n'] },
    },
    context: {
      eventId: expect.any(String),
      timestamp: '2023-11-14T22:13:20.000005Z',
      eventType: 'providers/cloud.firestore/eventTypes/document.update',
      resource: { name, service: 'firestore.googleapis.com' },
    },
  });
});

test('a key that is registered again is replaced', async () => {
  registerV2('us-central1-onUser-0', 'written', 'none/{id}');
  registerV2('us-central1-onUser-0', 'deleted');
  triggers.publish([change(undefined, '1'), change('1', undefined)]);
  expect((await received.next()).headers['ce-type']).toBe('google.cloud.firestore.document.v1.deleted');
  expect(triggers.keys()).toEqual(['us-central1-onUser-0']);
});

test.each([204, 404])('a key that is answered with %d gets no more events', async (answer) => {
  status = answer;
  registerV2('us-central1-onUser-0', 'written');
  triggers.publish([change(undefined, '1')]);
  await received.next();
  let line: string;
  do line = await logged.next();
  while (!line.includes('is gone'));
  expect(triggers.keys()).toEqual([]);
});

test('a handler that fails does not see the event again and keeps its trigger', async () => {
  status = 500;
  registerV2('us-central1-onUser-0', 'written');
  triggers.publish([change(undefined, '1')]);
  await received.next();
  expect(await logged.next()).toContain('event dropped (failed)');
  expect(triggers.keys()).toEqual(['us-central1-onUser-0']);
});

test('a definition of an unknown form is told and gets no events', async () => {
  triggers.register({ project: 'p', key: 'k', kind: 'eventarc', definition: { eventType: 'x' } });
  expect(await logged.next()).toContain('unknown form');
  expect(triggers.keys()).toEqual([]);
});
