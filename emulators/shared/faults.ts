// Faults that the user asked for over the hub (`POST /faults`). Each emulator asks `take()` once per call
// and does what it is told; this file only keeps the list and counts.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

export const faultSpecSchema = z
  .strictObject({
    service: z.enum(['firestore', 'bigquery', 'tasks', 'functions']),
    /** The method's name in the service's own API (`insertAll`, `Commit`, `createTask`); `*` is every method. */
    method: z.string().min(1).default('*'),
    /**
     * Only calls whose target has this text in it: of Firestore every path that the request names; else the path
     * that the request has over REST; of a dispatched task its name and url; of an event the url of its trigger
     * and the path of the document; of a schedule its url.
     */
    match: z.string().min(1).optional(),
    /** `before`: nothing is applied. `after`: the call is applied, then its answer is replaced by the error. */
    phase: z.enum(['before', 'after']).default('before'),
    /** HTTP status of the error. Without `status` and `drop` the fault is a mere delay. */
    status: z.int().min(400).max(599).optional(),
    /** Google's reason (`backendError`, `rateLimitExceeded`, …) or gRPC status name (`UNAVAILABLE`). */
    reason: z.string().optional(),
    message: z.string().default('fault injected'),
    /** Cut the connection instead of answering. */
    drop: z.boolean().default(false),
    delayMs: z.int().min(0).default(0),
    /** How many calls are hit; without it, all until `durationMs` is over or the faults are cleared. */
    count: z.int().min(1).optional(),
    durationMs: z.int().min(1).optional(),
    /** Share of calls that are hit, drawn from a generator with `seed`. */
    probability: z.number().gt(0).max(1).default(1),
    seed: z.int().default(1),
  })
  .refine((spec) => spec.status !== undefined || spec.drop || spec.delayMs > 0, {
    message: 'a fault needs one of status, drop or delayMs',
  });

export type FaultSpec = z.input<typeof faultSpecSchema>;
export type Service = FaultSpec['service'];

export interface Fault {
  readonly phase: 'before' | 'after';
  readonly drop: boolean;
  readonly error: { readonly status: number; readonly reason?: string; readonly message: string } | undefined;
}

interface Entry {
  readonly id: number;
  readonly spec: z.output<typeof faultSpecSchema>;
  readonly random: () => number;
  readonly endsAt: number;
  hits: number;
}

export class Faults {
  #entries: Entry[] = [];
  #nextId = 1;
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Throws a ZodError when the spec is malformed. Returns the id of the fault. */
  add(input: unknown): number {
    const spec = faultSpecSchema.parse(input);
    const id = this.#nextId++;
    const endsAt = spec.durationMs === undefined ? Infinity : this.#now() + spec.durationMs;
    this.#entries.push({ id, spec, random: mulberry32(spec.seed), endsAt, hits: 0 });
    return id;
  }

  list(): { id: number; hits: number; active: boolean; spec: FaultSpec }[] {
    return this.#entries.map((e) => ({ id: e.id, hits: e.hits, active: this.#active(e), spec: e.spec }));
  }

  clear(): void {
    this.#entries = [];
  }

  /** The fault that hits this call, if any; its delay is already served when the promise resolves. */
  async take(service: Service, method: string, target = ''): Promise<Fault | undefined> {
    for (const entry of this.#entries) {
      const { spec } = entry;
      if (spec.service !== service || (spec.method !== '*' && spec.method !== method)) continue;
      if (spec.match !== undefined && !target.includes(spec.match)) continue;
      if (!this.#active(entry) || entry.random() >= spec.probability) continue;
      entry.hits++;
      if (spec.delayMs > 0) await sleep(spec.delayMs);
      const error =
        spec.status === undefined
          ? undefined
          : {
              status: spec.status,
              message: spec.message,
              ...(spec.reason === undefined ? {} : { reason: spec.reason }),
            };
      return { phase: spec.phase, drop: spec.drop, error };
    }
    return undefined;
  }

  #active(entry: Entry): boolean {
    return this.#now() < entry.endsAt && (entry.spec.count === undefined || entry.hits < entry.spec.count);
  }
}

/** A small seeded generator of numbers in [0, 1): the same seed gives the same faults. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
