// The language, expression by expression, against what the official emulator answered.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { GeoPoint, Reference, Timestamp } from '../values/value.ts';
import type { Value } from '../values/value.ts';
import { parseCaller } from './caller.ts';
import { toRulesMap } from './convert.ts';
import { decide } from './decide.ts';
import { parseRules } from './parse.ts';
import type { RulesMap, RulesValue } from './value.ts';
import { Path, RuleError } from './value.ts';

const DOCUMENT = new Map<string, Value>(
  Object.entries({
    i: 3n,
    d: 3,
    s: 'héllo😀',
    b: true,
    n: null,
    t: new Timestamp(Date.UTC(2024, 1, 29, 13, 14, 15) / 1000, 123_456_000),
    by: Buffer.from('abc'),
    r: new Reference('projects/p/databases/(default)/documents/probe/two'),
    g: new GeoPoint(10, 20),
    l: [1n, 2n, 'a'],
    m: new Map<string, Value>([
      ['x', 1n],
      ['y', new Map([['z', 'q']])],
    ]),
    nan: Number.NaN,
  }),
);

const CLAIMS = {
  sub: 'alice',
  user_id: 'alice',
  email: 'a@x.y',
  iat: 1,
  num: 5,
  flt: 1.5,
  list: [1, 'a'],
  nul: null,
  firebase: { sign_in_provider: 'custom', identities: {} },
};

const NAME = new Path(['databases', '(default)', 'documents', 'probe', 'one']);
const RESOURCE: RulesMap = new Map<string, RulesValue>([
  ['data', toRulesMap(DOCUMENT)],
  ['id', 'one'],
  ['__name__', NAME],
]);

function auth(): RulesValue {
  const parts = [{ alg: 'none' }, CLAIMS].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const caller = parseCaller(`Bearer ${parts.join('.')}.`);
  return caller.kind === 'client' ? caller.auth : null;
}

/** Knows one document. */
function read(reader: string, wanted: Path): RulesValue {
  const name = wanted.toString();
  if (!/^\/databases\/\(default\)\/documents(\/[^/]+\/[^/]+)+$/.test(name)) throw new RuleError('elsewhere');
  const isThere = name === NAME.toString();
  if (reader.startsWith('exists')) return isThere;
  if (!isThere) throw new RuleError('missing');
  return RESOURCE;
}

function answer(expression: string): string {
  const { ruleset } = parseRules(
    'probe.rules',
    `rules_version = '2';
     service cloud.firestore { match /databases/{database}/documents {
       function f(x) { return x; }
       match /probe/{id} { allow get: if ${expression}; }
     } }`,
  );
  if (!ruleset) return 'refused';
  const request = new Map<string, RulesValue>([
    ['auth', auth()],
    ['method', 'get'],
    ['path', NAME],
    ['time', new Timestamp(Date.UTC(2026, 10, 21) / 1000, 5000)],
  ]);
  const globals = { request, resource: RESOURCE };
  const { isAllowed } = decide(ruleset, 'get', NAME.segments, { globals, read, debug: () => undefined });
  return isAllowed ? 'true' : 'deny';
}

const recorded = readFileSync(path.join(__dirname, 'recorded-expressions.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => ({
    official: line.slice(0, 8).trim(),
    here: line.slice(8, 16).trim(),
    expression: line.slice(16),
  }));

describe('an expression is true, or not, as in the official emulator:', () => {
  test.each(recorded.filter(({ official, here }) => official === here))(
    '$expression',
    ({ official, expression }) => {
      expect(answer(expression)).toBe(official);
    },
  );
});

describe('what is not followed to the letter is refused:', () => {
  test.each(recorded.filter(({ official, here }) => official !== here))(
    '$expression',
    ({ here, expression }) => {
      expect(here).toBe('refused');
      expect(answer(expression)).toBe('refused');
    },
  );
});
