// One Listen stream: its targets, what the client knows of each, and the messages that bring it up to date.
// A snapshot is complete for the client when NO_CHANGE without target ids follows the changes.
import { documentName } from '../names.ts';
import type { ProtoTimestamp } from '../protocol/messages.ts';
import type { Micros } from '../protocol/time.ts';
import { fromProtoTime, toProtoTime } from '../protocol/time.ts';
import type { DatabaseCommit, Service } from '../service.ts';
import type { Access, Dependencies } from '../rules/access.ts';
import { OWNER_ACCESS } from '../rules/access.ts';
import { invalidArgument, toStatusError } from '../../shared/status.ts';
import type { Database, Snapshot } from '../store/database.ts';
import type { ListenRequest, ListenResponse, ProtoTarget } from './messages.ts';
import type { Target, TargetState } from './target.ts';
import { parseTarget } from './target.ts';

interface Watched {
  readonly target: Target;
  readonly database: Database;
  readonly access: Access;
  state: TargetState;
  /** What the rules looked at when they allowed it. */
  dependencies: Dependencies;
}

const NOTHING_KNOWN: TargetState = new Map();

export class Watch {
  readonly #service: Service;
  readonly #send: (response: ListenResponse) => void;
  readonly #access: () => Access;
  readonly #targets = new Map<number, Watched>();
  readonly #unsubscribe: readonly (() => void)[];

  /** `access` is asked for with each target. */
  constructor(
    service: Service,
    send: (response: ListenResponse) => void,
    access: () => Access = () => OWNER_ACCESS,
  ) {
    this.#service = service;
    this.#send = send;
    this.#access = access;
    this.#unsubscribe = [
      service.onCommit((commit) => this.#follow(commit)),
      service.onClear((database) => this.#reset(database)),
      service.rules.onChange(() => this.#checkAll()),
    ];
  }

  handle(request: ListenRequest): void {
    if (request.addTarget) this.#add(this.#service.database(request.database), request.addTarget);
    else if (request.removeTarget !== undefined) this.#remove(request.removeTarget);
    else throw invalidArgument('A listen request needs add_target or remove_target.');
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#targets.clear();
  }

  #add(database: Database, proto: ProtoTarget): void {
    const id = proto.targetId || Math.max(0, ...this.#targets.keys()) + 1;
    this.#sendChange({ targetChangeType: 'ADD', targetIds: [id] });
    let watched: Watched;
    try {
      const target = parseTarget(database, proto, id);
      const access = this.#access();
      const dependencies = target.check(access, database.snapshot());
      watched = { target, database, access, dependencies, state: NOTHING_KNOWN };
    } catch (error) {
      // A bad or forbidden target harms only itself; the stream and its other targets go on.
      this.#refuse(id, error);
      return;
    }
    const { target } = watched;
    watched.state = this.#stateAtResume(target, database, proto);
    this.#targets.set(id, watched);
    this.#bringUpToDate(watched, database.snapshot());
    this.#makeCurrent(watched);
    if (target.once) this.#remove(id);
  }

  /** What the client still has from an earlier stream; where that cannot be told, it is asked to forget it. */
  #stateAtResume(target: Target, database: Database, proto: ProtoTarget): TargetState {
    const since = resumeTime(proto);
    if (since === undefined) return NOTHING_KNOWN;
    try {
      return target.stateIn(database.snapshot(since));
    } catch {
      this.#sendChange({ targetChangeType: 'RESET', targetIds: [target.id] });
      return NOTHING_KNOWN;
    }
  }

  #refuse(id: number, error: unknown): void {
    const { code, message } = toStatusError(error);
    this.#targets.delete(id);
    this.#sendChange({ targetChangeType: 'REMOVE', targetIds: [id], cause: { code, message } });
  }

  /** Whether the target may still be listened to; it is removed when not. */
  #isStillAllowed(watched: Watched): boolean {
    const { target, access, database } = watched;
    try {
      watched.dependencies = target.check(access, database.snapshot());
      return true;
    } catch (error) {
      this.#refuse(target.id, error);
      return false;
    }
  }

  #checkAll(): void {
    for (const watched of this.#targets.values()) this.#isStillAllowed(watched);
  }

  #remove(id: number): void {
    if (!this.#targets.delete(id)) return;
    this.#sendChange({ targetChangeType: 'REMOVE', targetIds: [id] });
  }

  #follow({ database, changes }: DatabaseCommit): void {
    let snapshot: Snapshot | undefined;
    for (const watched of this.#targets.values()) {
      if (watched.database !== database) continue;
      const isAsked = changes.some(({ path }) => watched.dependencies.has(path));
      if (isAsked && !this.#isStillAllowed(watched)) continue;
      if (!changes.some((change) => watched.target.isConcernedBy(change))) continue;
      snapshot ??= database.snapshot();
      this.#bringUpToDate(watched, snapshot);
    }
    if (snapshot) this.#completeSnapshot(snapshot.time);
  }

  #reset(database: Database): void {
    for (const watched of this.#targets.values()) {
      if (watched.database !== database || !this.#isStillAllowed(watched)) continue;
      this.#sendChange({ targetChangeType: 'RESET', targetIds: [watched.target.id] });
      watched.state = NOTHING_KNOWN;
      this.#bringUpToDate(watched, database.snapshot());
      this.#makeCurrent(watched);
    }
  }

  /** Sends the difference between what the client has and the snapshot. */
  #bringUpToDate(watched: Watched, snapshot: Snapshot): void {
    const { target, database, state: known } = watched;
    const state = target.stateIn(snapshot);
    const readTime = toProtoTime(snapshot.time);
    const targetIds = [target.id];
    for (const [path, document] of state) {
      if (known.has(path) && known.get(path) === document) continue;
      if (document) this.#send({ documentChange: { document: target.toProto(document), targetIds } });
      else this.#sendDelete(database, path, target, readTime);
    }
    for (const [path, document] of known) {
      if (state.has(path) || !document) continue;
      if (snapshot.get(path)) {
        const name = documentName(database.name, path);
        this.#send({ documentRemove: { document: name, removedTargetIds: targetIds, readTime } });
      } else {
        this.#sendDelete(database, path, target, readTime);
      }
    }
    watched.state = state;
  }

  #sendDelete(database: Database, path: string, target: Target, readTime: ProtoTimestamp): void {
    const document = documentName(database.name, path);
    this.#send({ documentDelete: { document, removedTargetIds: [target.id], readTime } });
  }

  #makeCurrent({ target, database }: Watched): void {
    const time = database.clock.readTime();
    this.#sendChange({ targetChangeType: 'CURRENT', targetIds: [target.id], ...progress(time) });
    this.#completeSnapshot(time);
  }

  #completeSnapshot(time: Micros): void {
    this.#sendChange({ targetChangeType: 'NO_CHANGE', ...progress(time) });
  }

  #sendChange(targetChange: NonNullable<ListenResponse['targetChange']>): void {
    this.#send({ targetChange });
  }
}

/** A resume token is the time up to which the client knows everything. */
function progress(time: Micros): { readTime: ProtoTimestamp; resumeToken: Uint8Array } {
  return { readTime: toProtoTime(time), resumeToken: Buffer.from(time.toString()) };
}

function resumeTime({ resumeToken, readTime }: ProtoTarget): Micros | undefined {
  if (resumeToken && resumeToken.length > 0) return Number(Buffer.from(resumeToken).toString());
  return readTime && fromProtoTime(readTime);
}
