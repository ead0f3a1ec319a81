// What befalls one call or one moment of a run, out of the fault classes that it has.
import type { ServiceErrorDetails } from '../../functions/steps/service-error.ts';
import { EDITED, FEW_ATTEMPTS, FIRST, type Edition } from './editions.ts';
import type { Scheduler } from './scheduler.ts';
import type { FaultClass } from './swarm.ts';
import type { Tape } from './tape.ts';
import { noSuchField, ROW_REASONS, TROUBLES, type Service, type Trouble } from './troubles.ts';

/** What may befall one call to a service. */
export const CALL_FAULTS = [
  'none',
  'error before',
  'error after',
  'crash before',
  'crash after',
  'zombie',
  'slow',
] as const;
export type CallFault = (typeof CALL_FAULTS)[number];

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
} as const;
const ERRORS_OF = {
  bigquery: { before: 'bigqueryErrors', after: 'bigqueryLostAnswers' },
  firestore: { before: 'firestoreErrors', after: 'firestoreErrors' },
  tasks: { before: 'enqueueErrors', after: 'enqueueErrors' },
  oidc: { before: 'certificatesGone', after: 'certificatesGone' },
} as const;

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
  readonly #callFaults: Record<Service, readonly CallFault[]>;
  readonly #bigqueryDown: Window | undefined;
  readonly #columnRefused: Window | undefined;
  readonly #secretMissing: Window | undefined;
  readonly #keyRotatedAt: number;
  readonly #deployed: Window | undefined;
  readonly #first: Edition;
  readonly #edited: Edition;
  readonly #addedColumnRefused: Window | undefined;
  /** How long the queue refuses a used name, in ms. */
  readonly tombstoneMs: number;
  /** How long BigQuery remembers an insertId, in ms. */
  readonly insertIdMs: number;
  /** How long a reconcile leaves a document to its own event, in ms. */
  readonly settleMs: number;
  #calls = 0;
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

  ofCall(service: Service): CallFault | UserAct {
    const fault = this.#drawCallFault(service, this.#calls++);
    switch (fault) {
      case 'none':
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
        this.struck.add(CLASS_OF[fault]);
    }
    return fault;
  }

  #drawCallFault(service: Service, number: number): CallFault | UserAct {
    if (this.#plan) return this.#plan.get(number) ?? 'none';
    const menu = this.#callFaults[service];
    return menu.length === 0 ? 'none' : (menu[this.#tape.rarely(this.#oneIn, menu.length) - 1] ?? 'none');
  }

  get calls(): number {
    return this.#calls;
  }

  /** What a service says when it fails. */
  trouble(service: Service, operation: string): ServiceErrorDetails {
    const troubles = TROUBLES[service];
    return { service, operation, ...troubles[this.#tape.upTo(troubles.length)] };
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

  #window(name: FaultClass, lengths: readonly number[]): Window | undefined {
    if (!this.has(name)) return undefined;
    const from = this.#scheduler.now + this.#tape.upTo(4) * 40_000;
    return { from, to: from + lengths[this.#tape.upTo(lengths.length)]! };
  }
}
