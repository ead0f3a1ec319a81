// Virtual time on one thread. Whatever happens in the world is an entry here; between two entries the code under
// test runs until it waits again. Same entries in the same order: same trace hash.

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly label: string;
  readonly run: () => void;
}

export interface TimelineLine {
  readonly at: number;
  readonly text: string;
}

export const START = Date.UTC(2026, 0, 1);

export class Scheduler {
  now = START;
  /** What happened, when `recording`. */
  readonly timeline: TimelineLine[] = [];
  readonly #recording: boolean;
  readonly #heap: Entry[] = [];
  #order = 0;
  #hash = 0x811c9dc5;
  #steps = 0;

  constructor(recording = false) {
    this.#recording = recording;
  }

  get traceHash(): string {
    return this.#hash.toString(16).padStart(8, '0');
  }

  get steps(): number {
    return this.#steps;
  }

  get nextAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  after(delayMs: number, label: string, run: () => void): void {
    push(this.#heap, { at: this.now + delayMs, order: this.#order++, label, run });
  }

  /** Says what happened: part of the trace hash, and of the timeline when one is kept. Nothing to say is ''. */
  note(text: string): void {
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i));
    if (this.#recording && text !== '') this.timeline.push({ at: this.now, text });
  }

  /** Nothing happens for a while, but for what is due anyway. */
  skip(ms: number): void {
    this.now += ms;
  }

  /** Runs entries in their order until `stop` says so, none is left, or the next is later than `until`. */
  async run(until: number, stop: () => boolean): Promise<void> {
    while (!stop()) {
      const next = this.#heap[0];
      if (!next || next.at > until) break;
      pop(this.#heap);
      this.now = Math.max(this.now, next.at);
      this.#steps++;
      this.#mix(next.at % 86_400_000);
      this.note(next.label);
      next.run();
      await microtasksDrained();
    }
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ value, 0x01000193) >>> 0;
  }
}

/** Node runs a tick only when no microtask is left: the code under test then waits for the world again. */
function microtasksDrained(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Entry[], entry: Entry): void {
  let i = heap.length;
  heap.push(entry);
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!isBefore(entry, heap[parent]!)) break;
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
    if (!isBefore(heap[child]!, last)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
}
