// Requests of erasure in memory.
import type { Erasures, StoredErasure } from '../../../functions/services/erasures.ts';
import type { Erasure } from '../../../functions/steps/erasure.ts';

export class FakeErasures implements Erasures {
  readonly #requests = new Map<string, StoredErasure>();
  #changes = 0;

  async add(name: string, erasure: Erasure): Promise<boolean> {
    if (this.#requests.has(name)) return false;
    this.#put(name, erasure);
    return true;
  }

  async get(name: string): Promise<StoredErasure | undefined> {
    return this.#requests.get(name);
  }

  async due(now: Date, limit: number): Promise<readonly StoredErasure[]> {
    const dueAt = ({ erasure }: StoredErasure) => erasure.nextAt?.getTime() ?? Infinity;
    return [...this.#requests.values()]
      .filter((stored) => dueAt(stored) <= now.getTime())
      .toSorted((a, b) => dueAt(a) - dueAt(b))
      .slice(0, limit);
  }

  async latest(limit: number): Promise<readonly StoredErasure[]> {
    return [...this.#requests.values()]
      .toSorted((a, b) => b.erasure.requestedAt.getTime() - a.erasure.requestedAt.getTime())
      .slice(0, limit);
  }

  async replace({ name, updateTime }: StoredErasure, next: Erasure): Promise<boolean> {
    if (this.#requests.get(name)?.updateTime !== updateTime) return false;
    this.#put(name, next);
    return true;
  }

  #put(name: string, erasure: Erasure): void {
    const updateTime = new Date(++this.#changes).toISOString().replace('Z', '000Z');
    this.#requests.set(name, { name, erasure, updateTime });
  }
}
