// Values of documents and of tokens as rules see them.
import type { MapValue, Value } from '../values/value.ts';
import { isArray, isMap, Reference } from '../values/value.ts';
import type { RulesMap, RulesValue } from './value.ts';
import { Path } from './value.ts';

export function toRulesValue(value: Value): RulesValue {
  if (value instanceof Reference) return pathOfName(value.name);
  if (isMap(value)) return toRulesMap(value);
  if (isArray(value)) return value.map(toRulesValue);
  return value;
}

export function toRulesMap(fields: MapValue): RulesMap {
  return new Map([...fields].map(([name, value]) => [name, toRulesValue(value)]));
}

/** `/databases/d/documents/…` of `projects/p/databases/d/documents/…` */
export function pathOfName(name: string): Path {
  return new Path(name.split('/').slice(2));
}

/** Of JSON: a whole number is an integer. */
export function fromClaim(claim: unknown): RulesValue {
  if (claim === null || typeof claim === 'boolean' || typeof claim === 'string') return claim;
  if (typeof claim === 'number') return Number.isSafeInteger(claim) ? BigInt(claim) : claim;
  if (Array.isArray(claim)) return claim.map(fromClaim);
  if (typeof claim === 'object') {
    return new Map(Object.entries(claim).map(([name, value]) => [name, fromClaim(value)]));
  }
  return null;
}
