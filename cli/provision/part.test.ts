// What holds of every part: a step is applied, or refused, and never both; what the API refuses is told with the role.
import { expect, test } from '@jest/globals';
import { ApiError, definePart, SetUpError, type AnyPart, type ChangeKind, type Step } from './part.ts';
import { applyAll, planAll } from './plan.ts';

const change = (kind: ChangeKind) => ({ kind, what: `thing to ${kind}` });

function createPart(
  steps: readonly Step<string>[],
  apply: (edit: string) => void = () => undefined,
): AnyPart {
  return definePart<readonly Step<string>[], string>({
    name: 'Things',
    roles: { read: 'roles/reader', change: 'roles/changer' },
    read: async () => steps,
    diff: (found) => found,
    async apply(edit) {
      apply(edit);
      return undefined;
    },
  });
}

test.each<[string, Step<string>]>([
  ['an edit for what is refused', { changes: [change('refuse')], edit: 'x' }],
  ['an edit for what is left', { changes: [change('leave')], edit: 'x' }],
  ['no edit for what is to be made', { changes: [change('create')] }],
  ['a refusal among what is made', { changes: [change('create'), change('refuse')], edit: 'x' }],
  ['nothing at all', { changes: [], edit: 'x' }],
])('a step with %s is a bug, and the whole part is not planned', async (_, step) => {
  await expect(createPart([{ changes: [change('add')], edit: 'y' }, step]).plan()).rejects.toThrow(
    'a step is either applied, with an edit, or refused, without one',
  );
});

test('only edits are applied, in order; refused and left changes are told between them', async () => {
  const applied: string[] = [];
  const part = createPart(
    [
      { changes: [change('create'), change('describe')], edit: 'first' },
      { changes: [change('refuse')] },
      { changes: [change('leave')] },
      { changes: [change('set')], edit: 'second' },
    ],
    (edit) => applied.push(edit),
  );
  const results = [];
  for await (const { kind, result } of applyAll([await part.plan()])) results.push(`${kind} ${result}`);
  expect(results).toEqual(['create done', 'describe done', 'refuse refused', 'leave left', 'set done']);
  expect(applied).toEqual(['first', 'second']);
});

test('a part that cannot be read is told, with the role that may, and does not hide the others', async () => {
  const unread = (error: Error): AnyPart => ({
    ...createPart([]),
    plan: () => Promise.reject(error),
  });
  const { plans, unread: told } = await planAll([
    unread(new ApiError('GET x', 403, 'denied')),
    unread(new SetUpError('A is not B', 'make them one')),
    createPart([{ changes: [change('set')], edit: 'x' }]),
  ]);
  expect(plans).toHaveLength(1);
  expect(told).toEqual([
    { name: 'Things', problem: expect.stringContaining('roles/reader'), isForbidden: true },
    { name: 'Things', problem: 'A is not B: make them one', isForbidden: false },
  ]);
  await expect(planAll([unread(new TypeError('a bug'))])).rejects.toThrow('a bug');
});
