// The bug zoo: the code with one mistake each. A mistake that the simulator does not find within its number of
// seeds is a defect of the simulator.
import type { Variant } from '../platform.ts';
import { batchingZoo } from './batching.ts';
import { erasureZoo } from './erasure.ts';
import { privacyZoo } from './privacy.ts';
import { reconcileZoo } from './reconcile.ts';
import { recordsZoo } from './records.ts';
import { rowsZoo } from './rows.ts';
import { statusZoo } from './status.ts';
import { tasksZoo } from './tasks.ts';
import type { ZooEntry } from './variants.ts';

export const zoo: readonly ZooEntry[] = [
  ...rowsZoo,
  ...recordsZoo,
  ...tasksZoo,
  ...statusZoo,
  ...privacyZoo,
  ...erasureZoo,
  ...reconcileZoo,
  ...batchingZoo,
];

/** Made anew for each search: some count. */
export function variantOf(mistake: string): Variant {
  const entry = zoo.find((other) => other.mistake === mistake);
  if (!entry) throw new Error(`Cannot find the mistake "${mistake}": --zoo lists them`);
  return entry.create();
}
