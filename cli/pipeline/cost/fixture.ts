// Made-up figures and the workload of all defaults, for the tests of the model.
import path from 'node:path';
import { parseFlags } from '../../args.ts';
import { readMeasured } from './measured.ts';
import { toWorkload, WORKLOAD_FLAGS, type Workload } from './workload.ts';

export const FIXTURE = path.join(import.meta.dirname, 'fixture');
export const measured = readMeasured(FIXTURE);

export function workloadOf(argv: readonly string[]): Workload {
  return toWorkload(parseFlags({ usage: '', summary: '', flags: WORKLOAD_FLAGS }, argv).values);
}
