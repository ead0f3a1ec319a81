// Replaces the person's id by a keyed pseudonym. The only maker of `Pseudonymised`.
import { createHmac } from 'node:crypto';
import type { Pipeline, Pseudonymised } from '../pipelines/pipeline.ts';
import type { PseudonymKey } from './pseudonym-key.ts';
import { matchPath, type Source } from './source.ts';

/**
 * HMAC-SHA-256 of the id's UTF-8 bytes. Keyed, because a plain hash of a guessable id is undone by guessing.
 * Throws when the source is not of the pipeline's path: a bug, never data.
 */
export function pseudonymise<Doc>(
  pipeline: Pipeline<Doc>,
  source: Source,
  document: Doc,
  key: PseudonymKey,
): Pseudonymised<Doc> {
  const { [pipeline.subject]: subject, ...params } = matchPath(pipeline.document, source.path) ?? {};
  if (subject === undefined)
    throw new Error(`Cannot pseudonymise: path is not of pipeline "${pipeline.name}"`);
  const value = createHmac('sha256', key.bytes).update(subject, 'utf8').digest('hex');
  const unbranded = {
    document,
    subject: { value, keyVersion: key.version },
    params,
    version: source.version,
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand exists for the compiler alone
  return unbranded as Pseudonymised<Doc>;
}
