// A declaration made into a pipeline. What the compiler cannot see is checked when the module is loaded: a pipeline
// that contradicts itself never starts.
import { KEY_VERSION_COLUMN, VERSION_COLUMN, type Pipeline } from './pipeline.ts';
import type { Dropped, Policy, PolicyTree } from './policy.ts';
import { createReader } from './read-document.ts';

type ParamOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamOf<Rest>
  : never;

/** Every parameter of the path has a policy. */
export interface Declaration<Path extends string> extends Omit<Pipeline, 'read'> {
  readonly document: Path;
  readonly subject: ParamOf<Path>;
  readonly params: { readonly [Name in ParamOf<Path>]: Policy<string> | Dropped };
}

export function definePipeline<const Path extends string>(declaration: Declaration<Path>): Pipeline {
  const { name, subject, params, fields, key, time, reidentification } = declaration;
  const refuse = (problem: string) => new Error(`Cannot define pipeline "${name}": ${problem}`);
  const columns = [...columnsIn(params), ...columnsIn(fields)];
  const twice = columns.find((column, i) => columns.indexOf(column) !== i);
  if (twice !== undefined) throw refuse(`two fields have the column "${twice}"`);
  const { quasiIdentifiers, sensitive, published } = reidentification;
  const used = [
    ...key,
    time.column,
    sensitive,
    ...published,
    ...quasiIdentifiers.map(({ column }) => column),
  ];
  const missing = used.find((column) => !columns.includes(column));
  if (missing !== undefined) throw refuse(`no field has the column "${missing}"`);
  const { action } = params[subject];
  if (action !== 'pseudonymise' && action !== 'drop') throw refuse(`its subject would be told to BigQuery`);
  const row = [...columns, VERSION_COLUMN, KEY_VERSION_COLUMN];
  return { ...declaration, read: createReader(fields, row) };
}

function columnsIn(tree: PolicyTree): readonly string[] {
  return Object.values(tree).flatMap((policy) => {
    if (policy.action === 'map') return columnsIn(policy.fields);
    return policy.action === 'drop' ? [] : [policy.column];
  });
}
