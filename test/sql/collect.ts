// Runs everything that has SQL, and resolves to what it gave and what it sent.
import { OPERATIONS, type Operation } from './operations.ts';
import type { Recorded } from './recorder.ts';
import { startWorld } from './world.ts';

export interface Statement extends Recorded {
  /** Where its SQL stands. */
  readonly file: string;
  /** What sends it. */
  readonly operation: string;
}

export interface Ran {
  readonly operation: Operation;
  readonly gave: unknown;
  /** Each once, though it was sent often. */
  readonly statements: readonly Statement[];
}

/** Rejects when an operation does, with its name. */
export async function runOperations(operations: readonly Operation[] = OPERATIONS): Promise<readonly Ran[]> {
  const world = await startWorld();
  try {
    const ran: Ran[] = [];
    for (const operation of operations) {
      const { file, name } = operation;
      world.recorder.take();
      const gave = await operation.run(world).catch((error: unknown) => {
        throw new Error(`Cannot run "${name}" of ${file}`, { cause: error });
      });
      const sent = new Map(world.recorder.take().map((one) => [JSON.stringify(one), one]));
      const statements = [...sent.values()].map((one) => ({ ...one, file, operation: name }));
      ran.push({ operation, gave, statements });
    }
    return ran;
  } finally {
    await world.close();
  }
}
