// The claim check that a task carries, and nothing else: whatever it leads to is looked up.
import * as z from 'zod';
import { isFailureId } from './ids.ts';

const schema = z.strictObject({
  v: z.literal(1),
  failureId: z.string().refine(isFailureId),
  generation: z.int().min(1),
});

export type TaskBody = z.output<typeof schema>;

/** Undefined for anything that is not exactly a task body. */
export function parseTaskBody(body: unknown): TaskBody | undefined {
  const result = schema.safeParse(body);
  return result.success ? result.data : undefined;
}
