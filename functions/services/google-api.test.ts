import http from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { closeServer, listen, readBody } from '../../emulators/shared/http.ts';
import { createGoogleApi, type GoogleApi } from './google-api.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  readonly socket: object;
}

let server: http.Server;
let api: GoogleApi;
let port: number;
let seen: Seen[];
let onRequest: (request: http.IncomingMessage, response: http.ServerResponse) => void;
const answer = (_: http.IncomingMessage, response: http.ServerResponse) => void response.end('{"ok":true}');

beforeEach(async () => {
  seen = [];
  onRequest = answer;
  server = http.createServer((request, response) => {
    void readBody(request).then((body) => {
      const { method, url, headers, socket } = request;
      seen.push({ method, url, headers, body: body.toString(), socket });
      onRequest(request, response);
    });
  });
  port = await listen(server, 0);
  api = connect();
});
afterEach(() => closeServer(server));

function connect(timeoutMs = 5_000, token?: string): GoogleApi {
  const authorization = async () => token;
  return createGoogleApi({ origin: `http://127.0.0.1:${port}`, authorization, timeoutMs });
}

test('a call is one request with the token, and its answer is the parsed JSON', async () => {
  const withToken = connect(5_000, 'Bearer t');
  await expect(withToken.post('/v1/x?y=z', '{"膝":1}')).resolves.toEqual({
    status: 200,
    body: { ok: true },
    retryAfterSeconds: undefined,
  });
  await withToken.get('/v1/y');
  expect(seen).toMatchObject([
    { method: 'POST', url: '/v1/x?y=z', body: '{"膝":1}', headers: { authorization: 'Bearer t' } },
    { method: 'GET', url: '/v1/y', body: '', headers: { authorization: 'Bearer t' } },
  ]);
});

test('the connection is kept for the next call', async () => {
  await api.get('/');
  await api.get('/');
  expect(seen[0]!.socket).toBe(seen[1]!.socket);
});

test('a kept connection that the service had closed costs nothing: the call goes out again on a new one', async () => {
  await api.get('/first');
  onRequest = (request, response) => {
    onRequest = answer;
    request.socket.resetAndDestroy();
    response.destroy();
  };
  await expect(api.post('/second', '{}')).resolves.toMatchObject({ status: 200 });
  expect(seen.map(({ url }) => url)).toEqual(['/first', '/second', '/second']);
});

test('a new connection that breaks is not tried again', async () => {
  onRequest = (request) => request.socket.resetAndDestroy();
  await expect(api.post('/', '{}')).rejects.toMatchObject({ name: 'NoAnswer', networkCode: 'ECONNRESET' });
  expect(seen).toHaveLength(1);
});

test('an answer that is cut short is none', async () => {
  onRequest = (request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('{"ok":');
    setImmediate(() => request.socket.destroy());
  };
  await expect(api.get('/')).rejects.toMatchObject({ name: 'NoAnswer', networkCode: 'ECONNRESET' });
});

test('an answer that does not come in time is none', async () => {
  onRequest = () => {};
  await expect(connect(50).get('/')).rejects.toMatchObject({ name: 'NoAnswer', networkCode: 'ETIMEDOUT' });
});

test('an answer that drips is too late as a whole', async () => {
  onRequest = (_, response) => {
    const drip = setInterval(() => response.write(' '), 10);
    response.once('close', () => clearInterval(drip));
  };
  await expect(connect(80).get('/')).rejects.toMatchObject({ networkCode: 'ETIMEDOUT' });
});

test.each([
  ['17', 17],
  ['0', 0],
  ['-1', undefined],
  ['soon', undefined],
])('Retry-After: %s means %s', async (header, retryAfterSeconds) => {
  onRequest = (_, response) => void response.writeHead(503, { 'retry-after': header }).end('<html>');
  await expect(api.get('/')).resolves.toEqual({ status: 503, body: undefined, retryAfterSeconds });
});

test('without a token nothing is sent', async () => {
  const origin = `http://127.0.0.1:${port}`;
  const authorization = () => Promise.reject(new Error('no credentials'));
  const locked = createGoogleApi({ origin, authorization, timeoutMs: 1_000 });
  await expect(locked.get('/')).rejects.toThrow('no credentials');
  expect(seen).toEqual([]);
});
