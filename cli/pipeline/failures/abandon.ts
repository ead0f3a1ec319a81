// `pipeline failures abandon`: gives failures up for good; neither task nor sweep tries them again.
import { givenUp } from '../../../functions/steps/failure.ts';
import { table } from '../../terminal.ts';
import { defineVerb } from '../verb.ts';
import { FILTERS, parseFilter, requireFilter, selectFailures } from './select.ts';

export const abandonVerb = defineVerb({
  name: 'failures abandon',
  summary:
    'Gives failures up for good: nothing tries them again, until somebody replays them.\n' +
    'Without --status: those that are pending, or abandoned for a time only. Wants a filter, or --all.',
  flags: {
    ...FILTERS,
    all: { help: 'Every failure that is still to be tried.' },
    'dry-run': { help: 'Change nothing; say how many it would be.' },
  },
  async run({ context, account }, values) {
    const filter = parseFilter(values, context.now(), ['pending', 'abandoned']);
    requireFilter('failures abandon', values);
    const dryRun = values['dry-run'];
    const by = await account();
    let abandoned = 0;
    for await (const { id, failure } of selectFailures(context, filter)) {
      const at = context.now();
      if (givenUp(failure, at) === failure) continue;
      abandoned++;
      if (dryRun) continue;
      const { status, generation } = failure;
      await context.deadLetters.update(id, (now) => now && givenUp(now, at), {
        action: 'abandon',
        by,
        at,
        status,
        generation,
      });
    }
    return {
      text: table([[dryRun ? 'Would be abandoned' : 'Abandoned', abandoned]]),
      json: { abandoned, dryRun },
    };
  },
});
