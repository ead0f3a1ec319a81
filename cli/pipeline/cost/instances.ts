// How long instances are billed, when requests come at random and share them.
//
// An instance is billed from the first request that it has at hand to the last, in steps of 100 ms. So a request
// holds its instance for its latency, rounded up, and requests that overlap on an instance hold it together.
// Requests at hand are Poisson distributed; instances take them one full instance after the other.
import { SECONDS_PER_MONTH } from './month.ts';

/** Cloud Run aims at this share of an instance's CPU and of its concurrency. */
const TARGET = 0.6;
const STEP_MS = 100;

export interface Stream {
  /** A month. */
  readonly requests: number;
  readonly latencyMs: number;
}

export interface Shape {
  readonly vcpus: number;
  readonly concurrency: number;
  /** All requests come within 1/peak of the month. */
  readonly peak: number;
}

export function heldSeconds(latencyMs: number): number {
  return (Math.max(1, Math.ceil(latencyMs / STEP_MS)) * STEP_MS) / 1000;
}

/** Requests at hand at any time of the busy hours, on average, on all instances together. */
export function atHand(streams: readonly Stream[], peak: number): number {
  const held = streams.reduce((sum, { requests, latencyMs }) => sum + requests * heldSeconds(latencyMs), 0);
  return (held * peak) / SECONDS_PER_MONTH;
}

/** Instances that have a request at hand, on average over the busy hours. */
export function busyInstances(requestsAtHand: number, concurrency: number): number {
  const each = Math.max(1, Math.floor(concurrency * TARGET));
  return expectedCeil(requestsAtHand, each);
}

/** Billed instance time of a month, in seconds: held by requests, or by their CPU when that takes longer. */
export function instanceSeconds(streams: readonly Stream[], cpuSeconds: number, shape: Shape): number {
  const busy = busyInstances(atHand(streams, shape.peak), shape.concurrency);
  return Math.max((busy * SECONDS_PER_MONTH) / shape.peak, cpuSeconds / (shape.vcpus * TARGET));
}

/** The mean of ⌈n / each⌉ for a Poisson distributed n, over all n that are not beyond twelve deviations. */
function expectedCeil(mean: number, each: number): number {
  if (mean === 0) return 0;
  if (each === 1) return mean;
  const reach = 12 * Math.sqrt(mean) + 50;
  const first = mean > 1_000 ? Math.floor(mean - reach) : 1;
  let sum = 0;
  let logP = logPoisson(first - 1, mean);
  for (let n = first; n <= mean + reach; n++) {
    logP += Math.log(mean / n);
    sum += Math.exp(logP) * Math.ceil(n / each);
  }
  return sum;
}

/** Of 0 events, or of hundreds: the factorial by Stirling's series. */
function logPoisson(n: number, mean: number): number {
  if (n === 0) return -mean;
  const logFactorial =
    n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3);
  return n * Math.log(mean) - mean - logFactorial;
}
