// `pipeline plan`: how what is there differs from what the files want, and nothing is changed.
import { connectApis, createParts } from '../provision/parts.ts';
import { changesOf, planAll, type Plans } from '../provision/plan.ts';
import { countChanges, renderPlans } from '../provision/render.ts';
import type { Connection } from './connect.ts';
import { defineVerb, type Result } from './verb.ts';

export const SET_UP_FLAGS = {
  location: {
    value: 'LOCATION',
    help: 'Where the dataset is wanted, if not in the region of the functions: a region, US or EU.',
  },
  retention: {
    help: 'Also keep rows and deleted rows no longer than bigquery-schemas/ says: what is older goes.',
  },
} as const;

export interface SetUpFlags {
  readonly location: string | undefined;
  readonly retention: boolean;
}

export const planVerb = defineVerb({
  name: 'plan',
  summary:
    'Lists what provision would do to dataset, tables, views, queue, indexes and TTL policies, and what it refuses.\n' +
    'Exit code 0 when nothing is to be done, 1 when something is, or is refused, or cannot be read.',
  flags: SET_UP_FLAGS,
  run: async (connection, flags) => describePlans(await planSetUp(connection, flags), connection),
});

export const planSetUp = (connection: Connection, { location, retention }: SetUpFlags): Promise<Plans> =>
  planAll(
    createParts(connection, connectApis({ local: connection.hub !== undefined, env: connection.env }), {
      location,
      retention,
    }),
  );

export function describePlans(plans: Plans, connection: Connection): Result {
  const changes = changesOf(plans);
  const { toApply, refused, left } = countChanges(changes);
  const isDone = toApply + refused + plans.unread.length === 0;
  const summary = isDone
    ? 'Nothing to do.'
    : [
        `${toApply} to do`,
        ...(refused > 0 ? [`${refused} refused`] : []),
        ...(plans.unread.length > 0 ? [`${plans.unread.length} parts not read`] : []),
      ].join(', ') + (toApply > 0 ? `: "npm run pipeline -- provision${projectFlag(connection)}"` : '.');
  return {
    text: [titleOf('Plan', connection), renderPlans(plans), summary].join('\n\n'),
    json: { project: connection.project, toApply, refused, left, changes, unread: plans.unread },
    exitCode: isDone ? 0 : 1,
  };
}

export function titleOf(word: string, { project, hub, config }: Connection): string {
  const where = hub === undefined ? project : `${project} (local suite)`;
  return `${word} of ${where}: dataset ${config.dataset}, region ${config.region}`;
}

const projectFlag = ({ project, hub }: Connection) => (hub === undefined ? ` --project ${project}` : '');
