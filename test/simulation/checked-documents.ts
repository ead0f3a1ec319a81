// An instance's documents as one invocation uses them: each write says whose it is, each answer is checked, and only
// who met failures of its own may throw.
import type { FirestoreDocuments } from '../../functions/services/firestore.ts';
import type { Invocation } from './invocation.ts';
import type { Services } from './platform.ts';
import { WRITER } from './world/firestore-api.ts';

/** How often the adapter tries a call. */
const TRIES = 3;

/** By path: tries that failed; one that is final counts as all of them. */
export class FailedTries {
  readonly #failed = new Map<string, number>();

  of(path: string): number {
    return this.#failed.get(path) ?? 0;
  }

  add(path: string, isFinal: boolean): void {
    this.#failed.set(path, this.of(path) + (isFinal ? TRIES : 1));
  }
}

export function checkedDocuments(
  shared: FirestoreDocuments,
  invocation: Invocation,
  failedTries: FailedTries,
  { invariants, firestore }: Pick<Services, 'invariants' | 'firestore'>,
): FirestoreDocuments {
  let writes = 0;

  async function excusing<T>(path: string, work: () => Promise<T>): Promise<T> {
    const before = failedTries.of(path);
    try {
      return await work();
    } catch (error) {
      if (failedTries.of(path) - before >= TRIES) invocation.excused = true;
      throw error;
    }
  }

  async function signing<End>(work: (sign: (data: object) => object) => Promise<End>): Promise<End> {
    const writer = `${invocation.name} #${writes++}`;
    const end = await work((data) => ({ ...data, [WRITER]: writer }));
    if (end === 'written' && !invariants.wasWritten(writer)) {
      invariants.violate('a write that counts as done and is not');
    }
    return end;
  }

  return {
    get: (path) =>
      excusing(path, async () => {
        const found = await shared.get(path);
        if (found && !firestore.everWas(path, found.updateTime)) {
          invariants.violate('a read answered with another document');
        }
        return found;
      }),
    write: (write) =>
      excusing(write.path, () => signing((sign) => shared.write({ ...write, data: sign(write.data) }))),
    remove: (path, updateTime) => excusing(path, () => shared.remove(path, updateTime)),
    commit: ([first, ...others]) =>
      excusing(first?.path ?? '', () =>
        signing((sign) => shared.commit(first ? [{ ...first, data: sign(first.data) }, ...others] : others)),
      ),
  };
}
