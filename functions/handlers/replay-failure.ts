// An operator tries a failure again: it gets its next generation, all its attempts and a task. Deployed with the
// others and called by none of them: it is the operator's tool that does, and the simulator.
import type { Context } from '../context.ts';
import type { StoredFailure } from '../services/dead-letters.ts';
import { replayed } from '../steps/failure.ts';

/** `no task`: the record is open, and the sweep will bring the task. `changed`: somebody else was faster. */
export type Replay = 'replayed' | 'no task' | 'changed';

/** `by` is the account that asked for it, kept beside the record. */
export async function replayFailure(
  context: Context,
  { id, failure }: StoredFailure,
  by: string,
): Promise<Replay> {
  const { status, generation } = failure;
  const at = context.now();
  let opened = false; // by the last time that the decision ran
  const after = await context.deadLetters.update(
    id,
    (current) => {
      opened = current !== undefined && current.generation === generation && current.status === status;
      return opened && current ? replayed(current, at, context.retry) : current;
    },
    { action: 'replay', by, at, status, generation },
  );
  if (!opened || !after) return 'changed';
  try {
    await context.retryQueue.enqueue({ failureId: id, generation: after.generation });
    return 'replayed';
  } catch {
    return 'no task';
  }
}
