// Delivery over real sockets, to a function that is a bare HTTP server.
import http from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../shared/clock.ts';
import { Faults } from '../shared/faults.ts';
import { closeServer, listen, readBody } from '../shared/http.ts';
import type { DocumentChange } from './change.ts';
import { createEventarc } from './eventarc.ts';
import type { Eventarc, EventarcOptions } from './eventarc.ts';
import type { FirestoreTrigger } from './trigger.ts';

const EMPTY = new Uint8Array();
const WRITTEN = 'google.cloud.firestore.document.v1.written';

let received: http.IncomingHttpHeaders[];
let statuses: number[];
let logged: string[];
let server: http.Server;
let url: string;
let eventarc: Eventarc;

beforeEach(async () => {
  received = [];
  statuses = [];
  logged = [];
  server = http.createServer((req, res) => {
    void readBody(req).then(() => {
      received.push(req.headers);
      res.writeHead(statuses.shift() ?? 204).end();
    });
  });
  url = `http://127.0.0.1:${await listen(server, 0)}/`;
});
afterEach(async () => {
  eventarc.close();
  await closeServer(server);
});

function start(options: Partial<EventarcOptions> = {}): void {
  eventarc = createEventarc({
    project: 'p',
    clock: systemClock,
    faults: new Faults(),
    log: (line) => logged.push(line),
    retryPolicy: { minMs: 1, maxMs: 10, maxAgeMs: 60_000 },
    ...options,
  });
}

function trigger(more: Partial<FirestoreTrigger> = {}): FirestoreTrigger {
  return {
    key: 'r-fn-0',
    functionName: 'fn',
    region: 'r',
    eventType: WRITTEN,
    database: '(default)',
    namespace: '(default)',
    document: 'users/{id}',
    retry: false,
    concurrency: 80,
    url,
    ...more,
  };
}

function created(id: string, more: Partial<DocumentChange> = {}): DocumentChange {
  const commitTime = { seconds: 1, nanos: 0 };
  return { project: 'p', database: '(default)', path: `users/${id}`, after: EMPTY, commitTime, ...more };
}

const documents = () => received.map((headers) => headers['ce-document']);

describe('what is delivered', () => {
  test('only changes of the project, database, path and kind that a trigger wants', async () => {
    start();
    eventarc.setTriggers([
      trigger({ eventType: WRITTEN.replace('written', 'created') }),
      trigger({ key: 'r-other-0', database: 'other' }),
    ]);
    eventarc.publish([
      created('yes'),
      created('no', { project: 'q' }),
      created('other', { database: 'other' }),
      created('no', { path: 'teams/no' }),
      created('deleted', { before: EMPTY, after: undefined }),
    ]);
    await eventarc.idle();
    expect(new Set(documents())).toEqual(new Set(['users/other', 'users/yes']));
    expect(received).toHaveLength(2);
  });

  test('one change to every trigger that wants it, each with an id of its own', async () => {
    start();
    eventarc.setTriggers([trigger(), trigger({ key: 'r-second-0' })]);
    eventarc.publish([created('a')]);
    await eventarc.idle();
    expect(new Set(received.map((headers) => headers['ce-id'])).size).toBe(2);
  });

  test('nothing to a trigger that is gone; what waited for it is forgotten', async () => {
    start({ retryPolicy: { minMs: 60_000, maxMs: 60_000, maxAgeMs: 60_000 } });
    statuses.push(500);
    eventarc.setTriggers([trigger({ retry: true })]);
    eventarc.publish([created('a')]);
    while (received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(eventarc.pending()).toBe(1);
    eventarc.setTriggers([]);
    expect(eventarc.pending()).toBe(0);
    eventarc.publish([created('b')]);
    await eventarc.idle();
    expect(documents()).toEqual(['users/a']);
  });
});

test('503 is no answer of the function: the event comes again even without retry', async () => {
  start();
  statuses.push(503, 429);
  eventarc.setTriggers([trigger()]);
  eventarc.publish([created('a')]);
  await eventarc.idle();
  expect(received).toHaveLength(3);
  expect(logged).toEqual([]);
});

test('a fault with a match hits the function and the document that it names, and no other', async () => {
  const faults = new Faults();
  start({ faults });
  eventarc.setTriggers([trigger(), trigger({ key: 'r-gn-0', functionName: 'gn', url: `${url}gn` })]);
  const fault = { service: 'functions', status: 400 } as const;
  faults.add({ ...fault, method: 'fn', match: ' users/bad' });
  faults.add({ ...fault, match: '/gn users/worse' });
  eventarc.publish(['good', 'bad', 'worse'].map((id) => created(id)));
  await eventarc.idle();
  const delivered = ['bad', 'good', 'worse'].map(
    (id) => documents().filter((document) => document === `users/${id}`).length,
  );
  expect(delivered).toEqual([1, 2, 1]);
});

test('who waits for idle is not left waiting when the triggers are taken away', async () => {
  start();
  const arrived = new Promise<void>((resolve) => {
    server.removeAllListeners('request').on('request', () => resolve()); // and never answers
  });
  eventarc.setTriggers([trigger({ retry: true })]);
  eventarc.publish([created('a')]);
  await arrived;
  const idle = eventarc.idle();
  expect(eventarc.pending()).toBe(1);
  eventarc.setTriggers([]);
  await expect(idle).resolves.toBeUndefined();
});

test('who asks is told which documents needed more than one delivery', async () => {
  const redelivered: string[] = [];
  start({ onRedelivered: (path) => redelivered.push(path) });
  statuses.push(200, 500, 200);
  eventarc.setTriggers([trigger({ retry: true, concurrency: 1 })]);
  eventarc.publish([created('first'), created('second')]);
  await eventarc.idle();
  expect(redelivered).toEqual(['users/second']);
});

test('disorder brings duplicates of the same event and another order, by its seed', async () => {
  start({ disorder: { seed: 7, duplicates: 0.5, reorder: true } });
  eventarc.setTriggers([trigger({ concurrency: 1 })]);
  const ids = Array.from({ length: 40 }, (_, i) => `d${i}`);
  eventarc.publish(ids.map((id) => created(id)));
  await eventarc.idle();
  expect(new Set(documents())).toEqual(new Set(ids.map((id) => `users/${id}`)));
  expect(received.length).toBeGreaterThan(45);
  expect(new Set(received.map((headers) => headers['ce-id'])).size).toBe(40);
  const firsts = [...new Set(documents())];
  expect(firsts).not.toEqual(ids.map((id) => `users/${id}`));
});
