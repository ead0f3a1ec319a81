// What one run is made of: its fault classes by name, and the tape of decisions. Kept, shrunk and printed as this.
import { swarmOf, ALL_FAULTS, type FaultClass } from './swarm.ts';
import { Tape } from './tape.ts';

export interface Schedule {
  readonly faults: readonly FaultClass[];
  readonly tape: readonly number[];
}

/** A schedule that is about to run: its tape remembers what was asked. */
export interface Drawn {
  readonly faults: readonly FaultClass[];
  readonly tape: Tape;
}

export function ofSeed(seed: number): Drawn {
  return { faults: swarmOf(seed), tape: Tape.ofSeed(seed) };
}

export function replay({ faults, tape }: Schedule): Drawn {
  return { faults, tape: Tape.replay(tape) };
}

/** `crash,zombie:0,1,0,2` */
export function formatSchedule({ faults, tape }: Schedule): string {
  return `${faults.join(',')}:${tape.join(',')}`;
}

/** Throws for anything that `formatSchedule` does not say. */
export function parseSchedule(text: string): Schedule {
  const [names = '', numbers = ''] = text.split(':');
  const faults = names.split(',').filter(Boolean);
  const tape = numbers.split(',').filter(Boolean).map(Number);
  const unknown = faults.find((name) => !ALL_FAULTS.includes(name as FaultClass));
  if (unknown !== undefined) throw new Error(`Cannot read the schedule: "${unknown}" is no fault class`);
  if (!text.includes(':') || tape.some((value) => !Number.isInteger(value) || value < 0)) {
    throw new Error('Cannot read the schedule: expected fault classes, a colon, and whole numbers');
  }
  return { faults: faults as FaultClass[], tape };
}
