// How much may be worked on at once. What comes beyond it waits its turn, first come first served: the platform holds
// an event until it is answered, so nothing piles up here but what the platform itself has sent.

export interface Gate {
  /** Undefined when there is room, which is then taken; otherwise resolves when it was. Something heavier than the limit goes alone. */
  enter(weight: number): Promise<void> | undefined;
  leave(weight: number): void;
}

export function createGate(limit: number): Gate {
  let inside = 0;
  const queue: { readonly weight: number; readonly admit: () => void }[] = [];
  const hasRoom = (weight: number) => inside === 0 || inside + weight <= limit;

  return {
    enter(weight) {
      if (queue.length > 0 || !hasRoom(weight)) {
        return new Promise((admit) => queue.push({ weight, admit }));
      }
      inside += weight;
      return undefined;
    },

    leave(weight) {
      inside -= weight;
      for (let next = queue[0]; next && hasRoom(next.weight); next = queue[0]) {
        queue.shift();
        inside += next.weight;
        next.admit();
      }
    },
  };
}
