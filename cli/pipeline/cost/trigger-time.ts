// The trigger's instances in a month: completed documents and the events of all other writes share them, and how
// many documents are at hand at once decides what one of them costs in CPU.
import { atHand, busyInstances, instanceSeconds } from './instances.ts';
import { figuresAt, type Figures, type MeasuredVariant } from './measured.ts';
import type { Workload } from './workload.ts';

export interface Trigger {
  readonly measured: MeasuredVariant;
  /** What the platform's services take for one document, one after the other, in ms. */
  readonly waitMs: number;
  /** Events that are no completion, a month, and the CPU of one in ms. */
  readonly ignored: number;
  readonly ignoredMs: number;
  readonly vcpus: number;
}

/** Latency counts CPU as with one document at hand: sharing makes no request shorter than that. */
export function triggerTime(
  { docs, peak, concurrency }: Workload,
  { measured, waitMs, ignored, ignoredMs, vcpus }: Trigger,
): { readonly figures: Figures; readonly seconds: number } {
  const latencyMs = waitMs + figuresAt(measured, 1).cpuMsPerDocument / vcpus;
  const completions = { requests: docs, latencyMs };
  const streams = [completions, { requests: ignored, latencyMs: ignoredMs / vcpus }];
  const busy = busyInstances(atHand(streams, peak), concurrency);
  const figures = figuresAt(measured, Math.max(1, atHand([completions], peak) / busy));
  const cpuSeconds = (docs * figures.cpuMsPerDocument + ignored * ignoredMs) / 1000;
  return { figures, seconds: instanceSeconds(streams, cpuSeconds, { vcpus, concurrency, peak }) };
}
