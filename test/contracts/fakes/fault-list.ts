// Faults of a fake, each for one call to come: the fake asks `take` before and after it does its work.
export type Phase = 'before' | 'after';

export class FaultList<Fault> {
  #faults: { readonly phase: Phase; readonly fault: Fault }[] = [];

  /** The next call fails with `fault`: before anything is done, or although all was done. */
  add(phase: Phase, fault: Fault): void {
    this.#faults.push({ phase, fault });
  }

  take(phase: Phase): Fault | undefined {
    if (this.#faults[0]?.phase !== phase) return undefined;
    return this.#faults.shift()?.fault;
  }
}
