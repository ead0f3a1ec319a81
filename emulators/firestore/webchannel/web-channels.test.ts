// WebChannel as browsers speak it, request by request.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../shared/clock.ts';
import { Faults } from '../../shared/faults.ts';
import { startFirestore } from '../server.ts';
import { withEmulator } from '../testing/with-emulator.ts';

const suite = withEmulator();
const database = 'projects/demo-local/databases/(default)';
const name = `${database}/documents/c/d`;
const OWNER = 'Authorization:Bearer owner\r\n';

let url: URL;
const listenUrl = (): URL =>
  new URL(`http://127.0.0.1:${suite.emulator.port}/google.firestore.v1.Firestore/Listen/channel?VER=8`);
const writeUrl = (): URL => new URL(listenUrl().href.replace('Listen', 'Write'));

function withParams(params: Readonly<Record<string, string | number>>): URL {
  const full = new URL(url);
  for (const [key, value] of Object.entries(params)) full.searchParams.set(key, String(value));
  return full;
}

/** The JSON of one or more frames, each with its length before it. */
function unframe(text: string): unknown[] {
  const frames: unknown[] = [];
  for (let rest = text; rest !== '';) {
    const [length] = rest.split('\n', 1);
    const end = length!.length + 1 + Number(length);
    frames.push(JSON.parse(rest.slice(length!.length + 1, end)));
    rest = rest.slice(end);
  }
  return frames;
}

async function post(
  params: Readonly<Record<string, string | number>>,
  offset: number,
  messages: readonly object[],
  headers = OWNER,
): Promise<unknown> {
  const body = new URLSearchParams({ headers, count: String(messages.length), ofs: String(offset) });
  for (const [i, message] of messages.entries()) body.set(`req${i}___data__`, JSON.stringify(message));
  return unframe(await (await fetch(withParams(params), { method: 'POST', body })).text())[0];
}

async function open(messages: readonly object[], headers = OWNER): Promise<string> {
  const greeting = await post({ RID: 1 }, 0, messages, headers);
  expect(greeting).toEqual([[0, ['c', expect.any(String), '', 8, 12, 30_000]]]);
  return (greeting as string[][][])[0]![1]![1]!;
}

/** What waits for the client, over a back channel that ends with its first answer. */
async function poll(sid: string, acknowledged: number): Promise<[number, unknown[]][]> {
  const answer = await fetch(withParams({ SID: sid, AID: acknowledged, CI: 1, RID: 'rpc', TYPE: 'xmlhttp' }));
  return unframe(await answer.text())[0] as [number, unknown[]][];
}

/** A back channel that stays open. */
async function hold(sid: string): Promise<ReadableStreamDefaultReader<string>> {
  const answer = await fetch(withParams({ SID: sid, AID: 0, CI: 0, RID: 'rpc', TYPE: 'xmlhttp' }));
  return answer.body!.pipeThrough(new TextDecoderStream()).getReader();
}

const set = (n: number): object => ({ writes: [{ update: { name, fields: { n: { integerValue: n } } } }] });

describe('Write', () => {
  beforeEach(() => {
    url = writeUrl();
  });

  test('greets, commits and tells the results', async () => {
    const sid = await open([{ database }]);
    expect(await poll(sid, 0)).toEqual([
      [1, [{ streamId: expect.any(String), streamToken: expect.any(String) }]],
    ]);
    expect(await post({ SID: sid }, 1, [set(7)])).toEqual([0, 1, expect.any(Number)]);
    expect(await poll(sid, 1)).toMatchObject([[2, [{ writeResults: [{}], commitTime: expect.any(String) }]]]);
    expect((await suite.db.doc('c/d').get()).get('n')).toBe(7);
  });

  test('does not repeat what the client sends again', async () => {
    const increment = {
      writes: [
        {
          transform: {
            document: name,
            fieldTransforms: [{ fieldPath: 'n', increment: { integerValue: 1 } }],
          },
        },
      ],
    };
    const sid = await open([{ database }]);
    await post({ SID: sid, RID: 2 }, 1, [increment]);
    await post({ SID: sid, RID: 2 }, 1, [increment]);
    await post({ SID: sid, RID: 3 }, 1, [increment, increment]);
    expect((await suite.db.doc('c/d').get()).get('n')).toBe(2);
  });

  test('is refused to strangers, with the error of rules', async () => {
    const sid = await open([{ database }], 'Authorization:Bearer stranger\r\n');
    await post({ SID: sid }, 1, [set(1)]);
    const [, refused] = await poll(sid, 0);
    expect(refused).toMatchObject([2, [{ error: { code: 403, status: 'PERMISSION_DENIED' } }]]);
    expect((await suite.db.doc('c/d').get()).exists).toBe(false);
  });

  test('does for a user what the rules allow, by the token in the body of the first request', async () => {
    const content = `rules_version = '2';
      service cloud.firestore { match /databases/{d}/documents { match /c/{id} {
        allow create: if request.auth.uid == 'u1';
      } } }`;
    await suite.rest('PUT', '/emulator/v1/projects/demo-local:securityRules', {
      rules: { files: [{ content }] },
    });
    const jwt = ['{"alg":"none"}', '{"sub":"u1"}'].map((part) => Buffer.from(part).toString('base64url'));
    const sid = await open([{ database }], `Authorization:Bearer ${jwt.join('.')}.\r\n`);
    await post({ SID: sid }, 1, [set(1)], '');
    await post({ SID: sid }, 2, [set(2)], '');
    expect(await poll(sid, 0)).toMatchObject([
      [1, [{ streamId: expect.any(String) }]],
      [2, [{ writeResults: [{}] }]],
      [3, [{ error: { code: 403, status: 'PERMISSION_DENIED', message: 'No matching allow statements' } }]],
    ]);
    expect((await suite.db.doc('c/d').get()).get('n')).toBe(1);
  });

  test('says what is wrong with a message', async () => {
    const sid = await open([{ database: 'nonsense' }]);
    expect(await poll(sid, 0)).toMatchObject([[1, [{ error: { status: 'INVALID_ARGUMENT' } }]]]);
  });
});

describe('Listen', () => {
  const addTarget = { targetId: 2, documents: { documents: [name] } };
  beforeEach(() => {
    url = listenUrl();
  });

  test('streams changes over a back channel that is held open', async () => {
    const sid = await open([{ database, addTarget }]);
    const reader = await hold(sid);
    const until = async (text: string): Promise<void> => {
      let seen = '';
      while (!seen.includes(text)) seen += (await reader.read()).value ?? '';
    };
    await until('NO_CHANGE');
    await suite.db.doc('c/d').set({ news: 'ü😀' });
    await until('ü😀');
    await fetch(withParams({ SID: sid, TYPE: 'terminate' }));
    while (!(await reader.read()).done);
    expect((await fetch(withParams({ SID: sid, AID: 0 }))).status).toBe(400);
  });

  test('keeps what was not acknowledged for the next back channel', async () => {
    const sid = await open([{ database, addTarget }]);
    const all = await poll(sid, 0);
    expect(all.map(([id]) => id)).toEqual([1, 2, 3, 4]);
    expect(await poll(sid, 0)).toEqual(all);
    expect(await poll(sid, 2)).toEqual(all.slice(2));
  });

  test('has no back channel before it is opened', async () => {
    expect((await fetch(url)).status).toBe(400);
  });

  test('a fault of kind drop cuts the channel', async () => {
    suite.faults.add({ service: 'firestore', method: 'Listen', match: '/c/d', drop: true });
    const sid = await open([{ database, addTarget }]);
    expect((await fetch(withParams({ SID: sid, AID: 0 }))).status).toBe(400);
  });
});

test('a client that stays away is forgotten, one that is there hears that the channel lives', async () => {
  const clock = new ManualClock();
  const emulator = await startFirestore({ port: 0, faults: new Faults(), clock, log: () => undefined });
  url = new URL(listenUrl());
  url.port = String(emulator.port);
  const [gone, there] = [await open([]), await open([])];
  const held = await hold(there);
  clock.advance(30_000);
  expect(unframe((await held.read()).value!)).toEqual([[[1, ['noop']]]]);
  clock.advance(30_000);
  expect((await fetch(withParams({ SID: gone, AID: 0 }))).status).toBe(400);
  expect(await post({ SID: there }, 0, [])).toEqual([1, 2, expect.any(Number)]);
  await emulator.close();
});

describe('pages', () => {
  const preflight = (origin: string): Promise<Response> =>
    fetch(listenUrl(), {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-headers': 'x-goog-api-client' },
    });

  test('of this machine may call', async () => {
    const { status, headers } = await preflight('http://localhost:5173');
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
    expect(headers.get('access-control-allow-headers')).toBe('x-goog-api-client');
  });

  test('of other sites may not, not even blindly', async () => {
    const headers = { origin: 'http://localhost.example.com' };
    expect((await preflight(headers.origin)).headers.get('access-control-allow-origin')).toBeNull();
    const body = new URLSearchParams({ headers: OWNER, count: '1', ofs: '0' });
    expect((await fetch(writeUrl(), { method: 'POST', headers, body })).status).toBe(403);
  });
});
