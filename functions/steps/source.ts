// A version of a document as the handlers pass it on, and what its path says.
import {
  erasesDeleted,
  type DocumentData,
  type DocumentVersion,
  type Pipeline,
} from '../pipelines/pipeline.ts';

export interface Source {
  /** `users/u1/sessions/s1`: holds the person's id, stays in Firestore and in this process. */
  readonly path: string;
  /** Undefined when the document is gone: its version is that of the deletion. */
  readonly data: DocumentData | undefined;
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

/** The path of the document of that key; undefined where a parameter does not stand in the row as it is. */
export function pathOfKey(
  { document, params, key: columns }: Pipeline,
  key: readonly string[],
): string | undefined {
  const parts = document.split('/').map((part) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined) return part;
    const policy = params[name];
    return policy?.action === 'keep' ? key[columns.indexOf(policy.column)] : undefined;
  });
  return parts.includes(undefined) ? undefined : parts.join('/');
}

/** What an erasure may be of, that takes a document's rows with it: its person, or the document itself. */
export interface Owner {
  /** The path parameter that names the person, or the pattern of the document's path. */
  readonly subject: string;
  readonly id: string;
}

/** None for a path that is not of the pipeline. */
export function ownersOf(pipeline: Pipeline, path: string): readonly Owner[] {
  const values = matchPath(pipeline.document, path) ?? {};
  return subjectsOf(pipeline).flatMap((subject) => {
    const id = values[paramOf(pipeline, subject) ?? ''];
    return id === undefined ? [] : [{ subject, id }];
  });
}

/** Those of all owners of its documents. */
export function subjectsOf(pipeline: Pipeline): readonly string[] {
  const { subject, document } = pipeline;
  return [...(subject === null ? [] : [subject]), ...(erasesDeleted(pipeline) ? [document] : [])];
}

/** The id by which an erasure finds what is recorded of a document: the person's, or its own; empty when there is none. */
export function subjectOf(pipeline: Pipeline, path: string): string {
  return ownersOf(pipeline, path)[0]?.id ?? '';
}

/** The path parameter by which the rows of an erasure's subject are found; undefined when it has none here. */
export function paramOf({ document, subject: person, when }: Pipeline, subject: string): string | undefined {
  if (subject === person) return subject;
  // It has one alone: definePipeline sees to that.
  return subject === document && erasesDeleted({ when }) ? /\{(\w+)\}/.exec(document)?.[1] : undefined;
}

/** Whether a document in that state is to be in BigQuery. */
export function isToSync({ when }: Pipeline, field: (name: string) => unknown): boolean {
  return !('completed' in when) || field(when.completed.field) === when.completed.equals;
}
