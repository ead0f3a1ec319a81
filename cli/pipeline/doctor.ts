// `pipeline doctor`: looks at everything that the pipeline stands on, and says of each finding what to do. Changes
// nothing, and prints no secret.
import { connectApis, createParts } from '../provision/parts.ts';
import { createProgress, paint } from '../terminal.ts';
import type { Connection } from './connect.ts';
import { apisCheck } from './doctor/apis.ts';
import { backlogCheck } from './doctor/backlog.ts';
import { clockCheck, suiteClockCheck } from './doctor/clock.ts';
import { configCheck } from './doctor/config.ts';
import { databaseCheck } from './doctor/database.ts';
import { run, type Check, type Finding, type State } from './doctor/finding.ts';
import { deployedNames, functionsCheck } from './doctor/functions.ts';
import { indexesCheck, queueCheck } from './doctor/readiness.ts';
import { rolesCheck } from './doctor/roles.ts';
import { secretCheck } from './doctor/secret.ts';
import { setUpCheck } from './doctor/set-up.ts';
import { suiteCheck } from './doctor/suite.ts';
import { SET_UP_FLAGS, titleOf } from './plan.ts';
import { defineVerb } from './verb.ts';

export const doctorVerb = defineVerb({
  name: 'doctor',
  summary:
    'Looks at config, secret, APIs, functions, roles, tables, queue, indexes, clock and backlog; each finding has its remedy.\n' +
    'Exit code 1 when an error is found. What you may not look at is told, with the role that may.',
  flags: { location: SET_UP_FLAGS.location },
  async run(connection, { location }) {
    const findings: Finding[] = [];
    const progress = createProgress();
    for (const checks of await checksFor(connection, location)) {
      progress.show(`Looking at ${[...new Set(checks.map(({ area }) => area))].join(', ')} …`);
      findings.push(...(await Promise.all(checks.map(run))).flat());
    }
    progress.end();
    const count = (state: State) => findings.filter((finding) => finding.state === state).length;
    const [errors, warnings, unknown] = [count('error'), count('warning'), count('unknown')];
    const summary =
      errors + warnings + unknown === 0
        ? paint('green', 'All is well.')
        : `${errors} errors, ${warnings} warnings, ${unknown} unknown.`;
    return {
      text: [titleOf('Health', connection), render(findings), summary].join('\n\n'),
      json: { project: connection.project, errors, warnings, unknown, findings },
      exitCode: errors > 0 ? 1 : 0,
    };
  },
});

/** In groups that run one after the other: the clock is read off the answers of the others. */
async function checksFor(connection: Connection, location: string | undefined): Promise<readonly Check[][]> {
  const { hub } = connection;
  const apis = connectApis({ local: connection.hub !== undefined, env: connection.env });
  const { tasks, firestore, cloud } = apis;
  const names = cloud ? await deployedNames() : [];
  const parts = createParts(connection, apis, { location, retention: false });
  return [
    [
      ...(hub === undefined ? [] : [suiteCheck(hub)]),
      configCheck(connection),
      secretCheck(connection, apis),
      ...(cloud
        ? [
            apisCheck(connection, cloud),
            functionsCheck(connection, cloud, names),
            rolesCheck(connection, cloud, names),
          ]
        : []),
      ...(cloud && firestore ? [databaseCheck(connection, firestore)] : []),
      ...parts.map((part) => setUpCheck(connection, part)),
      ...(tasks ? [queueCheck(connection, tasks)] : []),
      ...(firestore ? [indexesCheck(connection, firestore), backlogCheck(connection)] : []),
    ],
    [
      clockCheck(() => [apis.bigquery, tasks, firestore].map((api) => api?.clockOffsetMs)),
      ...(hub === undefined ? [] : [suiteClockCheck(hub)]),
    ],
  ];
}

const SIGNS: Readonly<Record<State, readonly [sign: string, style: Parameters<typeof paint>[0]]>> = {
  ok: ['✓', 'green'],
  warning: ['!', 'yellow'],
  error: ['✗', 'red'],
  unknown: ['?', 'yellow'],
};

function render(findings: readonly Finding[]): string {
  const areas = [...new Set(findings.map(({ area }) => area))];
  const blocks = areas.map((area) => {
    const all = findings.filter((finding) => finding.area === area);
    const lines = all.flatMap(({ state, what, remedy }, i) => {
      const [sign, style] = SIGNS[state];
      // Once, below the last of those that it mends.
      const isLast = remedy !== undefined && all[i + 1]?.remedy !== remedy;
      return [`  ${paint(style, sign)} ${what}`, ...(isLast ? [`      → ${remedy}`] : [])];
    });
    return [paint('bold', area), ...lines].join('\n');
  });
  return blocks.join('\n\n');
}
