// `pipeline failures list`: what fails, how much of it, since when, and what to do about it.
import { paint, table } from '../../terminal.ts';
import { defineVerb } from '../verb.ts';
import { age } from '../age.ts';
import { groupFailures, total } from './group.ts';
import { remedyFor } from './remedy.ts';
import { FILTERS, parseFilter, selectFailures } from './select.ts';

export const listVerb = defineVerb({
  name: 'failures list',
  summary:
    'Failures in groups of one reason, with what to do about each.\n' +
    'Exit code 1 when there are any. Without --status: those that are pending or abandoned.',
  flags: FILTERS,
  async run({ context }, values) {
    const now = context.now();
    const filter = parseFilter(values, now, ['pending', 'abandoned']);
    const groups = await groupFailures(selectFailures(context, filter));
    const json = groups.map((group) => ({ ...group, remedy: remedyFor(group.reason) }));
    if (groups.length === 0) return { text: paint('green', 'No failures.'), json };
    const text = groups.map((group) =>
      [
        paint('bold', `${group.fingerprint}  ${total(group)} × ${group.reason}`),
        table([
          ['pipeline', group.pipeline],
          ['state', states(group.counts)],
          ['seen', `first ${age(now, group.firstSeen)} ago, last ${age(now, group.lastSeen)} ago`],
          ['remedy', remedyFor(group.reason)],
        ]),
      ].join('\n'),
    );
    const next = `Show one: npm run pipeline -- failures show <failure or group>`;
    return { text: [...text, next].join('\n\n'), json, exitCode: 1 };
  },
});

function states(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} ${status}`)
    .join(', ');
}
