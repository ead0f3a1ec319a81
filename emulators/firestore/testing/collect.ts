import type { Resolvers } from './with-resolvers.ts';
import { withResolvers } from './with-resolvers.ts';

export interface Collected<T> {
  /** Resolves with the first item that was not yet taken, waiting for it if need be. */
  readonly next: () => Promise<T>;
  readonly stop: () => void;
}

/** Turns a subscription into a queue that a test can read item by item. */
export function collect<T>(
  subscribe: (push: (item: T) => void, fail: (error: Error) => void) => () => void,
): Collected<T> {
  const items: T[] = [];
  const waiting: Resolvers<T>[] = [];
  const stop = subscribe(
    (item) => {
      const waiter = waiting.shift();
      if (waiter) waiter.resolve(item);
      else items.push(item);
    },
    (error) => waiting.shift()?.reject(error),
  );
  const next = (): Promise<T> => {
    if (items.length > 0) return Promise.resolve(items.shift()!);
    const waiter = withResolvers<T>();
    waiting.push(waiter);
    return waiter.promise;
  };
  return { next, stop };
}
