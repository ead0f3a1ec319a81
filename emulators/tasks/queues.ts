// All queues of the emulator by full name (`projects/P/locations/L/queues/Q`). Knows nothing of HTTP.
import { ApiError } from './api-error.ts';
import type { QueueConfig } from './queue-config.ts';
import type { Queue } from './queue.ts';

export class Queues {
  readonly #create: (name: string, config: QueueConfig) => Queue;
  readonly #byName = new Map<string, Queue>();

  constructor(create: (name: string, config: QueueConfig) => Queue) {
    this.#create = create;
  }

  add(name: string, config: QueueConfig): Queue {
    if (this.#byName.has(name)) throw new ApiError('ALREADY_EXISTS', 'Queue already exists');
    const queue = this.#create(name, config);
    this.#byName.set(name, queue);
    return queue;
  }

  find(name: string): Queue | undefined {
    return this.#byName.get(name);
  }

  get(name: string): Queue {
    const queue = this.#byName.get(name);
    if (queue) return queue;
    throw new ApiError(
      'NOT_FOUND',
      'Queue does not exist. If you just created the queue, wait at least a minute for the queue to initialize.',
    );
  }

  /** Names under `projects/P/locations/L`, in order. */
  namesIn(location: string): string[] {
    return [...this.#byName.keys()].filter((name) => name.startsWith(`${location}/queues/`)).toSorted();
  }

  /** Every `projects/P/locations/L` that has a queue, in order. */
  locations(): string[] {
    return [...new Set([...this.#byName.keys()].map((name) => name.split('/queues/')[0]!))].toSorted();
  }

  remove(name: string): void {
    this.get(name).close();
    this.#byName.delete(name);
  }

  all(): Queue[] {
    return [...this.#byName.values()];
  }
}
