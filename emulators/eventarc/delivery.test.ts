import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../shared/clock.ts';
import { mulberry32 } from '../shared/faults.ts';
import { Delivery, PRODUCTION_RETRY } from './delivery.ts';
import type { DeliveryResult } from './delivery.ts';

const OK: DeliveryResult = { kind: 'acknowledged' };
const FAILED: DeliveryResult = { kind: 'failed', status: 500 };
const BUSY: DeliveryResult = { kind: 'unavailable', status: 429 };
const AWAY: DeliveryResult = { kind: 'unreachable', reason: 'ECONNREFUSED' };

function setUp(
  options: {
    retry?: boolean;
    concurrency?: number;
    answer?: (event: string) => DeliveryResult | undefined;
    choose?: (count: number) => number;
  } = {},
) {
  const clock = new ManualClock();
  const start = clock.now();
  const sent: { event: string; atS: number; done: (result: DeliveryResult) => void }[] = [];
  const dropped: string[] = [];
  const delivery = new Delivery<string>({
    clock,
    retryPolicy: PRODUCTION_RETRY,
    send(event, done) {
      sent.push({ event, atS: (clock.now() - start) / 1000, done });
      const result = options.answer?.(event);
      if (result) done(result);
    },
    onDropped: (event) => dropped.push(event),
    onSettled: () => undefined,
    ...(options.choose ? { choose: options.choose } : {}),
  });
  delivery.configure({ concurrency: options.concurrency ?? 80, retry: options.retry ?? true });
  return { clock, delivery, sent, dropped, times: () => sent.map(({ atS }) => atS) };
}

describe('a function that fails', () => {
  test('with retry gets the event again after 10, 20, 40 … 600 seconds, until it is a day old', () => {
    const { delivery, clock, times, dropped } = setUp({ answer: () => FAILED });
    delivery.enqueue('a');
    clock.advance(PRODUCTION_RETRY.maxAgeMs + 600_000);
    expect(times().slice(0, 9)).toEqual([0, 10, 30, 70, 150, 310, 630, 1230, 1830]);
    expect(dropped).toEqual(['a']);
    expect(delivery.pending).toBe(0);
  });

  test('without retry loses the event', () => {
    const { delivery, clock, sent, dropped } = setUp({ retry: false, answer: () => FAILED });
    delivery.enqueue('a');
    clock.advance(3_600_000);
    expect(sent).toHaveLength(1);
    expect(dropped).toEqual(['a']);
  });

  test('holds back no other event', () => {
    const { delivery, sent } = setUp({ answer: (event) => (event === 'bad' ? FAILED : OK) });
    delivery.enqueue('bad');
    delivery.enqueue('good');
    expect(sent.map(({ event }) => event)).toEqual(['bad', 'good']);
    expect(delivery.pending).toBe(1);
  });
});

describe('no instance', () => {
  test('429 and 503 are tried again, also without retry', () => {
    const results = [BUSY, { kind: 'unavailable', status: 503 } as const, OK];
    const { delivery, clock, sent } = setUp({ retry: false, answer: () => results.shift() });
    delivery.enqueue('a');
    clock.advance(60_000);
    expect(sent).toHaveLength(3);
    expect(delivery.pending).toBe(0);
  });

  test('while the host is away only one event probes it; all go when it is back', () => {
    let away = true;
    const { delivery, clock, sent } = setUp({ retry: false, answer: () => (away ? AWAY : OK) });
    for (const event of ['a', 'b', 'c']) delivery.enqueue(event);
    expect(sent).toHaveLength(1);
    clock.advance(10_000);
    expect(sent).toHaveLength(2);
    away = false;
    delivery.hostIsBack();
    expect(sent).toHaveLength(5);
    expect(delivery.pending).toBe(0);
  });

  test('a host that answers the probe gets all the rest', () => {
    const results = [AWAY, AWAY, OK, OK, OK];
    const { delivery, clock, times } = setUp({ retry: false, answer: () => results.shift() });
    for (const event of ['a', 'b', 'c']) delivery.enqueue(event);
    clock.advance(3_600_000);
    expect(times()).toEqual([0, 10, 30, 30, 30]);
    expect(delivery.pending).toBe(0);
  });

  test('a host killed under 80 events gets all of them again', () => {
    const { delivery, sent } = setUp({ retry: false });
    for (let i = 0; i < 100; i++) delivery.enqueue(`e${i}`);
    const killed = sent.splice(0);
    expect(killed).toHaveLength(80);
    for (const { done } of killed) done(AWAY);
    expect(delivery.pending).toBe(100);
    delivery.hostIsBack();
    for (let i = 0; i < sent.length; i++) sent[i]!.done(OK);
    expect(new Set(sent.map(({ event }) => event)).size).toBe(100);
    expect(delivery.pending).toBe(0);
  });
});

test('no more are under way than the concurrency allows', () => {
  const { delivery, sent } = setUp({ concurrency: 2 });
  for (const event of ['a', 'b', 'c']) delivery.enqueue(event);
  expect(sent).toHaveLength(2);
  sent[1]!.done(OK);
  expect(sent.map(({ event }) => event)).toEqual(['a', 'b', 'c']);
});

function deliverReordered(seed: number): string[] {
  const random = mulberry32(seed);
  const { delivery, sent } = setUp({ concurrency: 1, choose: (count) => Math.floor(random() * count) });
  for (let i = 0; i < 3000; i++) delivery.enqueue(`e${i}`);
  for (let i = 0; i < sent.length; i++) sent[i]!.done(OK);
  return sent.map(({ event }) => event);
}

test('reordering changes the order by its seed and loses nothing', () => {
  const order = deliverReordered(1);
  expect(new Set(order).size).toBe(3000);
  expect(order).toHaveLength(3000);
  expect(deliverReordered(1)).toEqual(order);
  expect(deliverReordered(2)).not.toEqual(order);
});

test('clear forgets events under way, waiting and ready', () => {
  const { delivery, sent, clock } = setUp({ concurrency: 2 });
  for (const event of ['a', 'b', 'c']) delivery.enqueue(event);
  sent[0]!.done(FAILED);
  delivery.clear();
  sent[1]!.done(FAILED);
  clock.advance(3_600_000);
  expect(delivery.pending).toBe(0);
  expect(sent).toHaveLength(3);
});
