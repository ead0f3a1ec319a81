// The app and its users: they complete sessions, edit, reopen, delete and complete them again, whenever they like.
import { sessions } from '../../../functions/pipelines/sessions.ts';
import { isToSync } from '../../../functions/steps/source.ts';
import type { DocumentData } from '../../../functions/pipelines/pipeline.ts';
import type { LivingDocument } from '../../../functions/steps/document-event.ts';
import type { Faults, UserAct } from '../faults.ts';
import type { Invariants } from '../invariants.ts';
import { pathOf, sessionIdOf, toDocument, userIdOf, type Content } from '../oracle.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Tape } from '../tape.ts';
import type { VirtualFirestore } from './firestore.ts';

const GAPS_MS = [1, 700, 5_000, 45_000, 4 * 60_000, 25 * 60_000];

export interface AppWorld {
  readonly tape: Tape;
  readonly faults: Faults;
  readonly scheduler: Scheduler;
  readonly firestore: VirtualFirestore;
  readonly invariants: Invariants;
  /** A document became completed: the platform has an event to deliver. */
  readonly completed: (document: LivingDocument) => void;
}

export class App {
  readonly #world: AppWorld;
  readonly #people: string[] = [];
  #contents = 0;
  #waiting = 0;

  constructor(world: AppWorld) {
    this.#world = world;
    const { tape, faults } = world;
    const more = faults.has('sharedInstances') ? faults.oneOf([0, 1, 2, 5]) : 0;
    const documents = 1 + tape.rarely(3, 2) + more;
    for (let i = 0; i < documents; i++) this.#plan(i);
  }

  /** Their ids. */
  get people(): readonly string[] {
    return this.#people;
  }

  /** Actions that are still to come. */
  get waiting(): number {
    return this.#waiting;
  }

  /** On the first document unless told otherwise, out of turn. */
  actNow(act: UserAct, i = 0): void {
    this.#world.scheduler.note(`the app: ${act} s${i}`);
    const fresh = { n: this.#contents++, completed: true };
    this.#act(pathOf(i), act, fresh, fresh);
  }

  /** A session that is there is completed anew, after that time. */
  completeIn(ms: number, i: number): void {
    this.#waiting++;
    this.#world.scheduler.after(ms, '', () => {
      this.#waiting--;
      const path = pathOf(i);
      if (!this.#world.firestore.document(path)) return;
      this.#world.invariants.situations.add('an erased person came back');
      const content = this.#world.firestore.appWrites(path).at(-1)?.content;
      if (content) this.#put(path, { ...content, completed: false });
      this.actNow('complete', i);
    });
  }

  #plan(i: number): void {
    const { tape, faults, scheduler, invariants } = this.#world;
    const sessionId = sessionIdOf(i);
    const path = pathOf(i);
    this.#people.push(userIdOf(i));
    invariants.watch(path, { userId: userIdOf(i), sessionId });
    const menu = [
      ...(faults.has('userEdits') ? (['complete', 'edit', 'reopen', 'complete as before'] as const) : []),
      ...(faults.has('userDeletes') ? (['delete', 'complete'] as const) : []),
    ];
    const actions = menu.length === 0 ? 0 : tape.upTo(5);
    let first: Content | undefined;
    let at = tape.upTo(4) * 20_000;
    for (let k = 0; k <= actions; k++) {
      const action = k === 0 ? 'complete' : menu[tape.upTo(menu.length)]!;
      const poison =
        ([undefined, 'shape', 'table'] as const)[faults.strikes('poison', 2, 2)] ??
        ([undefined, 'request'] as const)[faults.strikes('poisonRequests')];
      this.#waiting++;
      scheduler.after(at, `the app: ${action} ${sessionId}`, () => {
        this.#waiting--;
        if (action === 'delete') faults.struck.add('userDeletes');
        else if (k > 0) faults.struck.add('userEdits');
        const fresh = { n: this.#contents++, completed: true, poison };
        first ??= fresh;
        this.#act(path, action, fresh, first);
      });
      at += GAPS_MS[tape.upTo(GAPS_MS.length)]!;
    }
  }

  #act(
    path: string,
    action: 'complete' | 'edit' | 'reopen' | 'complete as before' | 'delete',
    fresh: Content,
    first: Content,
  ): void {
    const { firestore } = this.#world;
    const last = firestore.appWrites(path).at(-1)?.content;
    switch (action) {
      case 'complete':
        return this.#put(path, fresh);
      case 'complete as before':
        return this.#put(path, first);
      case 'edit':
        return this.#put(path, { ...fresh, completed: last?.completed ?? true });
      case 'reopen':
        return last && this.#put(path, { ...last, completed: false });
      case 'delete':
        return last && firestore.delete(path);
    }
  }

  #put(path: string, content: Content): void {
    const { firestore, completed } = this.#world;
    const before = firestore.document(path)?.data;
    const updateTime = firestore.put(path, toDocument(content), content);
    const data = firestore.document(path)!.data;
    if (becomesCompleted(before, data)) completed({ path, data, updateTime });
  }
}

/** As the trigger in functions/index.ts decides before it reaches the handler. */
function becomesCompleted(before: DocumentData | undefined, after: DocumentData): boolean {
  if (!isToSync(sessions, (name) => after[name])) return false;
  return before === undefined || !isToSync(sessions, (name) => before[name]);
}
