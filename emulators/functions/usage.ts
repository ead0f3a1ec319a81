// What the functions use. They share one process, so memory is that of the process; a function's peak is the most
// that the process held while a call of that function was under way.

export interface FunctionUsage {
  readonly calls: number;
  readonly running: number;
  readonly longestMs: number;
  readonly peakRssMb: number;
}

export interface ProcessUsage {
  readonly rssMb: number;
  readonly heapUsedMb: number;
  readonly peakRssMb: number;
}

export class UsageMeter {
  #calls = 0;
  #running = 0;
  #longestMs = 0;
  #peakRss = 0;

  /** Notes the start of a call; what it returns notes the end. */
  start(): () => void {
    const startedAt = performance.now();
    this.#calls++;
    this.#running++;
    this.#look();
    return () => {
      this.#running--;
      this.#longestMs = Math.max(this.#longestMs, performance.now() - startedAt);
      this.#look();
    };
  }

  get usage(): FunctionUsage {
    return {
      calls: this.#calls,
      running: this.#running,
      longestMs: Math.round(this.#longestMs),
      peakRssMb: toMb(this.#peakRss),
    };
  }

  #look(): void {
    this.#peakRss = Math.max(this.#peakRss, process.memoryUsage.rss());
  }
}

export function processUsage(): ProcessUsage {
  const { rss, heapUsed } = process.memoryUsage();
  // maxRSS is in KiB on every system.
  const peakRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
  return { rssMb: toMb(rss), heapUsedMb: toMb(heapUsed), peakRssMb };
}

function toMb(bytes: number): number {
  return Math.round(bytes / 1_048_576);
}
