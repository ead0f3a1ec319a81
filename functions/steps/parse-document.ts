// Raw document in; out what its pipeline's policies leave of it, or the reason why not. The reason names fields, never
// values.
import type { Pipeline, PolicedDocument } from '../pipelines/pipeline.ts';
import { reason, vouched, type Reason } from '../pipelines/reason.ts';
import type { Source } from './source.ts';

export type Parsed =
  { readonly ok: true; readonly document: PolicedDocument } | { readonly ok: false; readonly reason: Reason };

const MAX_PROBLEMS = 5;

export function parseDocument(pipeline: Pipeline, source: Source): Parsed {
  const reading = pipeline.read(source.data);
  if (reading.ok) return { ok: true, document: reading };
  const { problems } = reading;
  const shown = problems.slice(0, MAX_PROBLEMS);
  const rest = problems.length > MAX_PROBLEMS ? [reason`and ${problems.length - MAX_PROBLEMS} more`] : [];
  return { ok: false, reason: reason`document invalid: ${vouched([...shown, ...rest].join('; '))}` };
}
