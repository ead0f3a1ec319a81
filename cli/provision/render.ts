// Plans and their results for people: a heading per part, a line per change, and below it why and what to do instead.
import { paint } from '../terminal.ts';
import type { Change, ChangeKind } from './part.ts';
import type { AppliedChange, Plans, Result, Unread } from './plan.ts';

type Style = Parameters<typeof paint>[0];

const SIGNS: Readonly<Record<ChangeKind, readonly [sign: string, style: Style]>> = {
  create: ['+', 'green'],
  add: ['+', 'green'],
  relax: ['~', 'yellow'],
  widen: ['~', 'yellow'],
  describe: ['~', 'yellow'],
  set: ['~', 'yellow'],
  replace: ['~', 'yellow'],
  refuse: ['!', 'red'],
  leave: ['=', 'dim'],
};

const RESULT_STYLES: Readonly<Record<Result, Style>> = {
  done: 'green',
  failed: 'red',
  'not tried': 'yellow',
  refused: 'red',
  left: 'dim',
};

export function renderPlans({ plans, unread }: Plans): string {
  const parts = plans.map(({ name, steps }) => {
    const lines = steps.flatMap(({ changes }) => changes.map((change) => renderChange(change)));
    return [paint('bold', name), ...(lines.length > 0 ? lines : ['  as wanted'])].join('\n');
  });
  return [...parts, ...unread.map(renderUnread)].join('\n\n');
}

export function renderUnread({ name, problem }: Unread): string {
  return `${paint('bold', name)}\n  ${paint('red', '?')} cannot be read: ${problem}`;
}

/** What a part told of its changes: a line each, and once what goes on afterwards. */
export function renderResults(part: string, changes: readonly AppliedChange[]): string {
  const later = new Set(changes.filter(({ result }) => result === 'done').map(({ note }) => note));
  later.delete(undefined);
  return [paint('bold', part), ...changes.map(renderResult), ...[...later].map((note) => `  ${note}`)].join(
    '\n',
  );
}

export function renderResult(change: AppliedChange): string {
  const { result, note } = change;
  const end = paint(RESULT_STYLES[result], result);
  return renderChange(change, `  ${end}${result === 'failed' ? `: ${note}` : ''}`);
}

/** `end` comes after the first line. */
function renderChange({ kind, what, from, to, why, remedy }: Change, end = ''): string {
  const [sign, style] = SIGNS[kind];
  const values = from === undefined || to === undefined ? (from ?? to) : `${shorten(from)} → ${shorten(to)}`;
  const shown = values === undefined ? '' : `: ${shorten(values, 160)}`;
  const left = kind === 'leave' && end === '' ? ' (left as it is)' : '';
  const lines = [`  ${paint(style, sign)} ${kind} ${what}${shown}${left}${end}`];
  if (why !== undefined) lines.push(`      ${why}`);
  if (remedy !== undefined) lines.push(`      instead: ${remedy}`);
  return lines.join('\n');
}

function shorten(text: string, length = 72): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

export function countChanges(changes: readonly Change[]): { toApply: number; refused: number; left: number } {
  const count = (kinds: readonly ChangeKind[]) => changes.filter(({ kind }) => kinds.includes(kind)).length;
  const [refused, left] = [count(['refuse']), count(['leave'])];
  return { toApply: changes.length - refused - left, refused, left };
}
