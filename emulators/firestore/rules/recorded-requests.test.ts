// Whole requests over REST, each under rules of its own, against what the official emulator answered. Where
// FIRESTORE_EMULATOR_HOST names an official emulator, it is asked whether it still says so.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { withEmulator } from '../testing/with-emulator.ts';

interface Recorded {
  readonly official: 'allow' | 'deny';
  readonly here: 'allow' | 'deny' | 'refused';
  /** What stands in `match /databases/{database}/documents`. */
  readonly rules: string;
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  /** The Authorization header; without it, the token of alice. */
  readonly auth?: string;
}

const OFFICIAL = process.env['FIRESTORE_EMULATOR_HOST'];
const suite = withEmulator();

const PROJECT = 'demo-probe';
const DATABASE = `projects/${PROJECT}/databases/(default)`;
const ALICE = `Bearer ${[
  '{"alg":"none"}',
  '{"sub":"alice","user_id":"alice","iat":1,"list":[1,"a"],"firebase":{"identities":{}}}',
]
  .map((part) => Buffer.from(part).toString('base64url'))
  .join('.')}.`;
const SEEDS = {
  'c/a': {
    owner: { stringValue: 'alice' },
    n: { integerValue: '5' },
    tags: { arrayValue: { values: [{ stringValue: 'x' }] } },
  },
  'c/b': { owner: { stringValue: 'alice' }, n: { integerValue: '7' } },
  'users/u1/sessions/s1': { owner: { stringValue: 'alice' } },
};

const recorded = readFileSync(path.join(__dirname, 'recorded-requests.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

async function call(host: string, method: string, url: string, body?: object, auth = 'Bearer owner') {
  const response = await fetch(`http://${host}/${url}`, {
    method,
    headers: { ...(auth === '' ? {} : { authorization: auth }), 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, text: await response.text() };
}

/** Answers that come of anything but the rules (a missing document, a precondition) show that they allow. */
async function ask(host: string, { rules, method, path: url, body, auth }: Recorded): Promise<string> {
  const content = `rules_version = '2';\nservice cloud.firestore { match /databases/{database}/documents {\n ${rules} } }`;
  const files = [{ name: 'firestore.rules', content }];
  const loaded = await call(host, 'PUT', `emulator/v1/projects/${PROJECT}:securityRules`, {
    rules: { files },
  });
  if (loaded.status === 400) return 'refused';
  await call(host, 'DELETE', `emulator/v1/${DATABASE}/documents`);
  const writes = Object.entries(SEEDS).map(([name, fields]) => ({
    update: { name: `${DATABASE}/documents/${name}`, fields },
  }));
  expect((await call(host, 'POST', `v1/${DATABASE}/documents:commit`, { writes })).status).toBe(200);
  const { status, text } = await call(host, method, `v1/${DATABASE}/documents${url}`, body, auth ?? ALICE);
  // Ours and the official one differ in how they refuse a bad token, and a method for servers only.
  const isDenied = status === 403 || status === 501 || (status === 400 && text.includes('invalid jwt'));
  return isDenied ? 'deny' : 'allow';
}

const titled = recorded.map((request) => ({
  ...request,
  title: `${request.rules} — ${request.method} ${request.path} ${JSON.stringify(request.body ?? {})}`.slice(
    0,
    300,
  ),
}));

describe('a request is allowed or denied as in the official emulator:', () => {
  test.each(titled.filter(({ official, here }) => official === here))('$title', async (request) => {
    expect(await ask(`127.0.0.1:${suite.emulator.port}`, request)).toBe(request.official);
  });
});

describe('where the two differ, this one denies, or refuses the rules:', () => {
  test.each(titled.filter(({ official, here }) => official !== here))('$title', async (request) => {
    expect(request.here).not.toBe('allow');
    expect(await ask(`127.0.0.1:${suite.emulator.port}`, request)).toBe(request.here);
  });
});

const whereAsked = OFFICIAL === undefined ? describe.skip : describe;
whereAsked('the official emulator (skipped unless FIRESTORE_EMULATOR_HOST names one)', () => {
  test('says so', async () => {
    for (const request of titled) {
      expect([request.title, await ask(OFFICIAL!, request)]).toEqual([request.title, request.official]);
    }
  }, 120_000);
});
