// The whole model: a workload, measured figures and a price list give three bills, and what would change ours.
import { toBill, type Bill } from './bill.ts';
import type { Measured } from './measured.ts';
import type { Prices } from './prices.ts';
import type { Use } from './use.ts';
import { VARIANTS, type Variant } from './variants.ts';
import type { Workload } from './workload.ts';

export interface Estimate {
  readonly workload: Workload;
  /** Day of the price list. */
  readonly compiled: string;
  readonly origin: Measured['origin'];
  readonly variants: Readonly<Record<Variant, { readonly bill: Bill; readonly uses: readonly Use[] }>>;
  readonly sensitivities: readonly Sensitivity[];
}

export interface Sensitivity {
  readonly what: string;
  /** Dollars per million documents that ours would cost more, or less. */
  readonly usdPerMillion: number;
}

export function estimate(workload: Workload, measured: Measured, prices: Prices): Estimate {
  const of = (variant: Variant) => {
    const all = VARIANTS[variant](workload, measured);
    return { uses: all, bill: toBill(all, prices, workload.freeTiers) };
  };
  const variants = { ours: of('ours'), sample: of('sample'), incumbent: of('incumbent') };
  const now = perMillion(variants.ours.bill.usdPerMonth, workload);
  const sensitivities = changesOf(workload).map(([what, change]) => {
    const changed = { ...workload, ...change };
    const { usdPerMonth } = toBill(VARIANTS.ours(changed, measured), prices, workload.freeTiers);
    return { what, usdPerMillion: perMillion(usdPerMonth, changed) - now };
  });
  return { workload, compiled: prices.compiled, origin: measured.origin, variants, sensitivities };
}

export function perMillion(perMonth: number, { docs }: Workload): number {
  return (perMonth / docs) * 1_000_000;
}

function changesOf(now: Workload): [string, Partial<Workload>][] {
  return [
    [
      'ten times the documents, and of those that are stored',
      { docs: now.docs * 10, stored: now.stored * 10 },
    ],
    ['twice the writes per document', { writesPerDoc: now.writesPerDoc * 2 }],
    ['twice the stored documents', { stored: now.stored * 2 }],
    ['ten times the failures', { failureRate: Math.min(1, now.failureRate * 10) }],
    ['services twice as slow', { bigqueryMs: now.bigqueryMs * 2, firestoreMs: now.firestoreMs * 2 }],
    ['one event at a time per instance', { concurrency: 1 }],
    ['the same with a sixth of a CPU and 256 MiB', { concurrency: 1, vcpus: 1 / 6, gib: 0.25 }],
    ['no log lines of the platform for each call', { requestLog: 0 }],
    ['a tenth of SYNC_RECONCILE_READS', { reconcileReads: Math.max(1, Math.floor(now.reconcileReads / 10)) }],
  ];
}
