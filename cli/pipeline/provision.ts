// `pipeline provision`: makes what `plan` lists, and nothing else: dataset, tables, views, queue, indexes, TTL policies.
// A second run changes nothing.
import { applyAll, type AppliedChange } from '../provision/plan.ts';
import { renderResults, renderUnread } from '../provision/render.ts';
import { createProgress } from '../terminal.ts';
import { describePlans, planSetUp, SET_UP_FLAGS, titleOf } from './plan.ts';
import { defineVerb } from './verb.ts';

export const provisionVerb = defineVerb({
  name: 'provision',
  summary:
    'Makes dataset, tables, views, queue, indexes and TTL policies as the files want them, and tells each change.\n' +
    'Nothing is removed or narrowed. Exit code 1 when a change failed, was refused, or a part cannot be read.',
  flags: { ...SET_UP_FLAGS, 'dry-run': { help: 'Only list the changes, as plan does.' } },
  async run(connection, flags) {
    const plans = await planSetUp(connection, flags);
    if (flags['dry-run']) return describePlans(plans, connection);
    const total = plans.plans.flatMap(({ steps }) => steps.flatMap(({ changes }) => changes)).length;
    const applied: AppliedChange[] = [];
    const progress = createProgress();
    for await (const change of applyAll(plans.plans)) {
      applied.push(change);
      progress.show(`${applied.length} of ${total}: ${change.what}`);
    }
    progress.end();
    const count = (...results: AppliedChange['result'][]) =>
      applied.filter(({ result }) => results.includes(result)).length;
    const [done, refused, failed] = [count('done'), count('refused'), count('failed', 'not tried')];
    const names = [...new Set(applied.map(({ part }) => part))];
    const blocks = names.map((name) =>
      renderResults(
        name,
        applied.filter(({ part }) => part === name),
      ),
    );
    const isSound = refused + failed + plans.unread.length === 0;
    const summary =
      isSound && done === 0
        ? 'Nothing to do: all is as wanted.'
        : `${done} done, ${refused} refused, ${failed} failed or not tried.`;
    return {
      text: [titleOf('Provisioning', connection), ...blocks, ...plans.unread.map(renderUnread), summary].join(
        '\n\n',
      ),
      json: { project: connection.project, done, refused, failed, changes: applied, unread: plans.unread },
      exitCode: isSound ? 0 : 1,
    };
  },
});
