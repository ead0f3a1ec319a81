// Raw document in, typed document or the reason why not out. The reason names fields, never values.
import type { Pipeline } from '../pipelines/pipeline.ts';
import type { Source } from './source.ts';

export type Parsed<Doc> =
  { readonly ok: true; readonly document: Doc } | { readonly ok: false; readonly reason: string };

const MAX_ISSUES = 5;

export function parseDocument<Doc>(pipeline: Pipeline<Doc>, source: Source): Parsed<Doc> {
  const result = pipeline.schema.safeParse(source.data);
  if (result.success) return { ok: true, document: result.data };
  const { issues } = result.error;
  const shown = issues.slice(0, MAX_ISSUES).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const rest = issues.length > MAX_ISSUES ? [`and ${issues.length - MAX_ISSUES} more`] : [];
  return { ok: false, reason: `document invalid: ${[...shown, ...rest].join('; ')}` };
}
