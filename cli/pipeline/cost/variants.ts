// The ways to bring a document into BigQuery that are compared.
import { incumbent } from './incumbent.ts';
import type { Measured } from './measured.ts';
import { ours } from './ours.ts';
import { sample } from './sample.ts';
import type { Use } from './use.ts';
import type { Workload } from './workload.ts';

export type Variant = 'ours' | 'sample' | 'incumbent';

export const VARIANTS: Readonly<Record<Variant, (workload: Workload, measured: Measured) => readonly Use[]>> =
  { ours, sample, incumbent };
