// What `plan` would change, as findings: rows cannot arrive without a table, a column or a queue; a description can wait.
import type { AnyPart, Change, ChangeKind } from '../../provision/part.ts';
import type { Connection } from '../connect.ts';
import type { Check, Finding, Say, State } from './finding.ts';

const STATES: Readonly<Record<ChangeKind, State>> = {
  create: 'error',
  add: 'error',
  relax: 'error',
  widen: 'error',
  refuse: 'error',
  set: 'warning',
  replace: 'warning',
  describe: 'warning',
  leave: 'ok',
};

export function setUpCheck({ project, hub }: Connection, part: AnyPart): Check {
  const provision = `npm run pipeline -- provision${hub === undefined ? ` --project ${project}` : ''}`;
  return {
    area: part.name,
    role: part.roles.read,
    async look(say) {
      const { steps } = await part.plan();
      const changes = steps.flatMap((step) => step.changes);
      const isLeft = ({ kind }: Change) => kind === 'leave';
      const findings = [...changes.filter((change) => !isLeft(change)), ...changes.filter(isLeft)].map(
        (change) => toFinding(change, say, provision),
      );
      return findings.some(({ state }) => state !== 'ok')
        ? findings
        : [say('ok', 'as the files want it'), ...findings];
    },
  };
}

function toFinding({ kind, what, from, to, why, remedy }: Change, say: Say, provision: string): Finding {
  const reason = why === undefined ? '' : `: ${why}`;
  if (kind === 'leave') {
    // With a remedy it is something that only people can mend.
    const state = remedy === undefined ? STATES[kind] : 'warning';
    return say(state, `${what} is left as it is${reason}`, remedy);
  }
  if (kind === 'create' || kind === 'add') return say(STATES[kind], `${what} is missing`, provision);
  const values = from === undefined || to === undefined ? '' : `: ${from}, wanted ${to}`;
  return say(STATES[kind], `${what}${values}${reason}`, remedy ?? provision);
}
