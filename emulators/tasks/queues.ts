// All queues of the emulator by full name (`projects/P/locations/L/queues/Q`). Knows nothing of transports.
import type { Clock } from '../shared/clock.ts';
import { StatusError } from '../shared/status.ts';
import type { QueueConfig } from './queue-config.ts';
import type { Queue } from './queue.ts';

export interface QueuesOptions {
  readonly clock: Clock;
  readonly create: (name: string, config: QueueConfig) => Queue;
  /** How long the name of a deleted queue stays refused. */
  readonly tombstoneMs: number;
}

export class Queues {
  readonly #options: QueuesOptions;
  readonly #byName = new Map<string, Queue>();
  readonly #configured = new Map<string, QueueConfig>();
  /** When the name of a deleted queue can be used again. */
  readonly #tombstones = new Map<string, number>();

  constructor(options: QueuesOptions) {
    this.#options = options;
  }

  /** Throws a StatusError when there is one of the name, or was a short while ago. */
  add(name: string, config: QueueConfig): Queue {
    if (this.#byName.has(name)) throw new StatusError('ALREADY_EXISTS', 'Queue already exists');
    if ((this.#tombstones.get(name) ?? 0) > this.#options.clock.now()) {
      throw new StatusError(
        'FAILED_PRECONDITION',
        'The queue cannot be created because a queue with this name existed too recently.',
      );
    }
    return this.#create(name, config);
  }

  /** A queue that is there from the start, and again after all was cleared. The first that is said of it counts. */
  configure(name: string, config: QueueConfig): void {
    if (!this.#configured.has(name)) this.#configured.set(name, config);
    if (!this.#byName.has(name)) this.#create(name, config);
  }

  find(name: string): Queue | undefined {
    return this.#byName.get(name);
  }

  get(name = ''): Queue {
    const queue = this.#byName.get(name);
    if (queue) return queue;
    throw new StatusError(
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

  remove(name = ''): void {
    const queue = this.#byName.get(name);
    if (!queue) throw new StatusError('NOT_FOUND', 'Requested entity was not found.');
    queue.close();
    this.#byName.delete(name);
    this.#tombstones.set(name, this.#options.clock.now() + this.#options.tombstoneMs);
  }

  all(): Queue[] {
    return [...this.#byName.values()];
  }

  /** Forgets all tasks, which names were used, and what was made of the queues: only those of the start are left. */
  clear(): void {
    for (const queue of this.all()) queue.close();
    this.#byName.clear();
    this.#tombstones.clear();
    for (const [name, config] of this.#configured) this.#create(name, config);
  }

  #create(name: string, config: QueueConfig): Queue {
    const queue = this.#options.create(name, config);
    this.#byName.set(name, queue);
    return queue;
  }
}
