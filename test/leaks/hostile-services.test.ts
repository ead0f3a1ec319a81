// Google's services answer with errors that quote what they were sent: rows, values, paths, tokens, wherever an answer
// has room for a text. Of all that, the adapters let codes and the names of columns through.
import { describe, expect, test } from '@jest/globals';
import type { BigQuery } from '@google-cloud/bigquery';
import type { Firestore } from 'firebase-admin/firestore';
import { sessions } from '../../functions/pipelines/sessions.ts';
import { createSyncedDocuments } from '../../functions/services/synced-documents.ts';
import { createDeadLetters } from '../../functions/services/dead-letters.ts';
import { createDocuments } from '../../functions/services/documents.ts';
import { createFirestoreDocuments } from '../../functions/services/firestore.ts';
import { NoAnswer, type Answer, type GoogleApi } from '../../functions/services/google-api.ts';
import type { Log } from '../../functions/services/log.ts';
import { createErasures } from '../../functions/services/erasures.ts';
import { createReports } from '../../functions/services/reports.ts';
import { createRetryQueue } from '../../functions/services/retry-queue.ts';
import { createRowEraser } from '../../functions/services/row-eraser.ts';
import { createRowIndex } from '../../functions/services/row-index.ts';
import { createRowSink } from '../../functions/services/row-sink.ts';
import { createTaskTokens } from '../../functions/services/task-tokens.ts';
import { createTombstones } from '../../functions/services/tombstones.ts';
import type { Timers } from '../../functions/services/timers.ts';
import { classify } from '../../functions/steps/classify.ts';
import { requested } from '../../functions/steps/erasure.ts';
import { failureId } from '../../functions/steps/ids.ts';
import { createPseudonymKey } from '../../functions/steps/pseudonym-key.ts';
import { parseDocument } from '../../functions/steps/parse-document.ts';
import { pseudonymise } from '../../functions/steps/pseudonymise.ts';
import { toInsertRow } from '../../functions/steps/to-insert-row.ts';
import { toSafeError } from '../../functions/steps/unexpected-error.ts';
import { createPlanter, fullShape, searchFor } from './documents.ts';
import { findLeaks, textsIn, textsOf } from './sinks.ts';
import { STYLES } from './canaries.ts';

const planted = STYLES.map((style) => createPlanter(sessions)({ ...fullShape(style), unknown: [] }));
const search = searchFor(planted);
const version = { updateTime: '2026-01-01T00:00:00.000000Z', contentHash: 'c'.repeat(64) };
const KEY = createPseudonymKey(1, Buffer.alloc(32, 'a key'), { project: 'p', dataset: 'd' });
/** No pause between tries. */
const TIMERS: Timers = {
  soon: (run) => void setImmediate(run),
  after: (_, run) => {
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  },
};

type Quote = (said: readonly string[]) => Answer | Promise<Answer>;

const answer = (status: number, body: unknown): Answer => ({ status, body, retryAfterSeconds: 1 });
const errorOf = (text: string) => ({
  code: 400,
  status: text,
  message: text,
  reason: text,
  location: text,
  locationType: text,
  debugInfo: text,
  domain: text,
  details: [{ '@type': text, reason: text, [text]: text }],
});
/** What an id is when it is nothing but a word. */
const word = (said: readonly string[]) => said.find((text) => /^[A-Za-z]{20,}$/.test(text)) ?? 'none';

const QUOTES: Readonly<Record<string, Quote>> = {
  'an error of the request': (said) =>
    answer(400, { error: { ...errorOf(said.join(' ')), errors: said.map(errorOf) } }),
  'an error whose reason and location are an id': (said) =>
    answer(403, { error: { ...errorOf(word(said)), errors: [errorOf(word(said))] } }),
  'an error of a stream': (said) => answer(500, [{ error: errorOf(said.join(' ')) }]),
  'errors of each row': (said) =>
    answer(200, {
      insertErrors: [
        { index: 0, errors: said.map(errorOf) },
        {
          index: 0,
          errors: [errorOf(word(said)), { reason: 'invalid', location: word(said), message: word(said) }],
        },
      ],
    }),
  'statuses of each write': (said) => answer(200, { status: [{ ...errorOf(said.join(' ')), code: 3 }] }),
  'documents of other names': (said) =>
    answer(
      200,
      said.map((name) => ({ missing: name })),
    ),
  'no JSON': (said) => answer(502, said.join(' ')),
  'another shape': (said) => answer(200, { [said.join(' ')]: said }),
  'a cut connection': () => Promise.reject(new NoAnswer('ECONNRESET')),
  'an error of the client': (said) =>
    Promise.reject(
      Object.assign(new TypeError(`Invalid URL ${said.join(' ')}`), { input: said, code: said.join('') }),
    ),
};

/** Whatever is sent comes back, and what it is about too. */
function hostileApi(quote: Quote): GoogleApi {
  const reply = async (...sent: readonly string[]) =>
    quote([...sent, ...planted.flatMap(({ canaries }) => canaries.map(({ text }) => text))]);
  // The same for all methods that there are.
  return new Proxy({} as GoogleApi, { get: () => reply });
}

/** A client of which every call ends in such an error. */
function hostileClient(said: readonly string[]): unknown {
  const error = Object.assign(new Error(`5 NOT_FOUND: ${said.join(' ')}`), {
    ...errorOf(word(said)),
    code: 5,
    details: said.join(' '),
    errors: said.map(errorOf),
    response: { headers: { 'retry-after': said[0] }, data: said },
    cause: new Error(said.join(' ')),
    note: said.join('\n'),
  });
  const chain: object = new Proxy(() => undefined, {
    get: (_, name) => {
      if (name === 'then') return undefined;
      return name === 'get' || name === 'commit' || name === 'set' || name === 'query'
        ? () => Promise.reject(error)
        : chain;
    },
    apply: () => chain,
  });
  return chain;
}

/** All that is told of the ends of these calls: answers, errors as they are thrown, and as the platform logs them. */
async function told(calls: readonly (() => Promise<unknown>)[]): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const call of calls) {
    try {
      const end = await call();
      texts.push(JSON.stringify(end) ?? '', ...textsIn(end));
    } catch (error) {
      texts.push(...textsOf(toSafeError(error)));
      // A ServiceError is made in the adapter; whatever else comes through is stopped by the last barrier.
      if (error instanceof Error && error.name === 'ServiceError') texts.push(...textsOf(error));
    }
  }
  return texts;
}

function rowOf(document: (typeof planted)[number]) {
  const source = { path: document.path, data: document.data, version };
  const parsed = parseDocument(sessions, source);
  if (!parsed.ok) throw new Error(parsed.reason);
  return toInsertRow(sessions, source, pseudonymise(sessions, source, parsed.document, KEY), new Date(0));
}

describe.each(Object.entries(QUOTES))('answers that quote: %s', (_, quote) => {
  const logs: string[] = [];
  const log: Log = (severity, message, fields) =>
    void logs.push(JSON.stringify({ severity, message, ...fields }));
  const api = hostileApi(quote);

  test('BigQuery, about rows', async () => {
    const sink = createRowSink(api, { project: 'p', dataset: 'd' }, TIMERS);
    const verdicts = await told(
      planted.map((document) => async () => {
        const verdict = await sink.insert('sessions', rowOf(document));
        return verdict.stored ? verdict : { ...verdict, ...classify(verdict.error) };
      }),
    );
    expect(verdicts.length).toBeGreaterThanOrEqual(planted.length);
    expect(findLeaks(search, { verdicts })).toEqual([]);
  });

  test('Firestore, about documents, statuses and failures', async () => {
    const firestore = createFirestoreDocuments(api, { project: 'p', database: '(default)' }, TIMERS);
    const documents = createDocuments(firestore);
    const noClient = () => Promise.reject(new Error('no queries'));
    const deadLetters = createDeadLetters(firestore, noClient, 'bigquerySyncFailures', log);
    const tombstones = createTombstones(firestore, 'bigquerySyncTombstones');
    const erasures = createErasures(firestore, noClient, 'bigquerySyncErasures', log);
    const ends = await told(
      planted.flatMap(({ path, data }) => [
        () => firestore.get(path),
        () => firestore.commit([{ path, data: { text: JSON.stringify(data) }, expected: 'missing' }]),
        () =>
          documents.writeStatus(
            path,
            { state: 'synced', version, error: null, retryCount: 0 },
            version.updateTime,
          ),
        () => deadLetters.get(failureId('sessions', path)),
        () => deadLetters.update(failureId('sessions', path), () => undefined),
        () => tombstones.cover(['a'.repeat(64)], version.updateTime),
        () => tombstones.set(['a'.repeat(64)], new Date(0)),
        () => erasures.add('a request', requested('userId', path, new Date(0))),
        () => erasures.get('a request'),
      ]),
    );
    expect(ends.length).toBeGreaterThan(planted.length);
    expect(findLeaks(search, { ends, logs })).toEqual([]);
  });

  test('Cloud Tasks', async () => {
    const config = { project: 'p', location: 'l', queue: 'q', url: 'https://u.invalid', serviceAccount: 's' };
    const queue = createRetryQueue(api, config);
    const ends = await told(
      planted.flatMap(({ path }) => {
        const claim = { failureId: failureId('sessions', path), generation: 1 };
        return [() => queue.enqueue(claim), () => queue.has(claim)];
      }),
    );
    expect(ends.length).toBeGreaterThan(planted.length);
    expect(findLeaks(search, { ends })).toEqual([]);
  });
});

test('clients that throw whole documents, rows and paths tell codes alone', async () => {
  const logs: string[] = [];
  const log: Log = (severity, message, fields) =>
    void logs.push(JSON.stringify({ severity, message, ...fields }));
  for (const { canaries, path } of planted) {
    const said = [path, ...canaries.map(({ text }) => text)];
    const firestore = async () => hostileClient(said) as Firestore;
    const bigquery = async () => hostileClient(said) as BigQuery;
    const api = createFirestoreDocuments(
      hostileApi(QUOTES['no JSON']!),
      { project: 'p', database: 'd' },
      TIMERS,
    );
    const deadLetters = createDeadLetters(api, firestore, 'bigquerySyncFailures', log);
    const documents = createSyncedDocuments(firestore);
    const reports = createReports(firestore, 'bigquerySyncReports', log);
    const rows = createRowIndex(bigquery, { project: 'p', dataset: 'd' });
    const eraser = createRowEraser(bigquery, { project: 'p', dataset: 'd' });
    const erasures = createErasures(api, firestore, 'bigquerySyncErasures', log);
    const persons = [{ cells: [said[0]!], until: new Date(0) }];
    const range = { from: null, to: null };
    const ends = await told([
      () => deadLetters.audits('a'.repeat(64)),
      () => deadLetters.overdue('pending', new Date(0), 10),
      () => deadLetters.backlog(),
      () => deadLetters.pages()[Symbol.asyncIterator]().next(),
      () => documents.count(sessions, range),
      () => documents.pages(sessions, range, 10)[Symbol.asyncIterator]().next(),
      () => documents.after(sessions, path, 10),
      () => reports.progress('sessions'),
      () => reports.last('sessions'),
      () => reports.request('sessions', {}),
      () => rows.count(sessions, 'day', range),
      () => rows.find(sessions, [['a', said[0]!]]),
      () => eraser.count(sessions, 'user_id_hash', persons),
      () => eraser.remove(sessions, 'user_id_hash', persons),
      () => eraser.timeTravelMs(),
      () => erasures.due(new Date(0), 10),
      () => erasures.latest(10),
    ]);
    expect(ends.filter((text) => text === 'ServiceError').length).toBeGreaterThanOrEqual(12);
    expect(findLeaks(search, { ends, logs })).toEqual([]);
  }
});

test('failures and reports that somebody filled with something else are named by their declared fields', async () => {
  const logs: string[] = [];
  const log: Log = (severity, message, fields) =>
    void logs.push(JSON.stringify({ severity, message, ...fields }));
  for (const { canaries } of planted) {
    const [one = '', two = '', three = ''] = canaries.map(({ text }) => text);
    const spoiled = { [one]: two, userId: [three], failureReason: { [one]: two }, status: three };
    const snapshot = {
      id: one,
      data: () => spoiled,
      get: (field: string) =>
        field === 'progress'
          ? { countedDownTo: one, explained: { [two]: { withoutRow: three }, [one]: three } }
          : { [one]: two, maxReads: three, pipeline: [one] },
    };
    const query: object = new Proxy(
      {},
      {
        get: (_, name) => {
          if (name === 'then') return undefined;
          if (name === 'get') return async () => ({ ...snapshot, id: 'sessions', docs: [snapshot] });
          return () => query;
        },
      },
    );
    const client = async () => query as Firestore;
    const api = createFirestoreDocuments(
      hostileApi(QUOTES['no JSON']!),
      { project: 'p', database: 'd' },
      TIMERS,
    );
    const deadLetters = createDeadLetters(api, client, 'bigquerySyncFailures', log);
    const reports = createReports(client, 'bigquerySyncReports', log);
    const ends = await told([
      () => deadLetters.overdue('pending', new Date(0), 10),
      () => deadLetters.pages()[Symbol.asyncIterator]().next(),
      () => reports.progress('sessions'),
      () => reports.last('sessions'),
    ]);
    expect(findLeaks(search, { ends, logs })).toEqual([]);
  }
  expect(logs.length).toBeGreaterThanOrEqual(planted.length * 3);
});

test('a token full of canaries is refused without a word of it, also when the certificates cannot be had', async () => {
  const tokens = createTaskTokens({
    audience: 'https://u.invalid',
    serviceAccount: 's@p.iam.gserviceaccount.com',
    certsUrl: 'http://127.0.0.1:9/certs', // nobody listens there
  });
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const texts = planted.map(({ canaries }) =>
    Object.fromEntries(canaries.map(({ place, text }) => [place, text])),
  );
  const malformed = texts.flatMap((claims) => [JSON.stringify(claims), `Bearer ${encode(claims)}`]);
  const wellFormed = `Bearer ${encode({ alg: 'RS256', kid: texts[0]!['userId'], ...texts[0] })}.${encode(texts)}.${encode(texts)}`;
  const refused = await told([...malformed, wellFormed].map((token) => () => tokens.identify(token)));
  expect(refused.filter((end) => end === '"unauthenticated"')).toHaveLength(malformed.length);
  expect(refused).toContain('ServiceError');
  expect(findLeaks(search, { refused })).toEqual([]);
});
