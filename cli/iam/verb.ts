// `pipeline iam`: writes docs/iam.md from the list of roles, or says whether it is as the list says; with --script it
// prints the commands that grant them.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readParamFiles } from '../../emulators/functions/env-files.ts';
import { UsageError } from '../args.ts';
import { defineLocalVerb } from '../pipeline/verb.ts';
import { renderDoc } from './render-doc.ts';
import { renderScript } from './script.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
export const DOC = path.join(ROOT, 'docs', 'iam.md');

/** The exports that describe a function: what a deploy would find. */
export async function functionNames(): Promise<readonly string[]> {
  const exported: object = await import('../../functions/index.ts');
  return Object.entries(exported)
    .filter(([, value]) => Object.hasOwn(value, '__endpoint')) // without asking for it: that loads the builders
    .map(([name]) => name);
}

export const iamVerb = defineLocalVerb({
  name: 'iam',
  summary:
    'Writes docs/iam.md: the service account of each function, and what it is granted.\n' +
    'With --check it writes nothing; exit code 1 when the file is not as it would be written.\n' +
    'With --script it prints the gcloud commands that make accounts, roles and grants.',
  flags: {
    check: { help: 'Only compare.' },
    script: { help: 'Print a shell script instead; needs --project.' },
    project: { value: 'ID', help: 'The project of the script; its params are read from functions/.env.' },
    predefined: { help: 'Google’s own roles in the script, where custom roles are not allowed.' },
  },
  async run({ check, script, project, predefined }) {
    const functions = await functionNames();
    if (script) {
      if (project === undefined) throw new UsageError('--script wants --project. See --help.');
      const text = renderScript({ ...(await paramsOf(project)), functions, predefined });
      return { text, json: { script: text } };
    }
    const text = renderDoc(functions);
    const stale = readFileSync(DOC, 'utf8') !== text;
    if (!check && stale) writeFileSync(DOC, text);
    const done = check ? 'is not as the list of roles says' : 'written';
    return {
      text: stale ? `docs/iam.md ${done}` : 'docs/iam.md is as the list of roles says.',
      json: { stale },
      exitCode: check && stale ? 1 : 0,
    };
  },
});

async function paramsOf(project: string) {
  const { parseConfig } = await import('../../functions/config.ts');
  const params = readParamFiles(path.join(ROOT, 'functions'), project);
  const { bigqueryProject, region, dataset, queue } = parseConfig({ ...params, GCLOUD_PROJECT: project });
  return { project, bigqueryProject, region, dataset, queue, secret: 'PSEUDONYMIZATION_SALT' };
}
