// Which allow statements speak of a path, and what their wildcards stand for.
import { Scope } from './evaluate.ts';
import type { Allow, Match, Method, Ruleset, Segment } from './syntax.ts';
import { METHODS } from './syntax.ts';
import type { RulesValue } from './value.ts';
import { Path, Unknown } from './value.ts';

/** One segment that a query leaves open. */
export const ANY_ONE: unique symbol = Symbol('one segment');
/** Any number of segments that a query leaves open. */
export const ANY_MANY: unique symbol = Symbol('segments');

/** A path, or all paths that a query may come to. */
export type Target = readonly (string | typeof ANY_ONE | typeof ANY_MANY)[];

export interface Applicable {
  readonly allow: Allow;
  readonly scope: Scope;
}

/** The statements that cover all paths of the target. */
export function* applicable(ruleset: Ruleset, method: Method, target: Target): Generator<Applicable> {
  const file = new Scope(undefined, new Map(), ruleset.functions);
  const service = new Scope(file, new Map(), ruleset.service.functions);
  for (const match of ruleset.service.matches) yield* inMatch(match, service, method, target);
}

function* inMatch(match: Match, outer: Scope, method: Method, target: Target): Generator<Applicable> {
  for (const { bindings, rest } of bind(match.pattern, target)) {
    const variables = new Map([...bindings].map(([name, value]) => [name, { value }]));
    const scope = new Scope(outer, variables, match.functions);
    if (rest.length === 0) {
      for (const allow of match.allows) {
        if (allow.methods.some((name) => METHODS[name]!.includes(method))) yield { allow, scope };
      }
    }
    for (const inner of match.matches) yield* inMatch(inner, scope, method, rest);
  }
}

interface Bound {
  readonly bindings: ReadonlyMap<string, RulesValue>;
  readonly rest: Target;
}

function* bind(pattern: readonly Segment[], target: Target): Generator<Bound> {
  const [segment, ...others] = pattern;
  if (!segment) {
    yield { bindings: new Map(), rest: target };
    return;
  }
  if (segment.kind === 'many') {
    for (let length = 0; length <= target.length; length++) {
      yield* withBinding(segment.name, pathOf(target.slice(0, length)), others, target.slice(length));
    }
    return;
  }
  const [first, ...rest] = target;
  // Segments that may be none or several are covered by a wildcard for several only.
  if (first === undefined || first === ANY_MANY) return;
  if (segment.kind === 'literal') {
    if (first === segment.text) yield* bind(others, rest);
  } else {
    yield* withBinding(segment.name, first === ANY_ONE ? something() : first, others, rest);
  }
}

function* withBinding(
  name: string,
  value: RulesValue,
  pattern: readonly Segment[],
  target: Target,
): Generator<Bound> {
  for (const { bindings, rest } of bind(pattern, target)) {
    yield { bindings: new Map([[name, value], ...bindings]), rest };
  }
}

function pathOf(target: Target): RulesValue {
  const names = target.filter((segment) => typeof segment === 'string');
  return names.length === target.length ? new Path(names) : something();
}

function something(): Unknown {
  const unknown = new Unknown();
  unknown.facts.push({ operator: '!=', value: null });
  return unknown;
}
