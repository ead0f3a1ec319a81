// Which faults a run may have (a swarm: each class is on or off), and what befalls one call or one moment.
import type { ServiceErrorDetails } from '../../functions/steps/service-error.ts';
import type { Scheduler } from './scheduler.ts';
import type { Tape } from './tape.ts';

/** Each with the chance (one in …) that a run has it. */
export const FAULT_CLASSES = {
  /** An invocation dies before or after a call took effect. */
  crash: 2,
  /** An invocation is declared failed while its code runs on. */
  zombie: 3,
  /** Calls take minutes, or their answers do. */
  slowCalls: 2,
  firestoreErrors: 2,
  /** Transactions read, then find that somebody was faster. */
  transactionAborts: 2,
  /** The query for overdue records answers from the past. */
  staleQueries: 3,
  bigqueryErrors: 2,
  /** Stored, and answered with an error. */
  bigqueryLostAnswers: 2,
  /** Nothing is stored for minutes or hours. */
  bigqueryOutage: 3,
  /** A new column is "no such field" for minutes. */
  columnRefused: 4,
  enqueueErrors: 2,
  /** The queue runs a task twice, or late. */
  taskDuplicates: 2,
  /** Dispatches that never arrive count as attempts, up to the queue's limit; purged tasks are gone at once. */
  taskLosses: 3,
  /** The queue refuses a used name for 1 or 24 hours. */
  tombstones: 2,
  eventsLate: 2,
  eventsTwice: 2,
  /** `retry` off. What is lost so is outside the promise until there is a reconcile: relaxes the final check. */
  eventsLost: 8,
  /** Ticks of the sweep are missed or doubled. */
  sweepTicks: 3,
  clockSkew: 3,
  secretMissing: 5,
  /** The active key changes once. Relaxes "one body per version" to all cells but the pseudonym's. */
  keyRotated: 8,
  certificatesGone: 6,
  userEdits: 2,
  userDeletes: 3,
  poison: 4,
} as const;

export type FaultClass = keyof typeof FAULT_CLASSES;

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

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Service = ServiceErrorDetails['service'];
type Trouble = Omit<ServiceErrorDetails, 'service' | 'operation'>;

const BIGQUERY_TROUBLES: readonly Trouble[] = [
  { httpStatus: 503, reasons: [{ reason: 'backendError' }] },
  { httpStatus: 503, reasons: [{ reason: 'backendError' }], retryAfterSeconds: 30 },
  { httpStatus: 500, reasons: [{ reason: 'internalError' }] },
  { httpStatus: 429, reasons: [{ reason: 'rateLimitExceeded' }] },
  { httpStatus: 403, reasons: [{ reason: 'quotaExceeded' }] },
  { httpStatus: 404, reasons: [{ reason: 'notFound' }] },
  { networkCode: 'ECONNRESET' },
  { networkCode: 'ETIMEDOUT' },
];
const GRPC_TROUBLES: readonly Trouble[] = [
  { grpcCode: 14 },
  { grpcCode: 4 },
  { grpcCode: 10 },
  { grpcCode: 13 },
];
const ROW_REASONS = ['stopped', 'timeout', 'backendError'];

interface Window {
  readonly from: number;
  readonly to: number;
}

export interface FaultsOptions {
  /** Faults of chosen calls, by their number in the run; instead of the tape's. */
  readonly plan?: ReadonlyMap<number, CallFault> | undefined;
  /** Classes that are on whatever the tape says. */
  readonly on?: readonly FaultClass[] | undefined;
}

export class Faults {
  readonly on: ReadonlySet<FaultClass>;
  readonly #tape: Tape;
  readonly #scheduler: Scheduler;
  readonly #plan: ReadonlyMap<number, CallFault> | undefined;
  readonly #oneIn: number;
  readonly #callFaults: Record<Service, readonly CallFault[]>;
  readonly #bigqueryDown: Window | undefined;
  readonly #columnRefused: Window | undefined;
  readonly #secretMissing: Window | undefined;
  readonly keyRotatedAt: number;
  /** How long the queue refuses a used name, in ms. */
  readonly tombstoneMs: number;
  /** How long BigQuery remembers an insertId, in ms. */
  readonly insertIdMs: number;
  #calls = 0;

  constructor(tape: Tape, scheduler: Scheduler, { plan, on }: FaultsOptions = {}) {
    this.#tape = tape;
    this.#scheduler = scheduler;
    this.#plan = plan;
    const drawn = Object.entries(FAULT_CLASSES).filter(([, oneIn]) => tape.rarely(oneIn) > 0);
    this.on = new Set([...drawn.map(([name]) => name as FaultClass), ...(on ?? [])]);
    this.#oneIn = [40, 15, 5][tape.upTo(3)]!;
    this.#callFaults = {
      bigquery: this.#menu('bigqueryErrors', 'bigqueryLostAnswers'),
      firestore: this.#menu('firestoreErrors', 'firestoreErrors'),
      tasks: this.#menu('enqueueErrors', 'enqueueErrors'),
      oidc: this.#menu('certificatesGone', 'certificatesGone'),
    };
    this.#bigqueryDown = this.#window('bigqueryOutage', [2 * MINUTE, 20 * MINUTE, 3 * HOUR]);
    this.#columnRefused = this.#window('columnRefused', [2 * MINUTE, 10 * MINUTE]);
    this.#secretMissing = this.#window('secretMissing', [2 * MINUTE, HOUR]);
    this.keyRotatedAt = this.#window('keyRotated', [MINUTE])?.from ?? Infinity;
    this.tombstoneMs = this.on.has('tombstones') ? [0, HOUR, 24 * HOUR][tape.upTo(3)]! : 0;
    this.insertIdMs = [60_000, 10_000, 0][tape.upTo(3)]!;
  }

  has(name: FaultClass): boolean {
    return this.on.has(name);
  }

  /** Time that a call takes until it has its effect, in ms. */
  latency(): number {
    const base = 1 + this.#tape.upTo(4) * 7;
    return this.has('slowCalls') ? base + this.#delay(this.#tape.rarely(20, 3)) : base;
  }

  /** Time between effect and answer of a slow call, in ms. */
  slowAnswer(): number {
    return this.#delay(1 + this.#tape.upTo(3));
  }

  #delay(kind: number): number {
    return [0, 900, 40_000, 9 * MINUTE][kind]!;
  }

  ofCall(service: Service): CallFault {
    const number = this.#calls++;
    if (this.#plan) return this.#plan.get(number) ?? 'none';
    const menu = this.#callFaults[service];
    if (menu.length === 0) return 'none';
    return menu[this.#tape.rarely(this.#oneIn, menu.length) - 1] ?? 'none';
  }

  get calls(): number {
    return this.#calls;
  }

  /** What a service says when it fails. */
  trouble(service: Service, operation: string): ServiceErrorDetails {
    const troubles =
      service === 'bigquery'
        ? BIGQUERY_TROUBLES
        : service === 'oidc'
          ? [{ networkCode: 'ECONNREFUSED' }]
          : GRPC_TROUBLES;
    return { service, operation, ...troubles[this.#tape.upTo(troubles.length)] };
  }

  /** The reason why BigQuery refuses one row of a request, if it does. */
  rowTrouble(): Trouble | undefined {
    if (this.#during(this.#columnRefused)) {
      return { reasons: [{ reason: 'invalid', location: 'pseudonym_key_version', noSuchField: true }] };
    }
    if (!this.has('bigqueryErrors')) return undefined;
    const reason = ROW_REASONS[this.#tape.rarely(this.#oneIn, ROW_REASONS.length) - 1];
    return reason === undefined ? undefined : { reasons: [{ reason }] };
  }

  bigqueryIsDown(): boolean {
    return this.#during(this.#bigqueryDown);
  }

  secretIsMissing(): boolean {
    return this.#during(this.#secretMissing);
  }

  /** Whether something of a class happens now. */
  strikes(name: FaultClass, kinds = 1): number {
    return this.has(name) ? this.#tape.rarely(Math.min(this.#oneIn, 5), kinds) : 0;
  }

  skewMs(): number {
    return this.has('clockSkew') ? [0, -10 * MINUTE, 10 * MINUTE, 20_000, -20_000][this.#tape.upTo(5)]! : 0;
  }

  /** From now on nothing bad happens. */
  calm(): void {
    this.#tape.quiet();
    this.#calmAt = this.#scheduler.now;
  }

  #calmAt = Infinity;

  #during(window: Window | undefined): boolean {
    const { now } = this.#scheduler;
    return window !== undefined && now >= window.from && now < window.to && now < this.#calmAt;
  }

  #menu(before: FaultClass, after: FaultClass): readonly CallFault[] {
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
