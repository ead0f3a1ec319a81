// The adapter and Google's client against a server that says what a test tells it to: answers that no emulator
// gives on demand. The rest of the promise is in test/contracts/row-sink.contract.ts.
import http from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { closeServer, listen, readBody } from '../../emulators/shared/http.ts';
import { createLocalApi } from '../../test/contracts/bigquery.ts';
import type { Row } from '../pipelines/pipeline.ts';
import { createRowSink, type RowSink } from './row-sink.ts';

const CANARY = 'taro-7f3a';
const rows = ['a', 'b', 'c'].map((id) => ({
  insertId: `id-${id}`,
  json: { session_id: id, rep_count: 1, set_count: 1, lap: 1, note: CANARY } as unknown as Row,
}));

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

let server: http.Server;
let answer: Answer | 'drop' | ((request: Record<string, unknown>) => Answer);
let requests: { readonly url: string | undefined; readonly body: unknown }[];
let sink: RowSink;
let port: number;

beforeEach(async () => {
  requests = [];
  server = http.createServer((request, response) => {
    void readBody(request).then((body) => {
      const asked = JSON.parse(body.toString()) as Record<string, unknown>;
      requests.push({ url: request.url, body: asked });
      if (answer === 'drop') return request.socket.destroy();
      const {
        status = 200,
        headers = { 'content-type': 'application/json' },
        body: said = {},
      } = typeof answer === 'function' ? answer(asked) : answer;
      return response.writeHead(status, headers).end(typeof said === 'string' ? said : JSON.stringify(said));
    });
  });
  port = await listen(server, 0);
  sink = createRowSink(createLocalApi(port), { project: 'demo-local', dataset: 'analytics' });
});

afterEach(() => closeServer(server));

const insert = (said: Answer | 'drop') => {
  answer = said;
  return insertAll();
};
const insertAll = () => Promise.all(rows.map((row) => sink.insert('sessions', row)));
const googleError = (code: number, reason: string) => ({
  error: {
    code,
    message: `${CANARY} is wrong`,
    errors: [{ reason, message: `${CANARY} is wrong`, domain: 'global' }],
    status: 'X',
  },
});
const call = { service: 'bigquery', operation: 'insertAll' } as const;
const refused = (details: object) => rows.map(() => ({ stored: false, error: { ...call, ...details } }));

test('one call is one request: the rows as they are, with their own insertIds, each judged by itself', async () => {
  await expect(insert({ body: { kind: 'bigquery#tableDataInsertAllResponse' } })).resolves.toEqual(
    rows.map(() => ({ stored: true })),
  );
  expect(requests).toEqual([
    {
      url: expect.stringMatching(
        /^\/bigquery\/v2\/projects\/demo-local\/datasets\/analytics\/tables\/sessions\/insertAll/,
      ),
      body: { rows, skipInvalidRows: true },
    },
  ]);
});

describe('errors of rows', () => {
  test('are taken over by index, reason and column; their messages, which quote values, are not', async () => {
    const insertErrors = [
      { index: 2, errors: [{ reason: 'stopped', location: '', message: '', debugInfo: CANARY }] },
      {
        index: 0,
        errors: [
          {
            reason: 'invalid',
            location: 'rep_count',
            message: `Cannot convert value to integer (bad value): ${CANARY}`,
          },
          { reason: 'invalid', location: 'lap', message: 'no such field: lap.' },
        ],
      },
    ];
    const verdicts = await insert({ body: { insertErrors } });
    expect(verdicts).toEqual([
      {
        stored: false,
        error: {
          ...call,
          reasons: [
            { reason: 'invalid', location: 'rep_count' },
            { reason: 'invalid', location: 'lap', noSuchField: true },
          ],
        },
      },
      { stored: true },
      { stored: false, error: { ...call, reasons: [{ reason: 'stopped' }] } },
    ]);
    expect(JSON.stringify(verdicts)).not.toContain(CANARY);
    expect(requests).toHaveLength(1);
  });

  test('of one row under two entries are all taken over', async () => {
    const insertErrors = ['rep_count', 'set_count'].map((location) => ({
      index: 1,
      errors: [{ reason: 'invalid', location }],
    }));
    await expect(insert({ body: { insertErrors } })).resolves.toMatchObject([
      { stored: true },
      { stored: false, error: { reasons: [{ location: 'rep_count' }, { location: 'set_count' }] } },
      { stored: true },
    ]);
  });

  test.each([
    ['without an index', { errors: [{ reason: 'invalid' }] }],
    ['with the index of no row', { index: 3, errors: [{ reason: 'invalid' }] }],
    ['with an index that is none', { index: 'first', errors: [{ reason: 'invalid' }] }],
  ])('%s count against every row, for nobody knows which is stored', async (_, entry) => {
    await expect(insert({ body: { insertErrors: [entry] } })).resolves.toEqual(refused({}));
  });

  test('that hold values where words should be refuse the row, without them', async () => {
    const errors = [{ reason: `${CANARY} is wrong`, location: `${CANARY}[0]`, message: CANARY }];
    await expect(insert({ body: { insertErrors: [{ index: 0, errors }] } })).resolves.toEqual([
      { stored: false, error: { ...call, reasons: [{ reason: 'unlisted reason' }] } },
      { stored: true },
      { stored: true },
    ]);
  });

  test.each([null, [], '"stored"', 'stored', ''])(
    'an answer of 200 that says %j is no word about any row',
    async (body) => {
      await expect(insert({ body })).resolves.toEqual(refused({}));
    },
  );

  test('in a form that the client cannot read count against every row', async () => {
    await expect(insert({ body: { insertErrors: [{ index: 0, errors: 'x' }] } })).resolves.toEqual(
      refused({}),
    );
  });
});

describe('errors of the request', () => {
  test.each([
    [403, 'quotaExceeded'],
    [404, 'notFound'],
    [429, 'rateLimitExceeded'],
    [500, 'internalError'],
    [503, 'backendError'],
  ])('%i %s is the verdict of every row, after one request', async (status, reason) => {
    await expect(insert({ status, body: googleError(status, reason) })).resolves.toEqual(
      refused({ httpStatus: status, reasons: [{ reason }] }),
    );
    expect(requests).toHaveLength(1);
  });

  test('of a request that is refused for what is in it, each row is asked for by itself in the end', async () => {
    answer = ({ rows: sent }) => {
      const ids = (sent as { insertId: string }[]).map(({ insertId }) => insertId);
      return ids.includes('id-b') ? { status: 400, body: googleError(400, 'invalid') } : { body: {} };
    };
    await expect(insertAll()).resolves.toEqual([
      { stored: true },
      { stored: false, error: { ...call, httpStatus: 400, reasons: [{ reason: 'invalid' }] } },
      { stored: true },
    ]);
  });

  test.each([
    ['17', 17],
    ['0', 0],
  ])('Retry-After: %s is taken over', async (header, retryAfterSeconds) => {
    const headers = { 'content-type': 'application/json', 'retry-after': header };
    await expect(insert({ status: 503, headers, body: googleError(503, 'backendError') })).resolves.toEqual(
      refused({ httpStatus: 503, reasons: [{ reason: 'backendError' }], retryAfterSeconds }),
    );
  });

  test.each(['-1', 'soon', 'Wed, 21 Oct 2026 07:28:00 GMT'])('Retry-After: %s is not', async (header) => {
    const headers = { 'content-type': 'application/json', 'retry-after': header };
    await expect(insert({ status: 503, headers, body: googleError(503, 'backendError') })).resolves.toEqual(
      refused({ httpStatus: 503, reasons: [{ reason: 'backendError' }] }),
    );
  });

  test.each([502, 413, 503])(
    'a page of a proxy instead of JSON is known by its status %i',
    async (status) => {
      const said = { status, headers: { 'content-type': 'text/html' }, body: `<html>${CANARY}</html>` };
      await expect(insert(said)).resolves.toEqual(refused({ httpStatus: status }));
    },
  );

  test('a connection that breaks is known by its code', async () => {
    await expect(insert('drop')).resolves.toEqual(refused({ networkCode: 'ECONNRESET' }));
    expect(requests).toHaveLength(1);
  });

  test('a service that is not there is known by its code', async () => {
    await closeServer(server);
    await expect(insert({})).resolves.toEqual(refused({ networkCode: 'ECONNREFUSED' }));
  });
});
