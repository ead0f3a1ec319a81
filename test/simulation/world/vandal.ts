// Somebody with access to the console: makes failure records malformed, or deletes them.
import type { Faults } from '../faults.ts';
import type { Invariants } from '../invariants.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Tape } from '../tape.ts';
import type { VirtualFirestore } from './firestore.ts';

const EVERY_MS = 30_000;
const TIMES = 8;

export interface VandalWorld {
  readonly tape: Tape;
  readonly faults: Faults;
  readonly scheduler: Scheduler;
  readonly firestore: VirtualFirestore;
  readonly invariants: Invariants;
}

export function startVandal(world: VandalWorld, times = TIMES): void {
  const { tape, faults, scheduler, firestore, invariants } = world;
  if (!faults.has('recordsSpoiled') || times === 0) return;
  scheduler.after(EVERY_MS, '', () => {
    if (faults.isCalm) return;
    const { records } = firestore;
    const kind = records.length === 0 ? 0 : faults.strikes('recordsSpoiled', 2);
    if (kind > 0) {
      const { id, failure } = records[tape.upTo(records.length)]!;
      const { documentPath } = failure;
      scheduler.note(`somebody ${kind === 1 ? 'makes a record malformed' : 'deletes a record'}`);
      if (kind === 1) firestore.corrupt(id, failure.nextAttemptAt ?? new Date(scheduler.now));
      else firestore.deleteRecord(id);
      invariants.recordSpoiled(documentPath, firestore.appWrites(documentPath).at(-1)?.updateTime ?? '');
    }
    startVandal(world, times - 1);
  });
}
