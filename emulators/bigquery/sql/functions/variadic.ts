// Functions that take any number of arguments of any types, some by name. Each gets the types of its
// arguments, their values as JSON, and the names of those that were named, and answers text or NULL.
import { formatText } from './format.ts';
import type { ScalarFunction } from './index.ts';
import {
  jsonArrayAppend,
  jsonArrayInsert,
  jsonKeys,
  jsonRemove,
  jsonSet,
  jsonStripNulls,
  nodeAt,
  pathSteps,
} from './json-edit.ts';
import { blobBytes, printed, toJson } from './render.ts';
import { casefold } from './strings.ts';
import { canonical, isItems, isPairs, jsonNumber, nodeText, parseNode, typedValue } from './typed-value.ts';
import type { Node, TypedValue } from './typed-value.ts';

interface Arguments {
  readonly positional: readonly TypedValue[];
  readonly named: ReadonlyMap<string, Node>;
}

type Run = (args: Arguments) => string | null;

const textOf = ({ value }: TypedValue): string => (typeof value === 'string' ? value : '');
const isNull = ({ absent }: TypedValue) => absent === true;

/** A value as it stands in JSON. */
const nodeOf = (value: TypedValue): Node =>
  value.type.kind === 'scalar' && value.type.name === 'JSON'
    ? value.value
    : parseNode(toJson(value, { stringify: false }));

/** What a path names is changed, pair after pair of arguments. */
function edit(change: (node: Node, path: string, value: TypedValue, args: Arguments) => Node): Run {
  return (args) => {
    const [json, ...rest] = args.positional;
    if (!json || isNull(json)) return null;
    let node = json.value;
    for (let i = 0; i < rest.length; i += 2) {
      if (isNull(rest[i]!)) return null;
      node = change(node, textOf(rest[i]!), rest[i + 1]!, args);
    }
    return canonical(node);
  };
}

/** The elements of a SQL array one by one, anything else as it is. */
function elements(value: TypedValue, each: boolean): readonly Node[] {
  const node = nodeOf(value);
  if (value.type.kind === 'array' && each) return node !== null && isItems(node) ? node.items : [];
  return [node];
}

function jsonObject({ positional }: Arguments): string {
  const [keys, values] = positional;
  if (positional.length === 2 && keys!.type.kind === 'array') {
    const [names, nodes] = [keys!, values!].map((list) => {
      const node = nodeOf(list);
      return node !== null && isItems(node) ? node.items : [];
    }) as [readonly Node[], readonly Node[]];
    if (names.length !== nodes.length)
      throw new Error('The number of keys and values must match in JSON_OBJECT');
    return canonical({ pairs: names.map((name, i) => [nodeText(name), nodes[i]!]) });
  }
  const pairs: [string, Node][] = [];
  for (let i = 0; i < positional.length; i += 2) {
    if (isNull(positional[i]!)) throw new Error('A key cannot be NULL in JSON_OBJECT');
    pairs.push([textOf(positional[i]!), nodeOf(positional[i + 1]!)]);
  }
  return canonical({ pairs });
}

/** Every text in a value, NULL for what has none. */
function* texts({ type, value }: TypedValue, scope: string): Generator<string | null> {
  if (value === null) yield null;
  else if (type.kind === 'array')
    for (const item of isItems(value) ? value.items : [])
      yield* texts({ type: type.element, value: item }, scope);
  else if (type.kind === 'struct')
    for (const [i, field] of type.fields.entries())
      yield* texts({ type: field.type, value: isPairs(value) ? (value.pairs[i]?.[1] ?? null) : null }, scope);
  else if (type.name === 'JSON') yield* jsonTexts(value, scope);
  else
    yield type.name === 'BLOB'
      ? blobBytes(nodeText(value)).toString('utf8')
      : printed({ type, value }, false);
}

function* jsonTexts(node: Node, scope: string): Generator<string> {
  if (isItems(node)) for (const item of node.items) yield* jsonTexts(item, scope);
  else if (isPairs(node))
    for (const [key, inner] of node.pairs) {
      if (scope !== 'JSON_VALUES') yield key;
      yield* jsonTexts(inner, scope);
    }
  else if (scope !== 'JSON_KEYS' && node !== null) yield typeof node === 'string' ? node : canonical(node);
}

function containsSubstr({ positional, named }: Arguments): string | null {
  const [searched, part] = positional as [TypedValue, TypedValue];
  if (isNull(part)) return null;
  const wanted = casefold(textOf(part), 'NFKC');
  let unknown = false;
  for (const text of texts(searched, nodeText(named.get('json_scope') ?? 'JSON_VALUES'))) {
    if (text === null) unknown = true;
    else if (casefold(text, 'NFKC').includes(wanted)) return 'true';
  }
  return unknown ? null : 'false';
}

/** Refuses numbers that JSON would not hold exactly, unless they are to be rounded. */
function checkNumbers(node: Node, round: boolean): void {
  if (isItems(node)) for (const item of node.items) checkNumbers(item, round);
  else if (node !== null && isPairs(node)) for (const [, inner] of node.pairs) checkNumbers(inner, round);
  else if (typeof node === 'object' && node !== null && !round) {
    const digits = (text: string) => text.replace(/^-|[eE].*$|\./g, '').replace(/^0+|0+$/g, '');
    if (digits(jsonNumber(node.number)).length < digits(node.number).length)
      throw new Error(`Input number: ${node.number} cannot round-trip through string representation`);
  }
}

function parseJson({ positional, named }: Arguments): string | null {
  const [text] = positional;
  if (!text || isNull(text)) return null;
  const node = parseNode(textOf(text));
  checkNumbers(node, named.get('wide_number_mode') === 'round');
  return canonical(node);
}

const flat = (node: Node): readonly Node[] => (isItems(node) ? node.items.flatMap(flat) : [node]);

const FUNCTIONS: Readonly<Record<string, Run>> = {
  format: ({ positional: [format, ...rest] }) =>
    !format || isNull(format) ? null : formatText(textOf(format), rest),
  to_json: ({ positional: [value], named }) =>
    canonical(parseNode(toJson(value!, { stringify: named.get('stringify_wide_numbers') === true }))),
  to_json_string: ({ positional: [value, pretty] }) =>
    toJson(value!, { stringify: true, pretty: pretty?.value === true }),
  parse_json: parseJson,
  json_array: ({ positional }) => canonical({ items: positional.map(nodeOf) }),
  json_object: jsonObject,
  json_set: edit((node, path, value, { named }) =>
    jsonSet(node, path, nodeOf(value), named.get('create_if_missing') !== false),
  ),
  json_array_insert: edit((node, path, value, { named }) =>
    jsonArrayInsert(node, path, elements(value, named.get('insert_each_element') !== false)),
  ),
  json_array_append: edit((node, path, value, { named }) =>
    jsonArrayAppend(node, path, elements(value, named.get('append_each_element') !== false)),
  ),
  json_remove: ({ positional: [json, ...paths] }) =>
    !json || isNull(json) || paths.some(isNull)
      ? null
      : canonical(paths.reduce((node, path) => jsonRemove(node, textOf(path)), json.value)),
  json_strip_nulls({ positional: [json, path], named }) {
    if (!json || isNull(json)) return null;
    const steps = path ? pathSteps(textOf(path)) : [];
    const target = nodeAt(json.value, steps);
    if (target === undefined) return canonical(json.value);
    const stripped = jsonStripNulls(
      target,
      named.get('include_arrays') !== false,
      named.get('remove_empty') === true,
    );
    return canonical(jsonSet(json.value, path ? textOf(path) : '$', stripped ?? null));
  },
  json_keys({ positional: [json, depth], named }) {
    if (!json || isNull(json)) return null;
    const deepest = depth && !isNull(depth) ? Number(printed(depth, false)) : Infinity;
    return JSON.stringify(jsonKeys(json.value, deepest, nodeText(named.get('mode') ?? 'strict')));
  },
  json_flatten: ({ positional: [json] }) =>
    !json || isNull(json) ? null : canonical({ items: flat(json.value) }),
  contains_substr: containsSubstr,
};

/** What the text of each function is cast to. */
export const VARIADIC_TYPES: Readonly<Record<string, string>> = {
  format: 'VARCHAR',
  to_json: 'JSON',
  to_json_string: 'VARCHAR',
  parse_json: 'JSON',
  json_array: 'JSON',
  json_object: 'JSON',
  json_set: 'JSON',
  json_array_insert: 'JSON',
  json_array_append: 'JSON',
  json_remove: 'JSON',
  json_strip_nulls: 'JSON',
  json_keys: 'VARCHAR[]',
  json_flatten: 'JSON[]',
  contains_substr: 'BOOLEAN',
};

export const VARIADIC: readonly ScalarFunction[] = Object.entries(FUNCTIONS).map(([name, run]) => ({
  name: `bq_js_${name}`,
  parameters: ['VARCHAR[]', 'VARCHAR[]', 'VARCHAR[]'],
  returns: 'VARCHAR',
  run(types: readonly string[], values: readonly (string | null)[], names: readonly string[]) {
    const positional: TypedValue[] = [];
    const named = new Map<string, Node>();
    for (const [i, type] of types.entries()) {
      const value = typedValue(type, values[i] ?? null);
      if (names[i]) named.set(names[i].toLowerCase(), value.value);
      else positional.push(value);
    }
    return run({ positional, named });
  },
}));
