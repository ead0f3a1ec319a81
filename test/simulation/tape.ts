// The one source of decisions: small integers, drawn from a seed or read back from a list. 0 always means that
// nothing bad happens, so an empty tape is the quiet run and a shorter tape is a simpler one.

export class Tape {
  readonly values: number[] = [];
  readonly #next: (below: number) => number;
  #quiet = false;

  private constructor(next: (below: number) => number) {
    this.#next = next;
  }

  static ofSeed(seed: number): Tape {
    const random = randomOf(seed);
    return new Tape((below) => Math.floor(random() * below));
  }

  /** Past its end a replayed tape says 0; a value that is too large for its question is folded into it. */
  static replay(values: readonly number[]): Tape {
    let position = 0;
    return new Tape((below) => (values[position++] ?? 0) % below);
  }

  /** From now on every answer is 0 and nothing is recorded: the calm phase. */
  quiet(): void {
    this.#quiet = true;
  }

  /** A whole number from 0 up to, but not including, `below`, each equally likely. */
  upTo(below: number): number {
    if (this.#quiet || below <= 1) return 0;
    const value = this.#next(below);
    this.values.push(value);
    return value;
  }

  /** Mostly 0; once in `oneIn` a number from 1 to `kinds`. */
  rarely(oneIn: number, kinds = 1): number {
    const value = this.upTo(oneIn * kinds);
    return value > kinds ? 0 : value;
  }
}

/** Numbers from 0 up to 1. Public-domain generator by Tommy Ettinger: 32 bits of state, enough to choose faults. */
export function randomOf(seed: number): () => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
