// Tombstones in memory.
import type { Tombstones } from '../../../functions/services/tombstones.ts';

export class FakeTombstones implements Tombstones {
  readonly #until = new Map<string, Date>();

  async cover(names: readonly string[], updateTime: string): Promise<boolean> {
    return names.some((name) => Date.parse(updateTime) <= (this.#until.get(name)?.getTime() ?? -Infinity));
  }

  async set(names: readonly string[], until: Date): Promise<void> {
    for (const name of names) {
      if (until > (this.#until.get(name) ?? new Date(-8.64e15))) this.#until.set(name, until);
    }
  }
}
