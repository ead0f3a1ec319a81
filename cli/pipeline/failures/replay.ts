// `pipeline failures replay`: opens failures again, each under its next generation and with a new task. Nothing is
// sent from here; the queue's function does it, under the key that the record began with.
import { setTimeout as sleep } from 'node:timers/promises';
import { replayFailure } from '../../../functions/handlers/replay-failure.ts';
import { createProgress, paint, table } from '../../terminal.ts';
import type { Connection } from '../connect.ts';
import { defineVerb } from '../verb.ts';
import { remedyFor } from './remedy.ts';
import { FILTERS, parseFilter, requireFilter, selectFailures, type Filter } from './select.ts';
import { createReadColumns, findObstacle } from './would-succeed.ts';

export const replayVerb = defineVerb({
  name: 'failures replay',
  summary:
    'Tries failures again: each gets its next generation, all its attempts and a task.\n' +
    'Without --status: those that are abandoned. Wants a filter, or --all. Exit code 1 when some would not or did not go.',
  flags: {
    ...FILTERS,
    all: { help: 'Every abandoned failure.' },
    'dry-run': {
      help: 'Change nothing; say what would succeed now, with the code here and the tables there.',
    },
    rate: {
      value: 'N',
      integer: { min: 1, max: 500 },
      default: '10',
      help: 'Failures a second, as in queue.yaml.',
    },
  },
  async run(connection, values) {
    const filter = parseFilter(values, connection.context.now(), ['abandoned']);
    requireFilter('failures replay', values);
    return values['dry-run'] ? tell(connection, filter) : replay(connection, filter, values.rate);
  },
});

async function tell({ context, bigquery, config }: Connection, filter: Filter) {
  const readColumns = createReadColumns(bigquery, config.dataset);
  const progress = createProgress();
  const obstacles = new Map<string, number>();
  let [seen, would] = [0, 0];
  for await (const { failure } of selectFailures(context, filter)) {
    const obstacle = await findObstacle(context, failure, readColumns);
    seen++;
    if (obstacle === undefined) would++;
    else obstacles.set(obstacle, (obstacles.get(obstacle) ?? 0) + 1);
    progress.show(`${seen} looked at, ${would} would succeed`);
  }
  progress.end();
  const json = { failures: seen, wouldSucceed: would, obstacles: Object.fromEntries(obstacles) };
  const rows = [...obstacles].map(([reason, count]) => [count, reason, remedyFor(reason)]);
  const text = [
    `${would} of ${seen} would succeed now.`,
    ...(rows.length > 0 ? ['', paint('bold', 'The others'), table(rows)] : []),
  ].join('\n');
  return { text, json, exitCode: seen === would ? (0 as const) : (1 as const) };
}

async function replay({ context, account }: Connection, filter: Filter, rate: number) {
  const by = await account();
  const progress = createProgress();
  const counts = { replayed: 0, withoutTask: 0, changedMeanwhile: 0 };
  let sent = 0;
  const startedAt = Date.now();
  for await (const entry of selectFailures(context, filter)) {
    const end = await replayFailure(context, entry, by);
    if (end === 'changed') {
      counts.changedMeanwhile++;
      continue;
    }
    counts.replayed++;
    if (end === 'no task') counts.withoutTask++;
    progress.show(`${counts.replayed} replayed`);
    const ahead = (++sent * 1000) / rate - (Date.now() - startedAt);
    if (ahead > 0) await sleep(ahead);
  }
  progress.end();
  const rows = [
    ['Replayed', counts.replayed, 'each has a task; "failures list" shows what becomes of them'],
    ...(counts.withoutTask > 0
      ? [['Without a task', counts.withoutTask, 'the sweep brings one within minutes']]
      : []),
    ...(counts.changedMeanwhile > 0 ? [['Left alone', counts.changedMeanwhile, 'changed meanwhile']] : []),
  ];
  return { text: table(rows), json: counts, exitCode: counts.withoutTask > 0 ? (1 as const) : (0 as const) };
}
