// `pipeline erase`: asks that people be forgotten. Here it is only asked: the functions have the keys by which a person's
// rows are found.
import { randomUUID } from 'node:crypto';
import { requested } from '../../../functions/steps/erasure.ts';
import { UsageError } from '../../args.ts';
import { table } from '../../terminal.ts';
import { runSchedule } from '../run-schedule.ts';
import { defineVerb } from '../verb.ts';
import { readIds } from './read-ids.ts';

const FUNCTION = 'internal_erasePersons';

export const eraseVerb = defineVerb({
  name: 'erase',
  summary:
    'Erases people from BigQuery: their rows in every table, their failures, and what would bring them back.\n' +
    'Firestore keeps its documents: deleting those is the matter of the app. It takes some three hours, because\n' +
    'BigQuery does not delete what was streamed a short while ago; "erasures" shows how far it is.',
  flags: {
    user: {
      value: 'FILE',
      help: 'Their ids, one a line; - for standard input. Never on the command line: the shell would remember them.',
    },
    param: {
      value: 'NAME',
      default: 'userId',
      help: 'The path parameter that names the person.',
    },
    'dry-run': { help: 'Ask for nothing; say for how many it would be.' },
  },
  async run(connection, { user, param, 'dry-run': dryRun }) {
    const { context } = connection;
    const subjects = new Set([...context.pipelines.values()].flatMap(({ subject }) => subject ?? []));
    if (!subjects.has(param)) throw new UsageError(`--param knows: ${[...subjects].join(', ')}.`);
    if (user === undefined) {
      throw new UsageError('erase wants --user FILE, one id a line, or --user - to read standard input.');
    }
    const ids = readIds(user);
    const names: string[] = [];
    for (const id of dryRun ? [] : ids) {
      const name = randomUUID();
      await context.erasures.add(name, requested(param, id, context.now()));
      names.push(name);
    }
    if (names.length > 0) await runSchedule(connection, FUNCTION);
    const rows = names.map((name) => [name]);
    const text = dryRun
      ? table([['Would be erased', ids.length]])
      : [
          table([['Asked for', names.length]]),
          '',
          table(rows),
          '',
          'How far it is: npm run pipeline -- erasures',
        ];
    return { text: [text].flat().join('\n'), json: { asked: names, persons: ids.length, dryRun } };
  },
});
