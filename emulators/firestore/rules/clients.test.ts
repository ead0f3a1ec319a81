// Clients with the token of a user, for as long as they are connected: what they are told when they may no longer
// listen, what a refused commit leaves behind, and what rules cost and may cost.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../shared/clock.ts';
import { Faults } from '../../shared/faults.ts';
import type { ListenRequest, ListenResponse } from '../listen/messages.ts';
import type { WriteRequest, WriteResponse } from '../rpc/write.ts';
import { startFirestore } from '../server.ts';
import type { RawStream } from '../testing/open-stream.ts';
import { openStream } from '../testing/open-stream.ts';
import { withEmulator } from '../testing/with-emulator.ts';

const suite = withEmulator();
const database = 'projects/demo-local/databases/(default)';
const nameOf = (path: string): string => `${database}/documents/${path}`;

function tokenOf(uid: string): string {
  const parts = [{ alg: 'none' }, { sub: uid }].map((part) => JSON.stringify(part));
  return `Bearer ${parts.map((part) => Buffer.from(part).toString('base64url')).join('.')}.`;
}

async function load(statements: string): Promise<void> {
  const content = `rules_version = '2';
service cloud.firestore { match /databases/{database}/documents {
${statements}
} }`;
  const path = '/emulator/v1/projects/demo-local:securityRules';
  expect(await suite.rest('PUT', path, { rules: { files: [{ name: 'firestore.rules', content }] } })).toEqual(
    {
      status: 200,
      body: { issues: [] },
    },
  );
}

async function statusOf(path: string, authorization?: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${suite.emulator.port}/v1/${nameOf(path)}`, {
    headers: authorization ? { authorization } : {},
  });
  return response.status;
}

type Listening = RawStream<ListenRequest, ListenResponse>;

/** Reads up to the next message of the target's own: its removal, or that it is current. */
async function nextState(stream: Listening): Promise<string> {
  for (;;) {
    const { targetChange } = await stream.next();
    if (targetChange?.targetChangeType === 'CURRENT') return 'current';
    if (targetChange?.targetChangeType === 'REMOVE') return `removed: ${targetChange.cause?.code}`;
    if (targetChange?.targetChangeType === 'NO_CHANGE') return 'snapshot';
  }
}

function listen(target: NonNullable<ListenRequest['addTarget']>, uid = 'alice'): Listening {
  const stream = openStream<ListenRequest, ListenResponse>(suite.emulator.port, 'Listen', tokenOf(uid));
  stream.send({ database, addTarget: { targetId: 1, ...target } });
  return stream;
}

const documents = (path: string) => ({ documents: { documents: [nameOf(path)] } });
const ownDocuments = {
  query: {
    parent: `${database}/documents`,
    structuredQuery: {
      from: [{ collectionId: 'c' }],
      where: {
        filterType: 'fieldFilter',
        fieldFilter: {
          field: { fieldPath: 'owner' },
          op: 'EQUAL',
          value: { valueType: 'stringValue', stringValue: 'alice' },
        },
      },
    },
  },
} as const;

describe('a listener', () => {
  const OWN = 'match /c/{d} { allow read: if resource.data.owner == request.auth.uid; }';
  const MEMBERS =
    'match /c/{d} { allow read: if exists(/databases/$(database)/documents/members/$(request.auth.uid)); }';
  beforeEach(() => suite.db.doc('c/d').set({ owner: 'alice' }));

  test('to a document of its own hears of changes, until the document is no longer its own', async () => {
    await load(OWN);
    const stream = listen(documents('c/d'));
    expect([await nextState(stream), await nextState(stream)]).toEqual(['current', 'snapshot']);
    await suite.db.doc('c/d').set({ owner: 'alice', n: 1 });
    expect(await stream.next()).toMatchObject({ documentChange: { targetIds: [1] } });
    expect(await nextState(stream)).toBe('snapshot');
    await suite.db.doc('c/d').set({ owner: 'bob', secret: true });
    // Nothing of the document that it may no longer see.
    expect(await stream.next()).toMatchObject({
      targetChange: { targetChangeType: 'REMOVE', targetIds: [1], cause: { code: 7 } },
    });
    stream.stop();
  });

  test('is refused when another document, that its rules look at, is gone', async () => {
    await load(MEMBERS);
    await suite.db.doc('members/alice').set({});
    const stream = listen(ownDocuments);
    expect([await nextState(stream), await nextState(stream)]).toEqual(['current', 'snapshot']);
    await suite.db.doc('members/alice').delete();
    expect(await nextState(stream)).toBe('removed: 7');
    stream.stop();
  });

  test('is refused when other rules are loaded, and when all data is cleared under its feet', async () => {
    await load(OWN);
    const [first, second] = [listen(documents('c/d')), listen(ownDocuments)];
    for (const stream of [first, second]) {
      expect([await nextState(stream), await nextState(stream)]).toEqual(['current', 'snapshot']);
    }
    await load(MEMBERS);
    expect([await nextState(first), await nextState(second)]).toEqual(['removed: 7', 'removed: 7']);
    await suite.db.doc('members/alice').set({});
    const third = listen(documents('c/d'));
    expect([await nextState(third), await nextState(third)]).toEqual(['current', 'snapshot']);
    await suite.emulator.clear();
    expect(await nextState(third)).toBe('removed: 7');
    for (const stream of [first, second, third]) stream.stop();
  });

  test('to a query is allowed by its filter, and by nothing else', async () => {
    await load(OWN);
    expect(await nextState(listen(ownDocuments))).toBe('current');
    expect(await nextState(listen(ownDocuments, 'bob'))).toBe('removed: 7');
    const { parent, structuredQuery } = ownDocuments.query;
    const { from } = structuredQuery;
    expect(await nextState(listen({ query: { parent, structuredQuery: { from } } }))).toBe('removed: 7');
  });
});

test('a refused commit leaves nothing behind, and ends the Write stream with the reason', async () => {
  await load("match /c/{d} { allow create: if d != 'forbidden'; }");
  const stream = openStream<WriteRequest, WriteResponse>(suite.emulator.port, 'Write', tokenOf('alice'));
  const set = (path: string) => ({ operation: 'update', update: { name: nameOf(path) } }) as const;
  stream.send({ database });
  expect((await stream.next()).streamId).toBeDefined();
  stream.send({ writes: [set('c/first')] });
  expect((await stream.next()).writeResults).toHaveLength(1);
  stream.send({ writes: [set('c/second'), set('c/forbidden')] });
  await expect(stream.next()).rejects.toMatchObject({ code: 7, details: "false for 'create' @ L3" });
  expect((await suite.db.collection('c').get()).docs.map(({ id }) => id)).toEqual(['first']);
  stream.stop();
});

test('what is wrong is said with the line of the rules and without a word of the document', async () => {
  await suite.db.doc('c/d').set({ secret: 'canary' });
  await load(
    'match /c/{d} { allow get: if resource.data[resource.data.secret] == 1;\nallow get: if resource.data.secret > 1; }',
  );
  const response = await fetch(`http://127.0.0.1:${suite.emulator.port}/v1/${nameOf('c/d')}`);
  const text = await response.text();
  expect(text).toContain("evaluation error for 'get' @ L3: A property is undefined on object, ");
  expect(text).toContain("evaluation error for 'get' @ L4: string > int is not known");
  expect(text).not.toContain('canary');
});

test('a denial comes before the precondition, and so does not tell whether a document exists', async () => {
  await suite.db.doc('c/there').set({});
  await load('match /other/{d} { allow write; }');
  const codeOf = async (path: string, exists: boolean) => {
    const stream = openStream<WriteRequest, WriteResponse>(suite.emulator.port, 'Write', tokenOf('alice'));
    stream.send({ database });
    await stream.next();
    stream.send({
      writes: [{ operation: 'update', update: { name: nameOf(path) }, currentDocument: { exists } }],
    });
    const error: unknown = await stream.next().catch((thrown: unknown) => thrown);
    stream.stop();
    return (error as { code?: number }).code;
  };
  for (const exists of [true, false]) {
    expect([await codeOf('c/there', exists), await codeOf('c/missing', exists)]).toEqual([7, 7]);
  }
  expect([await codeOf('other/x', true)]).toEqual([5]);
});

test.each([
  ['GET', 'c/d', 404],
  ['GET', 'c', 200],
  ['GET', 'c?showMissing=true', 403],
  ['POST', 'c?documentId=d', 200],
  ['PATCH', 'c/d', 200],
  ['DELETE', 'c/d', 200],
])('%s %s asks the rules', async (method, path, allowed) => {
  const ask = async (): Promise<number> => {
    const url = `http://127.0.0.1:${suite.emulator.port}/v1/${nameOf(path)}`;
    return (await fetch(url, { method, ...(method === 'GET' ? {} : { body: '{}' }) })).status;
  };
  await load('match /c/{d} { allow read, write: if false; }');
  expect(await ask()).toBe(403);
  await load('match /c/{d} { allow read, write; }');
  expect(await ask()).toBe(allowed);
});

test('rules of one project do not govern another', async () => {
  await load('match /{path=**} { allow read; }');
  expect(await statusOf('c/d')).toBe(404);
  const elsewhere = nameOf('c/d').replace('demo-local', 'demo-other');
  expect((await fetch(`http://127.0.0.1:${suite.emulator.port}/v1/${elsewhere}`)).status).toBe(403);
});

test('a value that is put into a path stays one segment, whatever slashes it has', async () => {
  await suite.db.doc('members/alice').set({});
  await suite.db.doc('c/d').set({ key: 'alice', trick: 'x/y/members/alice' });
  const rule = (field: string, above: string): string =>
    `match /c/{d} { allow get: if exists(/databases/$(database)/documents/${above}/$(resource.data.${field})); }`;
  await load(rule('key', 'members'));
  expect(await statusOf('c/d')).toBe(200);
  await load(rule('trick', 'members'));
  await suite.db.doc('members/x/y/members/alice/z').set({});
  expect(await statusOf('c/d')).toBe(403);
});

describe('no more than 1,000 expressions are evaluated:', () => {
  // Measured on the official emulator 1.19.9: so many calls of a function with so many operands still pass.
  test.each([
    ['true', 10, 32],
    ['true', 50, 6],
    ['1 == 1', 10, 19],
    ['1 == 1', 90, 2],
    ['resource.data.n == 5', 10, 14],
    ["'a'.size() == 1", 10, 16],
    ['id(true)', 50, 3],
    ['f0()', 10, 24],
  ])('%s, %i times in a function, %i calls', async (operand, operands, calls) => {
    await suite.db.doc('c/d').set({ n: 5 });
    const rule = (times: number): string => `function id(x) { return x; } function f0() { return true; }
      function f() { return ${Array<string>(operands).fill(operand).join(' && ')}; }
      match /c/{d} { allow get: if ${Array<string>(times).fill('f()').join(' && ')}; }`;
    await load(rule(calls));
    expect(await statusOf('c/d')).toBe(200);
    await load(rule(calls + 1));
    expect(await statusOf('c/d')).toBe(403);
  });
});

test('debug() gives back its argument and writes it into the log', async () => {
  const lines: string[] = [];
  const emulator = await startFirestore({
    port: 0,
    faults: new Faults(),
    clock: systemClock,
    log: (line) => lines.push(line),
    rules: {
      name: 'firestore.rules',
      content: `rules_version = '2';
service cloud.firestore { match /databases/{d}/documents { match /c/{id} {
allow get: if debug({'id': id, 'n': [1, null, /a/b]}).id == 'x'; } } }`,
    },
  });
  const url = `http://127.0.0.1:${emulator.port}/v1/${nameOf('c/x')}`;
  expect((await fetch(url)).status).toBe(404);
  expect(lines).toContain('firestore: debug() of the rules, line 3: map {"id":"x","n":[1,null,"/a/b"]}');
  await emulator.close();
});

test('an emulator does not start with rules that do not compile, and says what to mend', async () => {
  const content =
    "rules_version = '2';\nservice cloud.firestore { match /c/{d} { allow read: if x; allow list: if y(); } }";
  const rules = { name: 'app/firestore.rules', content };
  const starting = startFirestore({
    port: 0,
    faults: new Faults(),
    clock: systemClock,
    log: () => undefined,
    rules,
  });
  await expect(starting).rejects.toThrow(
    /^Cannot load the security rules, mend them and start again:\napp\/firestore\.rules:2:57: There is no variable "x".*\napp\/firestore\.rules:2:75: There is no function "y"/,
  );
});
