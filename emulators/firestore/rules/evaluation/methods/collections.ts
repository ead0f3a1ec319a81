// Methods of lists, sets, maps and of the difference of two maps.
import type { RulesList, RulesMap, RulesValue } from '../value.ts';
import { identical, MapDiff, RuleError, RulesSet, sameInSet } from '../value.ts';
import type { Operations } from './operation.ts';
import { toText } from './strings.ts';

export const listMethods: Operations = {
  size: { parameters: [], run: (values: RulesList) => BigInt(values.length) },
  concat: { parameters: ['list'], run: (values: RulesList, others: RulesList) => [...values, ...others] },
  join: {
    parameters: ['string'],
    run: (values: RulesList, separator: string) => values.map(toText).join(separator),
  },
  toSet: { parameters: [], run: (values: RulesList) => new RulesSet(values) },
  removeAll: {
    parameters: ['list'],
    run: (values: RulesList, others: RulesList) => values.filter((value) => !isIn(value, others)),
  },
  hasAll: {
    parameters: ['list'],
    run: (values: RulesList, wanted: RulesList) => wanted.every((value) => isIn(value, values)),
  },
  hasAny: {
    parameters: ['list'],
    run: (values: RulesList, wanted: RulesList) => wanted.some((value) => isIn(value, values)),
  },
  hasOnly: {
    parameters: ['list'],
    run: (values: RulesList, allowed: RulesList) => values.every((value) => isIn(value, allowed)),
  },
};

export const setMethods: Operations = {
  size: { parameters: [], run: (values: RulesSet) => BigInt(values.elements.length) },
  union: {
    parameters: ['set'],
    run: (a: RulesSet, b: RulesSet) => new RulesSet([...a.elements, ...b.elements]),
  },
  intersection: {
    parameters: ['set'],
    run: (a: RulesSet, b: RulesSet) => new RulesSet(a.elements.filter((value) => b.has(value))),
  },
  difference: {
    parameters: ['set'],
    run: (a: RulesSet, b: RulesSet) => new RulesSet(a.elements.filter((value) => !b.has(value))),
  },
  hasAll: {
    parameters: ['list or set'],
    run: (values: RulesSet, wanted: RulesList | RulesSet) =>
      elementsOf(wanted).every((value) => values.has(value)),
  },
  hasAny: {
    parameters: ['list or set'],
    run: (values: RulesSet, wanted: RulesList | RulesSet) =>
      elementsOf(wanted).some((value) => values.has(value)),
  },
  hasOnly: {
    parameters: ['list or set'],
    run(values: RulesSet, allowed: RulesList | RulesSet) {
      const among = new RulesSet(elementsOf(allowed));
      return values.elements.every((value) => among.has(value));
    },
  },
};

export const mapMethods: Operations = {
  size: { parameters: [], run: (value: RulesMap) => BigInt(value.size) },
  // By name; the values are not.
  keys: { parameters: [], run: (value: RulesMap) => [...value.keys()].toSorted() },
  values: {
    parameters: [],
    run: (value: RulesMap) => [...value.values()],
  },
  get: { parameters: ['string or list', 'any'], run: getOr },
  diff: { parameters: ['map'], run: (after: RulesMap, before: RulesMap) => new MapDiff(after, before) },
};

export const mapDiffMethods: Operations = {
  addedKeys: {
    parameters: [],
    run: ({ after, before }: MapDiff) => keysWhere(after, (key) => !before.has(key)),
  },
  removedKeys: {
    parameters: [],
    run: ({ after, before }: MapDiff) => keysWhere(before, (key) => !after.has(key)),
  },
  changedKeys: {
    parameters: [],
    run: (diff: MapDiff) => keysWhere(diff.after, (key) => diff.before.has(key) && !isUnchanged(diff, key)),
  },
  unchangedKeys: {
    parameters: [],
    run: (diff: MapDiff) => keysWhere(diff.after, (key) => isUnchanged(diff, key)),
  },
  affectedKeys: {
    parameters: [],
    run(diff: MapDiff) {
      const { after, before } = diff;
      const changed = [...after.keys()].filter((key) => !isUnchanged(diff, key));
      return new RulesSet([...changed, ...[...before.keys()].filter((key) => !after.has(key))]);
    },
  },
};

function isIn(value: RulesValue, values: RulesList): boolean {
  return values.some((other) => identical(value, other));
}

function elementsOf(values: RulesList | RulesSet): RulesList {
  return values instanceof RulesSet ? values.elements : values;
}

/** `get('a', 0)`, or `get(['a', 'b'], 0)` for a field in a field. */
function getOr(value: RulesMap, key: string | RulesList, otherwise: RulesValue): RulesValue {
  let found: RulesValue | undefined = value;
  for (const name of typeof key === 'string' ? [key] : key) {
    if (typeof name !== 'string') throw new RuleError('get() takes names of fields');
    found = found instanceof Map ? (found as RulesMap).get(name) : undefined;
    if (found === undefined) return otherwise;
  }
  return found;
}

function keysWhere(value: RulesMap, isWanted: (key: string) => boolean): RulesSet {
  return new RulesSet([...value.keys()].filter(isWanted));
}

function isUnchanged({ after, before }: MapDiff, key: string): boolean {
  const [now, then] = [after.get(key), before.get(key)];
  return now !== undefined && then !== undefined && sameInSet(now, then);
}
