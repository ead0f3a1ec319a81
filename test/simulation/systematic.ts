// Before chance: one document, every call of its story, every kind of fault and of a user's act, and every pair of
// them.
import { befalls, USER_ACTS, type CallFault, type CallKind, type UserAct } from './faults.ts';
import { runSchedule } from './run.ts';
import { replay, type Schedule } from './schedule.ts';
import type { Situation } from './situations.ts';

/**
 * Others come to the same as one of these, for one document: a crash before a call is one after the call before it, a
 * part of one item is all of it or nothing, an answer that nobody can read is an error that is not tried again, as of a
 * service that is down, and a request that is sent twice is one whose answer was lost and that is tried again.
 */
const FAULTS = [
  'error before',
  'error after',
  'crash after',
  'zombie',
  'slow',
  'down',
  ...USER_ACTS,
] as const satisfies readonly (CallFault | UserAct)[];
/** Calls beyond those of the undisturbed story: for the attempt that a fault makes necessary. */
const ROOM = 6;

type Planned = readonly [call: number, fault: CallFault | UserAct];

export interface Story {
  readonly name: string;
  readonly schedule: Schedule;
  /** Faults that are the story; all others come after them. */
  readonly given: readonly Planned[];
  /** What it comes to when nothing else happens. */
  readonly meets?: Situation;
  /** The reconcile is the story; otherwise faults come before it. */
  readonly reconciles?: true;
}

const QUIET: Schedule = { faults: [], tape: [] };
const REFUSED: Planned = [0, 'error before'];

/** The tapes: chance of faults, memory of insertIds, documents, actions, start; then the gap and action of each. */
export const STORIES: readonly Story[] = [
  { name: 'delivered at once', schedule: QUIET, given: [] },
  { name: 'BigQuery refuses once', schedule: QUIET, given: [REFUSED], meets: 'resolved by a retry' },
  {
    name: 'BigQuery refuses once and the enqueue fails',
    schedule: QUIET,
    given: [REFUSED, [3, 'error before']],
    meets: 'task replaced by the sweep',
  },
  {
    name: 'poison',
    schedule: { faults: ['poison'], tape: [0, 0, 0, 0, 1] },
    given: [],
    meets: 'abandoned: document invalid',
  },
  {
    name: 'completed, deleted and completed again at once',
    schedule: { faults: ['userDeletes'], tape: [0, 0, 0, 2, 0, 0, 0, 0, 1] },
    given: [],
    meets: 'two events of one document at once',
  },
  {
    name: 'deleted while a retry waits',
    schedule: { faults: ['userDeletes'], tape: [0, 0, 0, 1] },
    given: [REFUSED],
    meets: 'abandoned: source deleted',
  },
  {
    name: 'its event never comes, and the reconcile finds it',
    schedule: { faults: ['eventsLost'], tape: [0, 0, 0, 0, 0, 0, 1] },
    given: [],
    meets: 'sent by a reconcile',
    reconciles: true,
  },
];

/** Every single fault, then every pair of faults at two calls, `most` of them. */
export async function systematicRuns(
  story: Story,
  most = Infinity,
): Promise<{ readonly runs: number; readonly violations: readonly string[] }> {
  const { situations, ...quiet } = await runSchedule({
    ...replay(story.schedule),
    plan: new Map(story.given),
  });
  const { meets } = story;
  const violations: string[] = [];
  if (meets !== undefined && !situations.has(meets)) violations.push(`the story does not come to "${meets}"`);
  const calls = story.reconciles ? quiet.calls : quiet.calls.slice(0, quiet.callsBeforeReconcile);
  const from = (story.given.at(-1)?.[0] ?? -1) + 1;
  let runs = 0;
  for (const plan of plans(from, calls)) {
    if (runs >= most) break;
    const given = [...story.given, ...plan];
    const { violation } = await runSchedule({ ...replay(story.schedule), plan: new Map(given) });
    if (violation !== undefined) violations.push(`${JSON.stringify(given)}: ${violation}`);
    runs++;
  }
  return { runs, violations };
}

function* plans(from: number, calls: readonly CallKind[]): Generator<readonly Planned[]> {
  for (const first of singles(from, calls)) {
    yield [first];
    for (const second of singles(first[0] + 1, calls)) yield [first, second];
  }
}

/** What a call beyond the undisturbed story will be is not known: anything may befall it. */
function* singles(from: number, calls: readonly CallKind[]): Generator<Planned> {
  for (let call = from; call < calls.length + ROOM; call++) {
    const kind = calls[call] ?? { service: 'firestore', isRequest: true };
    for (const fault of FAULTS) if (befalls(fault, kind)) yield [call, fault];
  }
}
