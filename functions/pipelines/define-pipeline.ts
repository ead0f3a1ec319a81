// A declaration made into a pipeline. What the compiler cannot see is checked when the module is loaded: a pipeline
// that contradicts itself never starts.
import { isoTime } from './kinds.ts';
import {
  DELETED_COLUMN,
  erasesDeleted,
  KEY_VERSION_COLUMN,
  tellsOfDeletions,
  VERSION_COLUMN,
  type Pipeline,
} from './pipeline.ts';
import type { Dropped, Policy, PolicyTree } from './policy.ts';
import { createReader } from './read-document.ts';

type ParamOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamOf<Rest>
  : never;

/** Every parameter of the path has a policy. */
export interface Declaration<Path extends string> extends Omit<Pipeline, 'read' | 'time'> {
  readonly document: Path;
  readonly subject: ParamOf<Path> | null;
  readonly params: { readonly [Name in ParamOf<Path>]: Policy<string> | Dropped };
  readonly time: Omit<Pipeline['time'], 'isText'>;
}

export function definePipeline<const Path extends string>(declaration: Declaration<Path>): Pipeline {
  const { name, fields, key, time, reidentification } = declaration;
  const params: Pipeline['params'] = declaration.params;
  const refuse = (problem: string) => new Error(`Cannot define pipeline "${name}": ${problem}`);
  for (const level of levelsIn({ ...params, ...fields })) {
    const twice = level.find((column, i) => level.indexOf(column) !== i);
    if (twice !== undefined) throw refuse(`two fields have the column "${twice}"`);
  }
  const columns = [...columnsIn(params), ...columnsIn(fields)];
  const used = [
    ...key,
    time.column,
    ...(reidentification ? [reidentification.sensitive, ...reidentification.published] : []),
    ...(reidentification?.quasiIdentifiers ?? []).map(({ column }) => column),
  ];
  const missing = used.find((column) => !columns.includes(column));
  if (missing !== undefined) throw refuse(`no field has the column "${missing}"`);
  const problem = problemOfSubject(declaration) ?? problemOfDeletion(declaration);
  if (problem !== undefined) throw refuse(problem);

  const ours = [
    ...(tellsOfDeletions(declaration) ? [DELETED_COLUMN] : []),
    VERSION_COLUMN,
    KEY_VERSION_COLUMN,
  ];
  const timePolicy = fields[time.field];
  const isText = timePolicy !== undefined && 'kind' in timePolicy && timePolicy.kind.name === isoTime.name;
  return { ...declaration, time: { ...time, isText }, read: createReader(fields, [...columns, ...ours]) };
}

/** A person is told to BigQuery only by who says why. */
function problemOfSubject({
  params,
  subject,
  subjectIsPublic,
  reidentification,
}: Pick<Pipeline, 'params' | 'subject' | 'subjectIsPublic' | 'reidentification'>): string | undefined {
  if ((subject === null) !== (reidentification === null)) {
    return 'it has a subject and no re-identification, or the other way round';
  }
  const action = subject === null ? undefined : params[subject]?.action;
  const isTold = action === 'keep' || action === 'generalise';
  if (isTold && subjectIsPublic === undefined) return 'its subject would be told to BigQuery';
  if (action === 'generalise') return 'its subject is generalised: nobody could find the rows of a person';
  if (!isTold && subjectIsPublic !== undefined) return 'its subject is called public, and is not kept';
  return undefined;
}

function problemOfDeletion({
  when,
  params,
  key,
}: Pick<Pipeline, 'when' | 'params' | 'key'>): string | undefined {
  if (!tellsOfDeletions({ when })) return undefined;
  const inPath = columnsIn(params);
  // Of a document that is gone, the path is all that is known.
  if (key.some((column) => !inPath.includes(column)))
    return 'a deleted document has the key of its path alone';
  if (erasesDeleted({ when }) && inPath.length !== 1) {
    return 'rows are deleted by one parameter of the path, and it has several';
  }
  return undefined;
}

function columnsIn(tree: PolicyTree): readonly string[] {
  return Object.values(tree).flatMap((policy) => {
    if (policy.action === 'map') return columnsIn(policy.fields);
    return policy.action === 'drop' ? [] : [policy.column];
  });
}

/** The columns of the row, and those of each record in it. */
function levelsIn(tree: PolicyTree): readonly (readonly string[])[] {
  return [columnsIn(tree), ...recordsIn(tree).flatMap(levelsIn)];
}

function recordsIn(tree: PolicyTree): readonly PolicyTree[] {
  return Object.values(tree).flatMap((policy) => {
    if (policy.action === 'map') return recordsIn(policy.fields);
    return policy.action === 'record' || policy.action === 'records' ? [policy.fields] : [];
  });
}
