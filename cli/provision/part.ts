// What a part of the project's set-up is to `plan`, `provision` and `doctor`: it reads what is there, says how that
// differs from what the files want, and makes exactly those changes. BigQuery is one part, the queue another.
// A part never makes a change that it did not list, and nothing here removes anything.

/** `refuse`: would lose data, or cannot be done. `leave`: differs, and may stay so. Neither is ever applied. */
export type ChangeKind =
  'create' | 'add' | 'relax' | 'widen' | 'describe' | 'set' | 'replace' | 'refuse' | 'leave';

export interface Change {
  readonly kind: ChangeKind;
  /** What it is, with its name: `table sessions`, `column sessions.rep_count`, `metric bigquery_sync_missing`. */
  readonly what: string;
  /** As it is; undefined when it is not there. */
  readonly from?: string | undefined;
  /** As it is wanted; undefined when it is not wanted. */
  readonly to?: string | undefined;
  /** What a reader would ask: the reason of a refusal, the consequence of a change. */
  readonly why?: string | undefined;
  /** What to do instead, where something is refused: a command, or a place in the docs. */
  readonly remedy?: string | undefined;
}

/** What is done at once, mostly by one call: all of its changes are made, or none. */
export interface Step<Edit> {
  readonly changes: readonly Change[];
  /** What `apply` needs; undefined where all of the changes are refused or left. */
  readonly edit?: Edit;
}

/** `Found` is data, `Edit` too: `diff` is pure, so that laws about it can be tested. */
export interface Part<Found, Edit> {
  /** Heading of its changes: `BigQuery`. */
  readonly name: string;
  /** The least roles that may read it and change it: named when Google says 403. */
  readonly roles: { readonly read: string; readonly change: string };
  /** What is there, through the API. Rejects with an ApiError. */
  read(): Promise<Found>;
  /** Steps in the order in which they are applied; none when all is as wanted. */
  diff(found: Found): readonly Step<Edit>[];
  /** Makes the changes of one step. May say what goes on afterwards: `Firestore builds it now`. Rejects with an ApiError. */
  apply(edit: Edit): Promise<string | undefined>;
}

/** A part that was read: its changes, each step with the way to make it. */
export interface Plan {
  readonly name: string;
  readonly roles: Part<unknown, unknown>['roles'];
  readonly steps: readonly PlannedStep[];
}

export interface PlannedStep {
  readonly changes: readonly Change[];
  readonly apply: (() => Promise<string | undefined>) | undefined;
}

/** A part that forgets its types: what a list of parts holds. */
export interface AnyPart {
  readonly name: string;
  readonly roles: Part<unknown, unknown>['roles'];
  plan(): Promise<Plan>;
}

export function definePart<Found, Edit>(part: Part<Found, Edit>): AnyPart {
  const { name, roles } = part;
  return {
    name,
    roles,
    async plan() {
      const steps = part.diff(await part.read()).map(({ changes, edit }): PlannedStep => {
        const apply = edit === undefined ? undefined : () => part.apply(edit);
        const isApplied = changes.some(({ kind }) => kind !== 'refuse' && kind !== 'leave');
        const isRefused = changes.some(({ kind }) => kind === 'refuse' || kind === 'leave');
        // A bug of the part, and the one that would cost data.
        if (isApplied === isRefused || isApplied !== (apply !== undefined)) {
          throw new Error(
            `Cannot plan ${name}: a step is either applied, with an edit, or refused, without one`,
          );
        }
        return { changes, apply };
      });
      return { name, roles, steps };
    },
  };
}

/** Google's answer to a call of the set-up's APIs. Its message names resources and permissions, and holds no data. */
export class ApiError extends Error {
  readonly status: number;

  constructor(call: string, status: number, message: string, options?: ErrorOptions) {
    super(`${call}: ${status} ${message}`, options);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** The files or params contradict each other: nothing can be planned from them until a person corrects them. */
export class SetUpError extends Error {
  readonly problem: string;
  readonly remedy: string;

  constructor(problem: string, remedy: string) {
    super(`${problem}: ${remedy}`);
    this.name = 'SetUpError';
    this.problem = problem;
    this.remedy = remedy;
  }
}
