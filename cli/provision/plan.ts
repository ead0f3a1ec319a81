// Reads all parts, and makes what their plans list: in order, each change told with its result. Where a step of a part
// fails, what comes after it in that part is not tried: a view needs its table.
import { ApiError, SetUpError, type AnyPart, type Change, type Plan } from './part.ts';

/** A part that could not be read. */
export interface Unread {
  readonly name: string;
  readonly problem: string;
  /** 403: the caller may not. */
  readonly isForbidden: boolean;
}

export interface Plans {
  readonly plans: readonly Plan[];
  readonly unread: readonly Unread[];
}

export type Result = 'done' | 'failed' | 'not tried' | 'refused' | 'left';

export interface AppliedChange extends Change {
  readonly part: string;
  readonly result: Result;
  /** Why it failed, or what goes on afterwards. */
  readonly note?: string | undefined;
}

export async function planAll(parts: readonly AnyPart[]): Promise<Plans> {
  const read = await Promise.all(
    parts.map((part) =>
      part
        .plan()
        .catch((error: unknown): Unread => ({ name: part.name, ...explain(error, part.roles.read) })),
    ),
  );
  return {
    plans: read.filter((plan) => 'steps' in plan),
    unread: read.filter((plan) => 'problem' in plan),
  };
}

export async function* applyAll(plans: readonly Plan[]): AsyncGenerator<AppliedChange> {
  for (const { name: part, roles, steps } of plans) {
    let hasFailed = false;
    for (const { changes, apply } of steps) {
      let end: { readonly result?: Result; readonly note?: string | undefined } = { result: 'not tried' };
      if (!apply) end = {};
      else if (!hasFailed) {
        end = await apply().then(
          (note) => ({ result: 'done', note }) as const,
          (error: unknown) => ({ result: 'failed', note: explain(error, roles.change).problem }) as const,
        );
        hasFailed = end.result === 'failed';
      }
      for (const change of changes) {
        yield {
          part,
          ...change,
          ...end,
          result: end.result ?? (change.kind === 'leave' ? 'left' : 'refused'),
        };
      }
    }
  }
}

/** What the API or the files said: anything else is a bug, and shows itself. */
function explain(error: unknown, role: string): { problem: string; isForbidden: boolean } {
  if (error instanceof SetUpError) return { problem: error.message, isForbidden: false };
  if (!(error instanceof ApiError)) throw error;
  const isForbidden = error.status === 403;
  const needed = isForbidden ? `. Needed: ${role}, and the API enabled` : '';
  return { problem: `${error.message}${needed}`, isForbidden };
}

export const changesOf = ({ plans }: Plans): (Change & { readonly part: string })[] =>
  plans.flatMap(({ name: part, steps }) =>
    steps.flatMap(({ changes }) => changes.map((change) => ({ part, ...change }))),
  );
