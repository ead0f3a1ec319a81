// What the suite knows of any of its parts.
import type { Clock } from './clock.ts';
import type { Faults } from './faults.ts';

export interface EmulatorOptions {
  /** 0 picks a free port. */
  readonly port: number;
  readonly faults: Faults;
  readonly clock: Clock;
  /** One line for the operator; never document values. */
  readonly log: (line: string) => void;
}

export interface Emulator {
  /** As the hub lists it: `firestore`, `bigquery`, `tasks`, `functions`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Forgets all data, keeps the configuration. */
  clear(): Promise<void>;
  /** Writes all data into the folder, which exists and is empty. Absent when the part cannot. */
  exportTo?(dir: string): Promise<void>;
  /** Reads what `exportTo` wrote, before anything else happens. */
  importFrom?(dir: string): Promise<void>;
  /** Stops listening and frees everything; nothing of it keeps the process alive afterwards. */
  close(): Promise<void>;
}
