// How much may be worked on at once. What comes beyond it waits its turn, first come first served: the platform holds
// an event until it is answered, so nothing piles up here but what the platform itself has sent.

export interface Gate {
  /** Runs `work` when there is room for its weight. Something heavier than the limit runs alone. */
  pass<T>(weight: number, work: () => Promise<T>): Promise<T>;
}

export function createGate(limit: number): Gate {
  let inside = 0;
  const queue: { readonly weight: number; readonly enter: () => void }[] = [];
  const hasRoom = (weight: number) => inside === 0 || inside + weight <= limit;

  function leave(weight: number): void {
    inside -= weight;
    for (let next = queue[0]; next && hasRoom(next.weight); next = queue[0]) {
      queue.shift();
      inside += next.weight;
      next.enter();
    }
  }

  return {
    async pass(weight, work) {
      if (queue.length === 0 && hasRoom(weight)) inside += weight;
      else await new Promise<void>((enter) => queue.push({ weight, enter }));
      try {
        return await work();
      } finally {
        leave(weight);
      }
    },
  };
}
