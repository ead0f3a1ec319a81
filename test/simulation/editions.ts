// The code before and after a deployment in the middle of a run. New invocations run the edited edition, older ones
// still run the first, and both find in the stores what the other wrote.
import type { Pipeline } from '../../functions/pipelines/pipeline.ts';
import { sessions } from '../../functions/pipelines/sessions.ts';

export interface Edition {
  readonly name: string;
  readonly pipeline: Pipeline;
  readonly maxAttempts: number;
  /** Its rows have `ADDED_COLUMN`. */
  readonly addsColumn: boolean;
  /** It takes documents whose shape the first edition refuses: `repCount` becomes NULL. */
  readonly acceptsShape: boolean;
}

export const ADDED_COLUMN = {
  name: 'duration_ms',
  type: 'FLOAT',
  mode: 'NULLABLE',
  description: 'Added by a deployment.',
} as const;

export const FIRST: Edition = {
  name: 'first',
  pipeline: sessions,
  maxAttempts: 10,
  addsColumn: false,
  acceptsShape: false,
};

/** The budget is a parameter: with a small one its end is met often. */
export const FEW_ATTEMPTS: Edition = { ...FIRST, name: 'two attempts', maxAttempts: 2 };

const withColumn: Pipeline = {
  ...sessions,
  read: (data) => {
    const reading = sessions.read(data);
    const duration = data?.['duration'];
    const added = typeof duration === 'number' ? duration * 1000 : null;
    return reading.ok ? { ...reading, cells: { ...reading.cells, [ADDED_COLUMN.name]: added } } : reading;
  },
};

const lenient: Pipeline = {
  ...sessions,
  read: (data) => sessions.read(typeof data?.['repCount'] === 'string' ? { ...data, repCount: null } : data),
};

/** What may be deployed. The budget stays below the limit of the queue. */
export const EDITED: readonly Edition[] = [
  { ...FIRST, name: 'a column more', pipeline: withColumn, addsColumn: true },
  { ...FIRST, name: 'a schema that takes what was poison', pipeline: lenient, acceptsShape: true },
  { ...FIRST, name: 'fewer attempts', maxAttempts: 6 },
  { ...FIRST, name: 'more attempts', maxAttempts: 11 },
];
