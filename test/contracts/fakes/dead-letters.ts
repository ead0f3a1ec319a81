// The failure records in memory. `update` gives others their turn first, then reads and writes in one go: as
// atomic as the transaction that it stands for.
import type {
  AuditEntry,
  Backlog,
  DeadLetters,
  StoredFailure,
} from '../../../functions/services/dead-letters.ts';
import { isThereSince } from '../../../functions/steps/deletion.ts';
import type { FailureId } from '../../../functions/steps/ids.ts';
import type { Failure } from '../../../functions/steps/failure.ts';
import { ServiceError } from '../../../functions/steps/service-error.ts';
import { FaultList, type Phase } from './fault-list.ts';

const due = ({ failure }: StoredFailure) => failure.nextAttemptAt?.getTime() ?? Infinity;

type Operation = 'get failure' | 'update failure' | 'query failures' | 'count failures';

export class FakeDeadLetters implements DeadLetters {
  readonly #records = new Map<string, Failure | 'malformed'>();
  readonly #audits = new Map<string, readonly AuditEntry[]>();
  readonly #faults = new FaultList<number>();
  readonly #journal: string[];
  #writes = 0;

  constructor(journal: string[] = []) {
    this.#journal = journal;
  }

  /** The next call fails with this gRPC code, before or after it is done. */
  failNext(phase: Phase, grpcCode: number): void {
    this.#faults.add(phase, grpcCode);
  }

  /** Somebody made the record something that is no record. */
  corrupt(id: string): void {
    this.#records.set(id, 'malformed');
  }

  writes(): number {
    return this.#writes;
  }

  all(): readonly StoredFailure[] {
    return [...this.#records].flatMap(([id, failure]) =>
      failure === 'malformed' ? [] : [{ id: id as FailureId, failure }],
    );
  }

  async get(id: string): Promise<Failure | undefined> {
    this.#fail('before', 'get failure');
    return this.#read(id);
  }

  async update(
    id: string,
    decide: (current: Failure | undefined) => Failure | undefined,
    note?: AuditEntry,
  ): Promise<Failure | undefined> {
    await Promise.resolve();
    this.#fail('before', 'update failure');
    const current = this.#read(id);
    const next = decide(current);
    if (next !== undefined && next !== current) {
      this.#journal.push(`record ${next.status}`);
      this.#records.set(id, next);
      this.#writes++;
      if (note) this.#audits.set(id, [...(this.#audits.get(id) ?? []), note]);
    }
    this.#fail('after', 'update failure');
    return next;
  }

  async forget(id: FailureId, isWanted: (failure: Failure | undefined) => boolean): Promise<boolean> {
    this.#fail('before', 'update failure');
    if (!this.#records.has(id) || !isWanted(this.#read(id))) return false;
    this.#journal.push('record forgotten');
    this.#records.delete(id);
    this.#audits.delete(id);
    return true;
  }

  async ofPerson(id: string) {
    this.#fail('before', 'query failures');
    return this.all().filter(({ failure }) => failure.userId === id);
  }

  async audits(id: string): Promise<readonly AuditEntry[]> {
    return this.#audits.get(id) ?? [];
  }

  async *pages(status?: Failure['status']) {
    yield this.all().filter(({ failure }) => status === undefined || failure.status === status);
  }

  async overdue(status: Failure['status'], before: Date, limit: number): Promise<readonly StoredFailure[]> {
    this.#fail('before', 'query failures');
    return this.all()
      .filter((entry) => entry.failure.status === status && due(entry) <= before.getTime())
      .toSorted((a, b) => due(a) - due(b))
      .slice(0, limit);
  }

  async backlog(): Promise<Backlog> {
    this.#fail('before', 'count failures');
    return backlogOf(this.all());
  }

  #read(id: string): Failure | undefined {
    const record = this.#records.get(id);
    return record === 'malformed' ? undefined : record;
  }

  #fail(phase: Phase, operation: Operation): void {
    const grpcCode = this.#faults.take(phase);
    if (grpcCode !== undefined) throw new ServiceError({ service: 'firestore', operation, grpcCode });
  }
}

export function backlogOf(records: readonly StoredFailure[]): Backlog {
  const count = (status: string) => records.filter(({ failure }) => failure.status === status).length;
  const unsynced = records.filter(
    ({ failure }) => failure.failureKind === 'transient' && failure.status !== 'resolved',
  );
  return {
    pending: count('pending'),
    abandoned: count('abandoned'),
    oldestUnsynced: unsynced.map(({ failure }) => isThereSince(failure.documentVersion)).toSorted()[0],
  };
}
