// The batcher in time that a test moves by hand: who waits for what, who shares a request, and whose result is whose.
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createBatcher, Failed, type BatchOptions } from './batcher.ts';
import type { Timers } from './timers.ts';

interface Item {
  readonly id: number;
  readonly bytes: number;
  readonly key: string;
}

interface Sent {
  readonly items: readonly Item[];
  readonly atMs: number;
  answer(results: readonly (string | Failed)[]): void;
  throw(error: unknown): void;
}

const item = (id: number, { bytes = 1, key = `k${id}` } = {}): Item => ({ id, bytes, key });
const resultOf = ({ id }: Item) => `result ${id}`;

class Refusal extends Error {}
class Transient extends Error {}

const LIMITS = { maxItems: 4, maxBytes: 100, maxInFlight: 2, windowMs: 10 };
const OPTIONS = {
  ...LIMITS,
  bytesOf: ({ bytes }: Item) => bytes,
  keyOf: ({ key }: Item) => key,
  isRefusal: (error: unknown) => error instanceof Refusal,
  isTransient: (error: unknown) => error instanceof Transient,
  pausesMs: [50, 250],
};

/** Time stands still until `turn` or `pass`. */
function createClock() {
  let now = 0;
  let turn: (() => void)[] = [];
  let due: { readonly at: number; readonly run: () => void }[] = [];
  const drained = () => new Promise((resolve) => setImmediate(resolve));
  const endTurn = async () => {
    await drained();
    while (turn.length > 0) {
      const ended = turn;
      turn = [];
      for (const run of ended) run();
      await drained();
    }
  };
  const timers: Timers = {
    soon: (run) => void turn.push(run),
    after(ms, run) {
      const entry = { at: now + ms, run };
      due.push(entry);
      return () => void (due = due.filter((other) => other !== entry));
    },
  };
  return {
    timers,
    now: () => now,
    open: () => due.length + turn.length,
    endTurn,
    async pass(ms: number) {
      const until = now + ms;
      await endTurn();
      for (;;) {
        const next = Math.min(...due.map(({ at }) => at));
        if (next > until) break;
        now = next;
        const fires = due.filter(({ at }) => at === next); // one turn of the event loop for all of them
        due = due.filter(({ at }) => at !== next);
        for (const { run } of fires) run();
        await endTurn();
      }
      now = until;
    },
  };
}

function createHarness(change: Partial<BatchOptions<Item, string>> = {}) {
  const clock = createClock();
  const requests: Sent[] = [];
  const batched = createBatcher<Item, string>(
    {
      ...OPTIONS,
      send: (items) =>
        new Promise((resolve, reject) => {
          requests.push({ items, atMs: clock.now(), answer: resolve, throw: reject });
        }),
      ...change,
    },
    clock.timers,
  );
  const ends = new Map<number, unknown>();
  const add = (...items: readonly Item[]) => {
    for (const one of items) {
      batched(one).then(
        (result) => ends.set(one.id, result),
        (error: unknown) => ends.set(one.id, error),
      );
    }
  };
  const ids = () => requests.map(({ items }) => items.map(({ id }) => id));
  const succeed = (n: number) => requests[n]!.answer(requests[n]!.items.map(resultOf));
  return { clock, requests, ends, add, ids, succeed };
}

test('an item waits for nobody when no request is under way, and no timer is set for it', async () => {
  const { clock, ids, add } = createHarness();
  add(item(1));
  await clock.endTurn();
  expect(ids()).toEqual([[1]]);
  expect(clock.open()).toBe(0);
});

test('what arrives within one turn shares a request, and each gets its own result', async () => {
  const { clock, ids, add, succeed, ends } = createHarness();
  add(item(1), item(2), item(3));
  await clock.endTurn();
  expect(ids()).toEqual([[1, 2, 3]]);
  succeed(0);
  await clock.endTurn();
  expect([...ends]).toEqual([
    [1, 'result 1'],
    [2, 'result 2'],
    [3, 'result 3'],
  ]);
});

test('while a request is under way, items wait for company, and for the window at most', async () => {
  const { clock, ids, add, requests } = createHarness();
  add(item(1));
  await clock.endTurn();
  add(item(2));
  await clock.pass(6);
  add(item(3));
  await clock.pass(3);
  expect(ids()).toEqual([[1]]);
  await clock.pass(1);
  expect(ids()).toEqual([[1], [2, 3]]);
  expect(requests[1]!.atMs).toBe(LIMITS.windowMs);
});

test('a request that hangs holds up no item for longer than the window', async () => {
  const { clock, ends, add, requests, succeed } = createHarness();
  add(item(1));
  await clock.endTurn();
  for (let id = 2; id < 6; id++) {
    add(item(id));
    await clock.pass(LIMITS.windowMs);
    succeed(requests.length - 1);
    await clock.endTurn();
  }
  expect([...ends.keys()]).toEqual([2, 3, 4, 5]);
});

test('when the request under way ends, nobody waits for the window any longer, and no timer is left', async () => {
  const { clock, ids, add, succeed, requests } = createHarness();
  add(item(1));
  await clock.endTurn();
  add(item(2));
  await clock.pass(4);
  succeed(0);
  await clock.endTurn();
  expect(ids()).toEqual([[1], [2]]);
  expect(requests[1]!.atMs).toBe(4);
  expect(clock.open()).toBe(0);
});

test('after a request of several items the next ones wait a moment for each other, and who is alone after that does not', async () => {
  const { clock, ids, add, succeed } = createHarness({ lingerMs: 5 });
  add(item(1), item(2));
  await clock.endTurn();
  add(item(3));
  succeed(0);
  await clock.pass(4);
  add(item(4));
  await clock.endTurn();
  expect(ids()).toEqual([[1, 2]]);
  await clock.pass(1);
  expect(ids()).toEqual([
    [1, 2],
    [3, 4],
  ]);
  succeed(1);
  await clock.pass(5);
  add(item(5)); // after company, once more
  await clock.pass(5);
  succeed(2);
  await clock.endTurn();
  add(item(6));
  await clock.endTurn();
  expect(ids().slice(2)).toEqual([[5], [6]]);
  succeed(3);
  await clock.endTurn();
  expect(clock.open()).toBe(0);
});

test('as many items as a request may have go at once, and what is beyond them in the next', async () => {
  const { clock, ids, add } = createHarness();
  add(item(1), item(2), item(3), item(4), item(5));
  expect(ids()).toEqual([[1, 2, 3, 4]]);
  await clock.pass(LIMITS.windowMs);
  expect(ids()).toEqual([[1, 2, 3, 4], [5]]);
});

test('no request has more bytes than it may, but for one item that has more alone', async () => {
  const { clock, ids, add } = createHarness({ maxInFlight: 9 });
  add(item(1, { bytes: 60 }), item(2, { bytes: 40 }), item(3, { bytes: 60 }), item(4, { bytes: 300 }));
  await clock.pass(LIMITS.windowMs);
  expect(ids()).toEqual([[1, 2], [3], [4]]);
});

test('no more requests are under way than may be; the others go, full, when one ends', async () => {
  const { clock, ids, add, succeed } = createHarness();
  add(...Array.from({ length: 14 }, (_, i) => item(i)));
  await clock.pass(1_000);
  expect(ids()).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7],
  ]);
  succeed(0);
  await clock.endTurn();
  expect(ids().slice(2)).toEqual([[8, 9, 10, 11]]);
});

test('two items of one key never share a request, and go in their order', async () => {
  const { clock, ids, add, succeed } = createHarness({ maxInFlight: 1 });
  const a = { key: 'a' };
  add(item(1, a), item(2, a), item(3), item(4, a));
  for (let n = 0; n < 3; n++) {
    await clock.endTurn();
    succeed(n);
  }
  await clock.endTurn();
  expect(ids()).toEqual([[1, 3], [2], [4]]);
});

test('results that are too few or too many are nobody’s', async () => {
  for (const wrong of [['result 1'], ['result 1', 'result 2', 'result 3'], []]) {
    const { clock, ends, add, requests } = createHarness();
    add(item(1), item(2));
    await clock.endTurn();
    requests[0]!.answer(wrong);
    await clock.endTurn();
    const error = new Error('Cannot tell whose result is whose');
    expect([...ends]).toEqual([
      [1, error],
      [2, error],
    ]);
  }
});

test('an item that failed is told so, its neighbours are not; the error of a request is told to all', async () => {
  const { clock, ends, add, requests } = createHarness();
  const broken = new Error('broken');
  add(item(1), item(2));
  await clock.endTurn();
  requests[0]!.answer(['result 1', new Failed(broken)]);
  await clock.endTurn();
  add(item(3), item(4));
  await clock.endTurn();
  requests[1]!.throw(broken);
  await clock.endTurn();
  expect([...ends]).toEqual([
    [1, 'result 1'],
    [2, broken],
    [3, broken],
    [4, broken],
  ]);
});

test('an error that has a result is no rejection', async () => {
  const { clock, ends, add, requests } = createHarness({ toResult: (error) => `not done: ${String(error)}` });
  add(item(1), item(2));
  await clock.endTurn();
  requests[0]!.answer(['result 1', new Failed('why')]);
  await clock.endTurn();
  expect([...ends.values()]).toEqual(['result 1', 'not done: why']);
});

test('what failed for a moment goes again after each pause, together, and its error is told in the end', async () => {
  const { clock, ends, ids, add, requests } = createHarness();
  add(item(1), item(2), item(3));
  await clock.endTurn();
  requests[0]!.answer(['result 1', new Failed(new Transient()), new Failed(new Transient())]);
  await clock.pass(50);
  requests[1]!.throw(new Transient());
  await clock.pass(249);
  expect(ids()).toEqual([
    [1, 2, 3],
    [2, 3],
  ]);
  await clock.pass(1);
  requests[2]!.answer(['result 2', new Failed(new Transient())]);
  await clock.endTurn();
  expect(ids().slice(2)).toEqual([[2, 3]]);
  expect([...ends]).toEqual([
    [1, 'result 1'],
    [2, 'result 2'],
    [3, new Transient()],
  ]);
  expect(clock.open()).toBe(0);
});

test('a pause holds up nobody else', async () => {
  const { clock, ids, add, requests } = createHarness({ maxInFlight: 1 });
  add(item(1));
  await clock.endTurn();
  requests[0]!.throw(new Transient());
  await clock.endTurn();
  add(item(2));
  await clock.endTurn();
  expect(ids()).toEqual([[1], [2]]);
});

test('of a refused request only the culprits are refused, in no more requests than halving takes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 64 }), fc.nat(3), async (size, most) => {
      const culprits = new Set(Array.from({ length: most }, (_, i) => (i * 17 + 5) % size));
      let requests = 0;
      const { clock, ends, add } = createHarness({
        maxItems: 64,
        async send(items) {
          requests++;
          if (items.some(({ id }) => culprits.has(id))) throw new Refusal();
          return items.map(resultOf);
        },
      });
      add(...Array.from({ length: size }, (_, i) => item(i)));
      await clock.endTurn();
      expect(ends.size).toBe(size);
      for (const [id, end] of ends) {
        expect(end).toEqual(culprits.has(id) ? new Refusal() : `result ${id}`);
      }
      const levels = Math.ceil(Math.log2(size));
      expect(requests).toBeLessThanOrEqual(1 + 2 * levels * culprits.size);
    }),
  );
});

/** How a request ends. */
const KINDS = ['done', 'some fail', 'fails', 'fails for a moment', 'too few', 'too many'] as const;
const ending = fc.record({
  kind: fc.constantFrom(...KINDS),
  afterMs: fc.nat(60),
});
const arrival = fc.record({
  gapMs: fc.constantFrom(0, 0, 0, 1, 9, 30),
  bytes: fc.integer({ min: 1, max: 130 }),
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
  isPoison: fc.boolean(),
});

test('whatever arrives when, and whatever the requests answer: each item ends once, and as its own request said', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(arrival, { minLength: 1, maxLength: 40 }),
      fc.array(ending, { maxLength: 40 }),
      fc.constantFrom(0, 5),
      async (arrivals, endings, lingerMs) => {
        const clock = createClock();
        const told = new Map<number, unknown[]>(); // what requests said of each item
        let underWay = 0;
        let most = 0;
        const batched = createBatcher<Item, string>(
          {
            ...OPTIONS,
            lingerMs,
            async send(items) {
              expect(items.length).toBeLessThanOrEqual(LIMITS.maxItems);
              expect(new Set(items.map(({ key }) => key)).size).toBe(items.length);
              const bytes = items.reduce((sum, one) => sum + one.bytes, 0);
              expect(items.length === 1 || bytes <= LIMITS.maxBytes).toBe(true);
              most = Math.max(most, ++underWay);
              const { kind, afterMs } = endings.shift() ?? { kind: 'done' as const, afterMs: 1 };
              await new Promise<void>((resolve) => clock.timers.after(afterMs, resolve));
              underWay--;
              const say = (one: Item, said: unknown) => told.set(one.id, [...(told.get(one.id) ?? []), said]);
              const throwToAll = (error: Error) => {
                for (const one of items) say(one, error);
                throw error;
              };
              if (items.some(({ id }) => arrivals[id]!.isPoison)) return throwToAll(new Refusal());
              switch (kind) {
                case 'fails':
                  return throwToAll(new Error('broken'));
                case 'fails for a moment':
                  return throwToAll(new Transient());
                case 'too few':
                case 'too many': {
                  for (const one of items) say(one, 'nothing');
                  const results = items.map(resultOf);
                  return kind === 'too few' ? results.slice(1) : [...results, 'one more'];
                }
                case 'done':
                case 'some fail':
                  return items.map((one) => {
                    const fails = kind === 'some fail' && one.id % 2 === 0;
                    const said = fails ? new Failed(new Transient()) : resultOf(one);
                    say(one, fails ? new Transient() : said);
                    return said;
                  });
              }
            },
          },
          clock.timers,
        );
        const ends = new Map<number, unknown[]>();
        for (const [id, { gapMs, bytes, key }] of arrivals.entries()) {
          await clock.pass(gapMs);
          const end = (how: unknown) => ends.set(id, [...(ends.get(id) ?? []), how]);
          batched({ id, bytes, key }).then(end, end);
        }
        await clock.pass(60_000);

        expect(clock.open()).toBe(0);
        expect(most).toBeLessThanOrEqual(LIMITS.maxInFlight);
        expect(ends.size).toBe(arrivals.length);
        for (const [id, how] of ends) {
          expect(how).toHaveLength(1);
          const last = told.get(id)?.at(-1);
          expect(how[0]).toEqual(last === 'nothing' ? new Error('Cannot tell whose result is whose') : last);
          expect(typeof how[0] === 'string' ? how[0] : `result ${id}`).toBe(`result ${id}`);
          expect(how[0] instanceof Refusal).toBe(arrivals[id]!.isPoison);
          const transient = told.get(id)?.filter((said) => said instanceof Transient).length ?? 0;
          expect(transient).toBeLessThanOrEqual(OPTIONS.pausesMs.length + 1);
        }
      },
    ),
    { numRuns: 200 },
  );
}, 60_000);
