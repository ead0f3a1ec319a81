// What has to be done to a stored table when its schema is replaced. Additions and relaxations are
// possible; everything else is refused in the service's words.
import { invalid } from './errors.ts';
import { columnDefinition, quoteIdentifier } from './schema.ts';
import type { Field } from './schema.ts';

/** The actions of ALTER TABLE, in order; `tableName` is for messages. */
export function schemaChanges(
  tableName: string,
  before: readonly Field[],
  after: readonly Field[],
): string[] {
  return changes(tableName, before, after, [], '');
}

function changes(
  tableName: string,
  before: readonly Field[],
  after: readonly Field[],
  path: readonly string[],
  shown: string,
): string[] {
  const refuse = (message: string) =>
    invalid(`Provided Schema does not match Table ${tableName}. ${message}`);
  const actions: string[] = [];
  for (const old of before) {
    const field = after.find(({ name }) => name.toLowerCase() === old.name.toLowerCase());
    const name = shown + old.name;
    if (!field) throw refuse(`Field ${name} is missing in new schema`);
    if (field.type !== old.type)
      throw refuse(`Field ${name} has changed type from ${old.type} to ${field.type}`);
    const [oldMode, mode] = [old.mode ?? 'NULLABLE', field.mode ?? 'NULLABLE'];
    if (oldMode !== mode) {
      if (oldMode !== 'REQUIRED' || mode !== 'NULLABLE')
        throw refuse(`Field ${name} has changed mode from ${oldMode} to ${mode}`);
      if (path.length === 0) actions.push(`ALTER COLUMN ${quoteIdentifier(old.name)} DROP NOT NULL`);
    }
    if (old.type === 'RECORD') {
      const inner = [...path, old.name, ...(mode === 'REPEATED' ? ['element'] : [])];
      actions.push(...changes(tableName, old.fields ?? [], field.fields ?? [], inner, `${name}.`));
    }
  }
  for (const field of after) {
    if (before.some(({ name }) => name.toLowerCase() === field.name.toLowerCase())) continue;
    if (field.mode === 'REQUIRED')
      throw refuse(`Cannot add required fields to an existing schema. (field: ${shown}${field.name})`);
    const parents = path.map((name) => `${quoteIdentifier(name)}.`).join('');
    actions.push(`ADD COLUMN ${parents}${columnDefinition(field)}`);
  }
  return actions;
}

/** The schema as it is kept: old columns stay where they are, new ones go to the end. */
export function mergedFields(before: readonly Field[], after: readonly Field[]): Field[] {
  const same = (a: Field, b: Field) => a.name.toLowerCase() === b.name.toLowerCase();
  const kept = before.map((old) => {
    const field = after.find((candidate) => same(candidate, old)) ?? old;
    return old.type === 'RECORD'
      ? { ...field, fields: mergedFields(old.fields ?? [], field.fields ?? []) }
      : field;
  });
  return [...kept, ...after.filter((field) => !before.some((old) => same(old, field)))];
}
