// What befalls one call or one moment of a run, out of the fault classes that it has.
import type { ServiceErrorDetails } from '../../functions/steps/service-error.ts';
import { EDITED, FEW_ATTEMPTS, FIRST, type Edition } from './editions.ts';
import type { Scheduler } from './scheduler.ts';
import type { FaultClass } from './swarm.ts';
import type { Tape } from './tape.ts';
import { noSuchField, ROW_REASONS, TROUBLES, type Service, type Trouble } from './troubles.ts';

/** What may befall one call to a service. */
export type CallFault =
  | 'none'
  | 'error before'
  | 'error after'
  | 'crash before'
  | 'crash after'
  | 'zombie'
  | 'slow'
  | 'in part'
  | 'garbled'
  | 'sent twice'
  | 'down';

/** What the user may do just before a call has its effect. Only in plans: elsewhere the app has its own times. */
export const USER_ACTS = ['complete', 'edit', 'delete'] as const;
export type UserAct = (typeof USER_ACTS)[number];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Window {
  readonly from: number;
  readonly to: number;
}

/** The class that a fault of a call belongs to; an error is of its service's class. */
const CLASS_OF = {
  'crash before': 'crash',
  'crash after': 'crash',
  zombie: 'zombie',
  slow: 'slowCalls',
  'in part': 'partialEffects',
  garbled: 'malformedAnswers',
  'sent twice': 'connectionsClosed',
  down: 'firestoreOutages',
} as const;
/** Longer than a call of Firestore is tried again. */
const DOWN_MS = 1_000;
const ERRORS_OF = {
  bigquery: { before: 'bigqueryErrors', after: 'bigqueryLostAnswers' },
  firestore: { before: 'firestoreErrors', after: 'firestoreErrors' },
  tasks: { before: 'enqueueErrors', after: 'enqueueErrors' },
  oidc: { before: 'certificatesGone', after: 'certificatesGone' },
} as const;

export interface CallKind {
  readonly service: Service;
  /** Over the network, so that it may be cut anywhere. */
  readonly isRequest: boolean;
}

/** Whether a fault means anything for such a call. */
export function befalls(fault: CallFault | UserAct, { service, isRequest }: CallKind): boolean {
  if (fault === 'in part' || fault === 'garbled') return isRequest && service !== 'tasks';
  if (fault === 'down') return isRequest && service === 'firestore';
  return fault !== 'sent twice' || isRequest;
}

/** What befalls chosen calls, by their number in the run; instead of the tape's. */
export type Plan = ReadonlyMap<number, CallFault | UserAct>;

export class Faults {
  readonly on: ReadonlySet<FaultClass>;
  /** The classes that did something in this run. */
  readonly struck = new Set<FaultClass>();
  readonly #tape: Tape;
  readonly #scheduler: Scheduler;
  readonly #plan: Plan | undefined;
  readonly #oneIn: number;
  /** Of calls, and of those that are requests over the network. */
  readonly #callFaults: Record<Service, readonly CallFault[]>;
  readonly #requestFaults: Record<Service, readonly CallFault[]>;
  readonly #bigqueryDown: Window | undefined;
  readonly #columnRefused: Window | undefined;
  readonly #secretMissing: Window | undefined;
  readonly #keyRotatedAt: number;
  readonly #deployed: Window | undefined;
  readonly #first: Edition;
  readonly #edited: Edition;
  readonly #addedColumnRefused: Window | undefined;
  readonly #writesRefused: Window | undefined;
  readonly #refusedDocument: string;
  #downUntil = 0;
  /** What a request may hold, and how many may be under way, instead of the adapters' own limits. */
  readonly batchLimits: { readonly maxItems?: number; readonly maxInFlight?: number };
  /** What was called, in order. */
  readonly calls: CallKind[] = [];
  /** How long the queue refuses a used name, in ms. */
  readonly tombstoneMs: number;
  /** How long BigQuery remembers an insertId, in ms. */
  readonly insertIdMs: number;
  /** How long a reconcile leaves a document to its own event, in ms. */
  readonly settleMs: number;
  #calmAt = Infinity;

  constructor(on: readonly FaultClass[], tape: Tape, scheduler: Scheduler, plan?: Plan) {
    this.on = new Set(on);
    this.#tape = tape;
    this.#scheduler = scheduler;
    this.#plan = plan;
    this.#oneIn = [40, 15, 5][tape.upTo(3)]!;
    this.#callFaults = {
      bigquery: this.#menu('bigquery'),
      firestore: this.#menu('firestore'),
      tasks: this.#menu('tasks'),
      oidc: this.#menu('oidc'),
    };
    this.#requestFaults = {
      bigquery: [...this.#callFaults.bigquery, ...this.#requestMenu('bigquery')],
      firestore: [...this.#callFaults.firestore, ...this.#requestMenu('firestore')],
      tasks: [...this.#callFaults.tasks, ...this.#requestMenu('tasks')],
      oidc: [],
    };
    this.#bigqueryDown = this.#window('bigqueryOutage', [2 * MINUTE, 20 * MINUTE, 3 * HOUR]);
    this.#columnRefused = this.#window('columnRefused', [2 * MINUTE, 10 * MINUTE]);
    this.#secretMissing = this.#window('secretMissing', [2 * MINUTE, HOUR]);
    this.#keyRotatedAt = this.#window('keyRotated', [MINUTE])?.from ?? Infinity;
    this.tombstoneMs = this.has('tombstones') ? [0, HOUR, 24 * HOUR][tape.upTo(3)]! : 0;
    this.insertIdMs = [60_000, 10_000, 0][tape.upTo(3)]!;
    this.settleMs = this.has('reconcileTicks') && tape.upTo(2) > 0 ? 0 : 15 * MINUTE;
    this.#deployed = this.#window('deployment', [Infinity, 5 * MINUTE, HOUR]);
    this.#first = this.has('fewAttempts') ? FEW_ATTEMPTS : FIRST;
    this.#edited = this.#deployed ? EDITED[tape.upTo(EDITED.length)]! : this.#first;
    const { from } = this.#deployed ?? { from: Infinity };
    if (this.#edited.addsColumn) {
      this.#addedColumnRefused = { from, to: from + [0, 2 * MINUTE, 10 * MINUTE][tape.upTo(3)]! };
    }
    this.#writesRefused = this.#window('writeRefusals', [2 * MINUTE, 20 * MINUTE]);
    this.#refusedDocument = `/s${this.has('writeRefusals') ? tape.upTo(3) : 0}`;
    this.batchLimits = this.has('smallBatches')
      ? { maxItems: 1 + tape.upTo(3), maxInFlight: 1 + tape.upTo(2) }
      : {};
  }

  has(name: FaultClass): boolean {
    return this.on.has(name);
  }

  /** Time that a call takes until it has its effect, in ms. */
  latency(): number {
    const base = 1 + this.#tape.upTo(4) * 7;
    const slow = this.has('slowCalls') ? this.#tape.rarely(20, 3) : 0;
    if (slow > 0) this.struck.add('slowCalls');
    return base + this.#delay(slow);
  }

  /** Time between effect and answer of a slow call, in ms. */
  slowAnswer(): number {
    return this.#delay(1 + this.#tape.upTo(3));
  }

  #delay(kind: number): number {
    return [0, 900, 40_000, 9 * MINUTE][kind]!;
  }

  /** `isRequest`: over the network, so that it may be cut anywhere. */
  ofCall(service: Service, isRequest: boolean): CallFault | UserAct {
    const fault = this.#drawCallFault(service, isRequest, this.calls.push({ service, isRequest }) - 1);
    const { now } = this.#scheduler;
    if (service === 'firestore' && isRequest && now < Math.min(this.#downUntil, this.#calmAt)) return 'down';
    if (!befalls(fault, { service, isRequest })) return 'none';
    switch (fault) {
      case 'none':
        break;
      case 'down':
        this.#downUntil = now + DOWN_MS;
        this.struck.add(CLASS_OF[fault]);
        break;
      case 'error before':
        this.struck.add(ERRORS_OF[service].before);
        break;
      case 'error after':
        this.struck.add(ERRORS_OF[service].after);
        break;
      case 'complete':
      case 'edit':
        this.struck.add('userEdits');
        break;
      case 'delete':
        this.struck.add('userDeletes');
        break;
      case 'crash before':
      case 'crash after':
      case 'zombie':
      case 'slow':
      case 'in part':
      case 'garbled':
      case 'sent twice':
        this.struck.add(CLASS_OF[fault]);
    }
    return fault;
  }

  #drawCallFault(service: Service, isRequest: boolean, number: number): CallFault | UserAct {
    if (this.#plan) return this.#plan.get(number) ?? 'none';
    const menu = (isRequest ? this.#requestFaults : this.#callFaults)[service];
    return menu.length === 0 ? 'none' : (menu[this.#tape.rarely(this.#oneIn, menu.length) - 1] ?? 'none');
  }

  /** What a service says when it fails. */
  trouble(service: Service, operation: string): ServiceErrorDetails {
    const troubles = TROUBLES[service];
    return { service, operation, ...troubles[this.#tape.upTo(troubles.length)] };
  }

  /** Whether an invocation goes to a warm instance. */
  shares(): boolean {
    return this.has('sharedInstances') && this.#tape.upTo(4) > 0;
  }

  /** Of what may go either way. */
  either(): boolean {
    return this.#tape.upTo(2) > 0;
  }

  /** One of so many kinds. */
  oneOf<Kind>(kinds: readonly Kind[]): Kind {
    return kinds[this.#tape.upTo(kinds.length)]!;
  }

  /** Why Firestore does not do one write of a request for now, if it does not: a gRPC code. */
  writeTrouble(): number {
    return [0, 10, 14][this.strikes('writeErrors', 2)]!;
  }

  /** Whether a request with a write that concerns this document is refused as a whole. */
  refusesWrites(documentPath: string): boolean {
    return documentPath.endsWith(this.#refusedDocument) && this.#during('writeRefusals', this.#writesRefused);
  }

  /** How late a timer fires, in ms. */
  timerLateMs(): number {
    return [0, 30, 900, 40_000][this.strikes('timersLate', 3)]!;
  }

  /** The reason why BigQuery refuses one row of a request, if it does. */
  rowTrouble(): Trouble | undefined {
    if (this.#during('columnRefused', this.#columnRefused)) return noSuchField('pseudonym_key_version');
    if (!this.has('bigqueryErrors')) return undefined;
    const reason = ROW_REASONS[this.#tape.rarely(this.#oneIn, ROW_REASONS.length) - 1];
    return reason === undefined ? undefined : { reasons: [{ reason }] };
  }

  /** The same for a row with the column that a deployment added. */
  addedColumnTrouble(column: string): Trouble | undefined {
    return this.#during('deployment', this.#addedColumnRefused) ? noSuchField(column) : undefined;
  }

  bigqueryIsDown(): boolean {
    return this.#during('bigqueryOutage', this.#bigqueryDown);
  }

  secretIsMissing(): boolean {
    return this.#during('secretMissing', this.#secretMissing);
  }

  /** Keys are bound to the time of the version, whoever sends it and whenever. */
  keyIsRotatedAt(updateTime: string): boolean {
    const rotated = Date.parse(updateTime) >= this.#keyRotatedAt;
    if (rotated) this.struck.add('keyRotated');
    return rotated;
  }

  /** The code that an invocation runs that starts now. Calm takes no deployment back. */
  edition(): Edition {
    const { now } = this.#scheduler;
    if (this.has('fewAttempts')) this.struck.add('fewAttempts');
    if (!this.#deployed || now < this.#deployed.from || now >= this.#deployed.to) return this.#first;
    this.struck.add('deployment');
    return this.#edited;
  }

  /** The largest budget of attempts that any edition of the run has. */
  get maxAttempts(): number {
    return Math.max(this.#first.maxAttempts, this.#edited.maxAttempts);
  }

  /** Whether something of a class happens now, once in `oneIn` at most: 0, or which of its kinds. */
  strikes(name: FaultClass, kinds = 1, oneIn = 5): number {
    const kind = this.has(name) ? this.#tape.rarely(Math.min(this.#oneIn, oneIn), kinds) : 0;
    if (kind > 0) this.struck.add(name);
    return kind;
  }

  skewMs(): number {
    if (!this.has('clockSkew')) return 0;
    const ms = [0, -10 * MINUTE, 10 * MINUTE, 20_000, -20_000][this.#tape.upTo(5)]!;
    if (ms !== 0) this.struck.add('clockSkew');
    return ms;
  }

  /** From now on nothing bad happens. */
  calm(): void {
    this.#tape.quiet();
    this.#calmAt = this.#scheduler.now;
  }

  get isCalm(): boolean {
    return this.#scheduler.now >= this.#calmAt;
  }

  #during(name: FaultClass, window: Window | undefined): boolean {
    const { now } = this.#scheduler;
    const hit = window !== undefined && now >= window.from && now < window.to && now < this.#calmAt;
    if (hit) this.struck.add(name);
    return hit;
  }

  #menu(service: Service): readonly CallFault[] {
    const { before, after } = ERRORS_OF[service];
    const menu: CallFault[] = [];
    if (this.has(before)) menu.push('error before');
    if (this.has(after)) menu.push('error after');
    if (this.has('crash')) menu.push('crash before', 'crash after');
    if (this.has('zombie')) menu.push('zombie');
    if (this.has('slowCalls')) menu.push('slow');
    return menu;
  }

  #requestMenu(service: Service): readonly CallFault[] {
    const faults = ['in part', 'garbled', 'sent twice', 'down'] as const;
    return faults.filter(
      (fault) => this.has(CLASS_OF[fault]) && befalls(fault, { service, isRequest: true }),
    );
  }

  #window(name: FaultClass, lengths: readonly number[]): Window | undefined {
    if (!this.has(name)) return undefined;
    const from = this.#scheduler.now + this.#tape.upTo(4) * 40_000;
    return { from, to: from + lengths[this.#tape.upTo(lengths.length)]! };
  }
}
