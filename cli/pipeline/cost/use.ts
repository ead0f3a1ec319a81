// What a variant uses in a month, and what for: the quantities that a bill is made of.

export const PRICED = [
  'invocations',
  'vcpuSeconds',
  'gibSeconds',
  'eventBytes',
  'firestoreReads',
  'firestoreWrites',
  'firestoreDeletes',
  'firestoreStorage',
  'bigqueryStreamed',
  'bigqueryScanned',
  'bigqueryStorage',
  'taskOperations',
  'schedulerJobs',
  'logBytes',
] as const;
export type PricedItem = (typeof PRICED)[number];

/** Worth knowing, and on no bill by themselves. */
export const UNPRICED = {
  cpuSeconds: { label: 'CPU that is used', unit: 'CPU s' },
  bigqueryRequests: { label: 'BigQuery requests', unit: 'requests' },
  firestoreCommits: { label: 'Firestore commits', unit: 'commits' },
} as const;
export type Item = PricedItem | keyof typeof UNPRICED;

export interface Use {
  readonly item: Item;
  readonly quantity: number;
  /** What it is used for; a group in the breakdown. */
  readonly cause: Cause;
}

export const CAUSES = {
  completions: 'completed documents',
  ignored: 'events of other writes',
  status: 'our status write and its event',
  deadLetter: 'looking for an open failure',
  failures: 'failures and retries',
  sweep: 'sweep, every 5 minutes',
  reconcile: 'reconciliation, every hour',
  erasures: 'erasures, a look every quarter of an hour',
  instances: 'instances of the trigger',
  storage: 'storage',
} as const;
export type Cause = keyof typeof CAUSES;

/** Uses of one cause, without those of nothing. */
export function uses(cause: Cause, quantities: Partial<Record<Item, number>>): Use[] {
  return Object.entries(quantities)
    .filter(([, quantity]) => quantity > 0)
    .map(([item, quantity]) => ({ item: item as Item, quantity, cause }));
}

export function total(all: readonly Use[], item: Item): number {
  return all.reduce((sum, use) => (use.item === item ? sum + use.quantity : sum), 0);
}
