// JSON_SET, JSON_REMOVE, JSON_ARRAY_INSERT and JSON_ARRAY_APPEND: JSON text and a path in, JSON text out.
// The new value comes as JSON text too.
import type { ScalarFunction } from './index.ts';

type Step = string | number;
type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

/** `$.a[0]."b c"` as its steps. */
export function pathSteps(path: string): Step[] {
  if (!path.startsWith('$')) throw new Error(`Invalid token in JSONPath at: ${path}`);
  const steps: Step[] = [];
  const pattern = /\.(?:"([^"]*)"|([^.[\]"]+))|\[(\d+)\]|\['([^']*)'\]/y;
  let at = 1;
  while (at < path.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(path);
    if (!match) throw new Error(`Invalid token in JSONPath at: ${path.slice(at)}`);
    steps.push(match[3] === undefined ? (match[1] ?? match[2] ?? match[4])! : Number(match[3]));
    at = pattern.lastIndex;
  }
  return steps;
}

const isMap = (value: Value | undefined): value is { [key: string]: Value } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Applies `change` to what holds the last step; a path that leads nowhere changes nothing. */
function edit(
  json: string,
  path: string,
  create: boolean,
  change: (holder: Value, last: Step) => void,
): string {
  const root = { root: JSON.parse(json) as Value };
  const steps: Step[] = ['root', ...pathSteps(path)];
  let holder: Value = root;
  for (const [i, step] of steps.slice(0, -1).entries()) {
    let next: Value | undefined;
    if (isMap(holder) && typeof step === 'string') next = holder[step];
    else if (Array.isArray(holder) && typeof step === 'number') next = holder[step];
    if ((next === undefined || next === null) && create) {
      next = typeof steps[i + 1] === 'number' ? [] : {};
      if (isMap(holder) && typeof step === 'string') holder[step] = next;
      else if (Array.isArray(holder) && typeof step === 'number') holder[step] = next;
    }
    if (next === undefined || next === null) return json;
    holder = next;
  }
  change(holder, steps.at(-1)!);
  return JSON.stringify(root.root);
}

export function jsonSet(json: string, path: string, value: string): string {
  return edit(json, path, true, (holder, last) => {
    if (isMap(holder) && typeof last === 'string') holder[last] = JSON.parse(value) as Value;
    if (!Array.isArray(holder) || typeof last !== 'number') return;
    while (holder.length < last) holder.push(null);
    holder[last] = JSON.parse(value) as Value;
  });
}

export function jsonRemove(json: string, path: string): string {
  return edit(json, path, false, (holder, last) => {
    if (isMap(holder) && typeof last === 'string') delete holder[last];
    if (Array.isArray(holder) && typeof last === 'number') holder.splice(last, 1);
  });
}

export function jsonArrayInsert(json: string, path: string, value: string): string {
  return edit(json, path, false, (holder, last) => {
    if (!Array.isArray(holder) || typeof last !== 'number') return;
    while (holder.length < last) holder.push(null);
    const parsed = JSON.parse(value) as Value;
    holder.splice(last, 0, ...(Array.isArray(parsed) ? parsed : [parsed]));
  });
}

export function jsonArrayAppend(json: string, path: string, value: string): string {
  return edit(json, path, false, (holder, last) => {
    const target = isMap(holder)
      ? holder[String(last)]
      : Array.isArray(holder)
        ? holder[Number(last)]
        : undefined;
    const parsed = JSON.parse(value) as Value;
    if (Array.isArray(target)) target.push(...(Array.isArray(parsed) ? parsed : [parsed]));
  });
}

const three = (name: string, run: (json: string, path: string, value: string) => string): ScalarFunction => ({
  name,
  parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR'],
  returns: 'VARCHAR',
  run,
});

export const JSON_EDIT: readonly ScalarFunction[] = [
  three('bq_js_json_set', jsonSet),
  three('bq_js_json_array_insert', jsonArrayInsert),
  three('bq_js_json_array_append', jsonArrayAppend),
  { name: 'bq_js_json_remove', parameters: ['VARCHAR', 'VARCHAR'], returns: 'VARCHAR', run: jsonRemove },
];
