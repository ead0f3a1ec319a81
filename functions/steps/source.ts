// A completed document as the handlers pass it on, and what its path says.
import type { DocumentData, DocumentVersion, Pipeline } from '../pipelines/pipeline.ts';

export interface Source {
  /** `users/u1/sessions/s1`: holds the person's id, stays in Firestore and in this process. */
  readonly path: string;
  readonly data: DocumentData;
  readonly version: DocumentVersion;
}

/** The values of the pattern's `{parameters}`, or undefined when the path is not of that pattern. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const found = path.split('/');
  if (wanted.length !== found.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const segment = found[i] ?? '';
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name !== undefined && segment !== '') params[name] = segment;
    else if (part !== segment) return undefined;
  }
  return params;
}

/** The person's id; empty for a path that is not of the pipeline. */
export function subjectOf(pipeline: Pipeline, path: string): string {
  return matchPath(pipeline.document, path)?.[pipeline.subject] ?? '';
}

export function isCompleted(pipeline: Pipeline, field: (name: string) => unknown): boolean {
  return field(pipeline.completion.field) === pipeline.completion.equals;
}
