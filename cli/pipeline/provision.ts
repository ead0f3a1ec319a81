// `pipeline provision`: dataset, tables and views as bigquery-schemas/ wants them. Missing columns are added; nothing
// is dropped.
import { provision } from '../provision.ts';
import { defineVerb } from './verb.ts';

export const provisionVerb = defineVerb({
  name: 'provision',
  summary: 'Makes the dataset, its tables and views, and adds missing columns. What is there stays.',
  flags: {},
  async run({ config, env }) {
    const done: string[] = [];
    await provision({
      project: config.bigqueryProject,
      dataset: config.dataset,
      location: config.region,
      env,
      log: (line) => void done.push(line),
    });
    return { text: done.join('\n'), json: { done } };
  },
});
