// A cell of a REST answer as the JSON that insertAll takes: records by name, lists as lists.
import { recordOf } from '../request.ts';
import type { Field } from '../schema.ts';

export function plainValue(value: unknown, field: Field): unknown {
  if (field.mode !== 'REPEATED') return single(value, field);
  return (Array.isArray(value) ? value : []).map((item: unknown) => single(recordOf(item)['v'], field));
}

function single(value: unknown, field: Field): unknown {
  if (field.type !== 'RECORD' || value === null) return value;
  const cells = recordOf(value)['f'];
  return Object.fromEntries(
    (field.fields ?? []).map((inner, i) => [
      inner.name,
      plainValue(recordOf(Array.isArray(cells) ? cells[i] : undefined)['v'], inner),
    ]),
  );
}
