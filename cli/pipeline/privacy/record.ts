// `pipeline privacy record`: writes the record of processing of every pipeline, and the view that it publishes, from
// the policies in the code; or says whether what is there is still that.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Pipeline } from '../../../functions/pipelines/pipeline.ts';
import { defineLocalVerb } from '../verb.ts';
import { publishedView } from './published-view.ts';
import { renderRecord } from './render-record.ts';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');

/** Files that are made from the policies, by their path from the root. */
export function filesOf(pipeline: Pipeline): Readonly<Record<string, string>> {
  const { name, table, reidentification } = pipeline;
  return {
    [`docs/privacy/${name}.md`]: renderRecord(pipeline),
    ...(reidentification && {
      [`bigquery-schemas/views/${table}_published.sql`]: publishedView(pipeline, reidentification),
    }),
  };
}

export const privacyRecordVerb = defineLocalVerb({
  name: 'privacy record',
  summary:
    'Writes docs/privacy/<pipeline>.md and the published views from the policies of the pipelines.\n' +
    'With --check it writes nothing; exit code 1 when a file is not as it would be written.',
  flags: { check: { help: 'Only compare.' } },
  async run({ check }) {
    const { pipelines } = await import('../../../functions/index.ts');
    const files = [...pipelines.values()].flatMap((pipeline) => Object.entries(filesOf(pipeline)));
    const stale = files.filter(([file, text]) => read(file) !== text).map(([file]) => file);
    if (!check) for (const [file, text] of files) write(file, text);
    const done = check ? 'is not as the policies say' : 'written';
    return {
      text:
        stale.length === 0 ? 'All as the policies say.' : stale.map((file) => `${file} ${done}`).join('\n'),
      json: { checked: files.map(([file]) => file), stale },
      exitCode: check && stale.length > 0 ? 1 : 0,
    };
  },
});

function read(file: string): string | undefined {
  const whole = path.join(ROOT, file);
  return existsSync(whole) ? readFileSync(whole, 'utf8') : undefined;
}

function write(file: string, text: string): void {
  const whole = path.join(ROOT, file);
  mkdirSync(path.dirname(whole), { recursive: true });
  writeFileSync(whole, text);
}
