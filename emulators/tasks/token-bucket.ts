// Rate limit of a queue: a bucket of `burst` tokens that refills evenly. It reads no clock: callers pass the time.

export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  /** Starts full at time `now` (milliseconds). */
  constructor(perSecond: number, burst: number, now: number) {
    this.#perMs = perSecond / 1000;
    this.#burst = Math.max(1, burst);
    this.#tokens = this.#burst;
    this.#at = now;
  }

  /** Milliseconds until a token is there; 0 when one is there now. */
  msUntilToken(now: number): number {
    this.#refill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) / this.#perMs);
  }

  take(now: number): void {
    this.#refill(now);
    this.#tokens -= 1;
  }

  #refill(now: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#at) * this.#perMs);
    this.#at = now;
    // Sums of fractions fall short of whole tokens by rounding; without this the last millisecond never ends.
    if (this.#tokens > 1 - 1e-9 && this.#tokens < 1) this.#tokens = 1;
  }
}
