// `pipeline provision`: dataset, tables and views as bigquery-schemas/ wants them. Missing columns are added; nothing
// is dropped.
import { provision } from '../provision.ts';
import { defineVerb } from './verb.ts';

export const provisionVerb = defineVerb({
  name: 'provision',
  summary: 'Makes the dataset, its tables and views, and adds missing columns. What is there stays.',
  flags: {
    retention: {
      help: 'Also keep rows and deleted rows no longer than bigquery-schemas/ says: what is older goes.',
    },
  },
  async run({ config, env }, { retention }) {
    const done: string[] = [];
    await provision({
      project: config.bigqueryProject,
      dataset: config.dataset,
      location: config.region,
      env,
      retention,
      log: (line) => void done.push(line),
    });
    return { text: done.join('\n'), json: { done } };
  },
});
