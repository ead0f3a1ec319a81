// The handlers on the fakes, with documents full of canaries, on every road and through every error: nothing that was
// planted comes out of them, but for what the policies keep, in its own column.
import { expect, test, describe } from '@jest/globals';
import * as fc from 'fast-check';
import type { Context } from '../../functions/context.ts';
import { erasePersons } from '../../functions/handlers/erase-persons.ts';
import { reconcileAll } from '../../functions/handlers/reconcile/reconcile.ts';
import { replayFailure } from '../../functions/handlers/replay-failure.ts';
import { requestErasure } from '../../functions/handlers/request-erasure.ts';
import { retryFailure, type TaskRequest } from '../../functions/handlers/retry-failure.ts';
import { sweepFailures } from '../../functions/handlers/sweep-failures.ts';
import { syncDocument } from '../../functions/handlers/sync-document.ts';
import { vouched } from '../../functions/pipelines/reason.ts';
import { sessions } from '../../functions/pipelines/sessions.ts';
import { failureId, taskId } from '../../functions/steps/ids.ts';
import { KeyError } from '../../functions/steps/pseudonym-key.ts';
import { withoutData } from '../../functions/steps/unexpected-error.ts';
import { createFakeContext } from '../contracts/fakes/context.ts';
import { createCanary, STYLES } from './canaries.ts';
import {
  createPlanter,
  documentShapes,
  fullShape,
  poisonShapes,
  searchFor,
  type Planted,
} from './documents.ts';
import { FORMS, HASH_FORMS } from './forms.ts';
import { cellsOf, findLeaks, textsIn, textsOf, type Sinks } from './sinks.ts';

type Wrap = (context: Context) => Context;

/** Where what the functions are told may rightly be found again: in Firestore, under these names. */
const AT_HOME = ['userId', 'sessionId', 'documentPath', 'documentVersion', 'bigquerySyncVersion'];

/** The functions as the platform calls them, and all that comes out. */
function startFunctions(documents: readonly Planted[], wrap: Wrap = (context) => context) {
  const fakes = createFakeContext();
  const context = wrap(fakes.context);
  const answers: string[] = [];
  const thrown: string[] = [];
  const updateTimes = new Map<Planted, string>();
  const done = new Set<string>();

  async function call(work: () => Promise<unknown>): Promise<void> {
    await withoutData(work).catch((error: unknown) => thrown.push(...textsOf(error)));
  }
  async function ask(request: Partial<TaskRequest>): Promise<number | undefined> {
    const authorization = fakes.taskTokens.authorization();
    let status: number | undefined;
    await call(async () => {
      const reply = await retryFailure(context, {
        method: 'POST',
        authorization,
        body: undefined,
        ...request,
      });
      answers.push(JSON.stringify(reply));
      ({ status } = reply);
    });
    return status;
  }

  return {
    fakes,
    put(document: Planted) {
      updateTimes.set(document, fakes.documents.put(document.path, document.data));
    },
    complete: (document: Planted) =>
      call(async () => {
        const { path, data } = document;
        const updateTime = updateTimes.get(document) ?? fakes.documents.put(path, data);
        await syncDocument(context, sessions, { path, data, updateTime });
      }),
    ask,
    async runTasks() {
      for (const claim of fakes.retryQueue.waiting()) {
        const name = taskId(claim.failureId, claim.generation);
        if (!done.has(name) && (await ask({ body: { v: 1, ...claim } })) === 200) done.add(name);
      }
    },
    sweep: () => call(() => sweepFailures(context)),
    reconcile: () => call(() => reconcileAll(context)),
    forget: ({ userId }: Planted) =>
      call(() => requestErasure(context, { name: 'a request', subject: 'userId', id: userId })),
    erase: () => call(() => erasePersons(context)),
    replay: () =>
      call(async () => {
        for (const entry of fakes.deadLetters.all()) answers.push(await replayFailure(context, entry, 'me'));
      }),
    async sinks(): Promise<Sinks> {
      const receipts = await fakes.erasures.latest(100);
      const statuses = fakes.documents
        .all()
        .flatMap(({ data }) => Object.entries(data).filter(([name]) => name.startsWith('bigquerySync')));
      const failures = fakes.deadLetters
        .all()
        .flatMap(({ id, failure }) => [['id', id], ...Object.entries(failure)]);
      const home = (fields: readonly (readonly unknown[])[]) =>
        fields.filter(([name]) => !AT_HOME.includes(String(name))).flatMap(textsIn);
      return {
        'insert ids': fakes.rowSink.rows('sessions').map(({ insertId }) => insertId),
        rows: fakes.rowSink.rows('sessions').flatMap(({ json }) => cellsOf(json, documents)),
        'task names': fakes.retryQueue.waiting().map((claim) => taskId(claim.failureId, claim.generation)),
        'task bodies': fakes.retryQueue.waiting().map((claim) => JSON.stringify(claim)),
        'log lines': fakes.logs.map((line) => JSON.stringify(line)),
        failures: home(failures),
        statuses: home(statuses),
        answers,
        'thrown errors': thrown,
        receipts: receipts.flatMap(({ name, erasure }) => [name, ...textsIn({ ...erasure, id: null })]),
        reports: fakes.reports.saved.map((report) => JSON.stringify(report)),
      };
    },
  };
}

type Functions = ReturnType<typeof startFunctions>;

const TRANSIENT = { httpStatus: 503, reasons: [{ reason: 'backendError' }] };
const REFUSED = { httpStatus: 400, reasons: [{ reason: 'invalid', location: 'exercise_type' }] };
const MINUTE = 60_000;

/** Everything that may befall one document, as far as the functions see it. */
const ROADS: Readonly<Record<string, (functions: Functions, document: Planted) => Promise<void> | void>> = {
  complete: ({ complete }, document) => complete(document),
  'run tasks': (functions) => functions.runTasks(),
  sweep: async ({ fakes, sweep }) => {
    fakes.advance(5 * MINUTE);
    await sweep();
  },
  reconcile: async ({ fakes, reconcile }) => {
    fakes.advance(60 * MINUTE);
    await reconcile();
  },
  replay: ({ replay }) => replay(),
  'the person asks to be forgotten': ({ forget }, document) => forget(document),
  erase: async ({ fakes, erase }) => {
    fakes.advance(24 * 60 * MINUTE);
    await erase();
  },
  'BigQuery fails': ({ fakes }) => fakes.rowSink.failNext('before', TRANSIENT),
  'BigQuery stores and fails': ({ fakes }) => fakes.rowSink.failNext('after', TRANSIENT),
  'BigQuery refuses': ({ fakes }) => fakes.rowSink.failNext('before', REFUSED),
  'Firestore fails reading': ({ fakes }) => fakes.documents.failNext('before', 14),
  'Firestore fails writing': ({ fakes }) => fakes.documents.failNext('after', 14),
  'the failure cannot be written': ({ fakes }) => fakes.deadLetters.failNext('before', 14),
  'the task cannot be made': ({ fakes }) => fakes.retryQueue.failNext('before', 14),
  'the certificates cannot be had': ({ fakes }) => {
    fakes.taskTokens.unreachable = !fakes.taskTokens.unreachable;
  },
  'the document is deleted': ({ fakes }, { path }) => fakes.documents.delete(path),
  'the document is opened again': ({ fakes }, { path, data }) =>
    void fakes.documents.put(path, { ...data, status: 'active' }),
  'the record is spoiled': ({ fakes }, { path }) => fakes.deadLetters.corrupt(failureId('sessions', path)),
};

async function travel(functions: Functions, document: Planted, roads: readonly string[]): Promise<void> {
  functions.put(document);
  for (const road of roads) await ROADS[road]?.(functions, document);
}

const counted = {
  rows: 0,
  'task bodies': 0,
  'log lines': 0,
  failures: 0,
  statuses: 0,
  answers: 0,
  'thrown errors': 0,
};
function count(sinks: Sinks): void {
  for (const name of Object.keys(counted) as (keyof typeof counted)[]) counted[name] += sinks[name]!.length;
}

test('whatever a document holds and whatever befalls it, nothing of it comes out', async () => {
  const roads = fc.array(fc.constantFrom(...Object.keys(ROADS)), { maxLength: 8 });
  const first = fc.constantFrom([], ['BigQuery fails']);
  await fc.assert(
    fc.asyncProperty(documentShapes(sessions), first, roads, async (shape, before, more) => {
      const document = createPlanter(sessions)(shape);
      const functions = startFunctions([document]);
      await travel(functions, document, [...before, 'complete', ...more, 'run tasks']);
      const sinks = await functions.sinks();
      count(sinks);
      expect(findLeaks(searchFor([document]), sinks)).toEqual([]);
    }),
    { numRuns: 60 },
  );
  expect(Object.entries(counted).filter(([, texts]) => texts === 0)).toEqual([]);
}, 120_000);

describe.each(STYLES)('a document of %s texts', (style) => {
  const plant = createPlanter(sessions);
  const document = plant(fullShape(style));

  test('with unknown fields at all depths becomes a row, and nothing else of it comes out', async () => {
    const functions = startFunctions([document]);
    await travel(functions, document, ['BigQuery fails', 'complete', 'run tasks', 'reconcile']);
    expect(findLeaks(searchFor([document]), await functions.sinks())).toEqual([]);
    const [row] = functions.fakes.rowSink.rows('sessions');
    expect(row?.json).toMatchObject({
      session_id: document.sessionId,
      exercise_type: document.data['exerciseType'],
    });
  });
});

describe.each(['plain', 'japanese', 'quoted', 'frame'] as const)('documents of %s texts', (style) => {
  const plant = createPlanter(sessions);
  const document = plant(fullShape(style));

  test('with wrong values in declared fields are refused, with the names of those alone', async () => {
    const poisons = poisonShapes(sessions, style).map((shape) => plant(shape));
    const functions = startFunctions(poisons);
    for (const poison of poisons) await travel(functions, poison, ['complete']);
    await travel(functions, document, ['sweep', 'reconcile', 'replay', 'run tasks']);
    const reasons = functions.fakes.deadLetters.all().map(({ failure }) => failure.failureReason);
    expect(reasons.filter((reason) => reason.startsWith('document invalid: ')).length).toBeGreaterThan(20);
    expect(findLeaks(searchFor(poisons), await functions.sinks())).toEqual([]);
  });
});

/** What a careless service might throw: an error that quotes the document and all that it was given, everywhere. */
function quoting(
  port: object,
  { data, path }: Planted,
  when: (call: number) => boolean,
  quoted: () => void,
): object {
  let calls = 0;
  return new Proxy(port, {
    get(target, name) {
      const found: unknown = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      return (...args: unknown[]): unknown => {
        if (!when(calls++)) return found.apply(target, args) as unknown;
        quoted();
        const said = textsIn([args, data, path]).join(' ');
        const cause = new Error(said);
        const error = new TypeError(
          `bad request ${said}\n    at ${said} (node:${said}:1:1)\n    at node:x:1:1`,
          { cause },
        );
        throw Object.assign(error, { code: said, details: args, response: { data: args }, errors: [args] });
      };
    },
  });
}

const PORTS = [
  'rowSink',
  'retryQueue',
  'deadLetters',
  'documents',
  'syncedDocuments',
  'erasures',
  'tombstones',
  'rowEraser',
  'rowIndex',
  'reports',
  'taskTokens',
  'keyring',
] as const;

test.each(PORTS)(
  'when %s throws whatever it was given, at whatever call, nothing of it comes out',
  async (port) => {
    const document = createPlanter(sessions)(fullShape('plain'));
    const search = searchFor([document]);
    let quoted = 0;
    for (let failing = 0; failing < 6; failing++) {
      const functions = startFunctions([document], (context) => ({
        ...context,
        [port]: quoting(
          context[port],
          document,
          (call) => call >= failing,
          () => quoted++,
        ),
      }));
      functions.fakes.rowSink.failNext('before', TRANSIENT);
      await travel(functions, document, [
        'complete',
        'run tasks',
        'sweep',
        'run tasks',
        'reconcile',
        'replay',
        'the person asks to be forgotten',
        'erase',
        'erase',
      ]);
      const sinks = await functions.sinks();
      expect({ failing, leaks: findLeaks(search, sinks) }).toEqual({ failing, leaks: [] });
    }
    expect(quoted).toBeGreaterThan(0);
  },
);

test('a call of the retry function with canaries for method, token and body is answered without them', async () => {
  const canaries = STYLES.map((style, n) => createCanary(style, 500 + n, `request of ${style}`));
  const functions = startFunctions([]);
  const search = searchFor([], canaries);
  for (const { text } of canaries) {
    const base64 = Buffer.from(text).toString('base64url');
    const tokens = [text, `Bearer ${text}`, `Bearer ${base64}.${base64}.${base64}`, undefined];
    for (const authorization of tokens) await functions.ask({ authorization });
    const bodies = [
      text,
      { v: 1, failureId: text, generation: 1 },
      { v: 1, failureId: 'a'.repeat(64), generation: text },
      { v: 1, failureId: 'a'.repeat(64), generation: 1, [text]: text },
      { [text]: text },
      [text],
      Buffer.from(text),
    ];
    for (const body of bodies) await functions.ask({ body });
    await functions.ask({ method: text });
  }
  const sinks = await functions.sinks();
  expect(sinks['answers']!.length).toBe(STYLES.length * 12);
  expect(new Set(sinks['answers']!.map((answer) => JSON.parse(answer).status))).toEqual(new Set([400, 401]));
  expect(findLeaks(search, sinks)).toEqual([]);
});

/** The port with some of its methods replaced. */
function changed<Port extends object>(port: Port, methods: Partial<Port>): Port {
  return new Proxy(port, {
    get(target, name) {
      const found: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
}

/** The functions with a leak in one sink: `text` is what leaks of the document. */
const LEAKY: Readonly<Record<string, (text: string, context: Context) => Partial<Context>>> = {
  'insert ids': (text, { rowSink }) => ({
    rowSink: { insert: (table, row) => rowSink.insert(table, { ...row, insertId: text }) },
  }),
  rows: (text, { rowSink }) => ({
    rowSink: {
      insert: (table, row) =>
        rowSink.insert(table, { ...row, json: { ...row.json, camera_position: `front ${text}` } }),
    },
  }),
  'task bodies': (text, { retryQueue }) => ({
    retryQueue: changed(retryQueue, {
      enqueue: (claim) => retryQueue.enqueue({ ...claim, failureId: text as typeof claim.failureId }),
    }),
  }),
  'log lines': (text, { log }) => ({
    log: (severity, message, fields) => log(severity, `${message} ${text}`, fields),
  }),
  failures: (text, { deadLetters }) => ({
    deadLetters: changed(deadLetters, {
      update: (id, decide) =>
        deadLetters.update(id, (current) => {
          const next = decide(current);
          return next && { ...next, failureReason: vouched(text) };
        }),
    }),
  }),
  statuses: (text, { documents }) => ({
    documents: changed(documents, {
      writeStatus: (path, status, seen) =>
        documents.writeStatus(path, { ...status, error: vouched(text) }, seen),
    }),
  }),
  'thrown errors': (text, { documents }) => ({
    documents: changed(documents, {
      writeStatus: () => Promise.reject(new KeyError(text)),
    }),
  }),
  reports: (text, { reports }) => ({
    reports: changed(reports, {
      save: (report, progress) => reports.save({ ...report, pipeline: text }, progress),
    }),
  }),
};

describe.each(Object.entries(LEAKY))('functions that leak into %s', (sink, leak) => {
  const document = createPlanter(sessions)(fullShape('plain'));
  const search = searchFor([document]);

  test.each([...FORMS, ...HASH_FORMS])('as $name are caught', async ({ write }) => {
    for (const written of write(document.userId)) {
      const functions = startFunctions([document], (context) => ({ ...context, ...leak(written, context) }));
      functions.fakes.rowSink.failNext('before', TRANSIENT);
      await travel(functions, document, ['complete', 'run tasks', 'reconcile']);
      const found = findLeaks(search, await functions.sinks());
      expect(found.map((one) => one.sink)).toContain(sink);
      expect(found.map(({ place }) => place)).toContain('userId');
    }
  });
});

test('a kept text in another column than its own is a leak', async () => {
  const document = createPlanter(sessions)(fullShape('plain'));
  const swap: Wrap = (context) => ({
    ...context,
    rowSink: {
      insert: (table, row) =>
        context.rowSink.insert(table, {
          ...row,
          json: { ...row.json, camera_position: row.json['exercise_type']!, exercise_type: 'squat' },
        }),
    },
  });
  const functions = startFunctions([document], swap);
  await travel(functions, document, ['complete']);
  const found = findLeaks(searchFor([document]), await functions.sinks());
  expect(found).toMatchObject([{ sink: 'rows', place: 'exerciseType', form: 'raw' }]);
});
