// Edits of JSON at a path: JSON_SET, JSON_REMOVE, JSON_ARRAY_INSERT and JSON_ARRAY_APPEND.
import { isItems, isPairs } from './typed-value.ts';
import type { Node } from './typed-value.ts';

export type Step = string | number;

/** `$.a[0]."b c"` as its steps. */
export function pathSteps(path: string): Step[] {
  if (!path.startsWith('$')) throw new Error(`Invalid token in JSONPath at: ${path}`);
  const steps: Step[] = [];
  const pattern = /\.(?:"([^"]*)"|([^.[\]"']+))|\[(\d+)\]|\['([^']*)'\]/y;
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

/** What stands at a path; undefined where nothing does. */
export function nodeAt(node: Node, [step, ...rest]: readonly Step[]): Node | undefined {
  if (step === undefined) return node;
  const inner =
    typeof step === 'number'
      ? isItems(node)
        ? node.items[step]
        : undefined
      : isPairs(node)
        ? node.pairs.find(([key]) => key === step)?.[1]
        : undefined;
  return inner === undefined ? undefined : nodeAt(inner, rest);
}

/**
 * The node with `change` applied to what stands at the path: it gets undefined where nothing stands, and
 * answers undefined to leave things as they are. What lacks on the way is made when `create` says so.
 */
export function changeAt(
  node: Node | undefined,
  [step, ...rest]: readonly Step[],
  create: boolean,
  change: (node: Node | undefined) => Node | undefined,
): Node | undefined {
  if (step === undefined) return change(node);
  if (node === undefined && !create) return undefined;
  const made = create && (node === undefined || node === null);
  if (typeof step === 'string') {
    const pairs = made ? [] : node !== undefined && isPairs(node) ? node.pairs : undefined;
    if (!pairs) return undefined;
    const old = pairs.find(([key]) => key === step)?.[1];
    const changed = changeAt(old, rest, create, change);
    if (changed === undefined) return undefined;
    return {
      pairs:
        old === undefined
          ? [...pairs, [step, changed]]
          : pairs.map(([key, inner]) => [key, key === step ? changed : inner]),
    };
  }
  const items = made ? [] : node !== undefined && isItems(node) ? node.items : undefined;
  if (!items) return undefined;
  const changed = changeAt(items[step], rest, create, change);
  if (changed === undefined) return undefined;
  const longer = [...items, ...Array<Node>(Math.max(0, step - items.length)).fill(null)];
  longer[step] = changed;
  return { items: longer };
}

export function jsonSet(node: Node, path: string, value: Node, create = true): Node {
  const set = (old: Node | undefined) => (old === undefined && !create ? undefined : value);
  return changeAt(node, pathSteps(path), create, set) ?? node;
}

export function jsonRemove(node: Node, path: string): Node {
  const steps = pathSteps(path);
  const last = steps.at(-1);
  if (last === undefined) throw new Error("The JSONPath cannot be '$'");
  const removed = changeAt(node, steps.slice(0, -1), false, (holder) => {
    if (holder === undefined) return undefined;
    if (isPairs(holder)) return { pairs: holder.pairs.filter(([key]) => key !== last) };
    return isItems(holder) ? { items: holder.items.filter((_, i) => i !== last) } : undefined;
  });
  return removed ?? node;
}

/** `values` are what is inserted, one after the other. */
export function jsonArrayInsert(node: Node, path: string, values: readonly Node[]): Node {
  const steps = pathSteps(path);
  const last = steps.at(-1);
  if (typeof last !== 'number') throw new Error('Path must end with an array subscript');
  const inserted = changeAt(node, steps.slice(0, -1), false, (holder) => {
    if (holder !== null && (holder === undefined || !isItems(holder))) return undefined;
    const items = holder === null ? [] : holder.items;
    const longer = [...items, ...Array<Node>(Math.max(0, last - items.length)).fill(null)];
    return { items: longer.toSpliced(last, 0, ...values) };
  });
  return inserted ?? node;
}

export function jsonArrayAppend(node: Node, path: string, values: readonly Node[]): Node {
  const appended = changeAt(node, pathSteps(path), false, (target) => {
    if (target === null) return { items: values };
    return target !== undefined && isItems(target) ? { items: [...target.items, ...values] } : undefined;
  });
  return appended ?? node;
}

/** Without nulls, in objects and also in arrays; with `empty` without what is empty then. */
export function jsonStripNulls(node: Node, arrays: boolean, empty: boolean): Node | undefined {
  const inside = (inner: Node) => jsonStripNulls(inner, arrays, empty) ?? null;
  if (isItems(node)) {
    const items = node.items.map(inside).filter((item) => !arrays || item !== null);
    return empty && items.length === 0 ? null : { items };
  }
  if (!isPairs(node)) return node;
  const pairs = node.pairs
    .map(([key, inner]) => [key, inside(inner)] as const)
    .filter(([, inner]) => inner !== null);
  return empty && pairs.length === 0 ? null : { pairs };
}

/** The paths of all keys, as JSON_KEYS gives them; arrays are entered by `lax` only. */
export function jsonKeys(node: Node, depth: number, mode: string): string[] {
  const found = new Set<string>();
  const walk = (inner: Node, prefix: string, level: number, inArray: boolean): void => {
    if (isItems(inner)) {
      if (mode === 'strict' || (mode === 'lax' && inArray)) return;
      for (const item of inner.items) walk(item, prefix, level, true);
      return;
    }
    if (!isPairs(inner) || level >= depth) return;
    for (const [key, value] of inner.pairs) {
      const path = `${prefix}${/^\w+$/.test(key) ? key : JSON.stringify(key)}`;
      found.add(path);
      walk(value, `${path}.`, level + 1, false);
    }
  };
  walk(node, '', 0, false);
  return [...found].toSorted();
}
