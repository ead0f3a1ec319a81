// What the server computes when it applies a write: each transform is a pure function of the stored value.
// https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#fieldtransform
import { equal } from './compare.ts';
import { isArray, isNumeric } from './value.ts';
import type { ArrayValue, Timestamp, Value } from './value.ts';

export type Transform =
  | { readonly kind: 'requestTime' }
  | { readonly kind: 'increment' | 'maximum' | 'minimum'; readonly operand: bigint | number }
  | { readonly kind: 'appendMissing' | 'removeAll'; readonly elements: ArrayValue };

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);

export function applyTransform(
  transform: Transform,
  stored: Value | undefined,
  requestTime: Timestamp,
): Value {
  switch (transform.kind) {
    case 'requestTime':
      return requestTime;
    case 'increment':
      return increment(stored, transform.operand);
    case 'maximum':
      return extreme(stored, transform.operand, (operand, value) => operand > value);
    case 'minimum':
      return extreme(stored, transform.operand, (operand, value) => operand < value);
    case 'appendMissing':
      return appendMissing(stored, transform.elements);
    case 'removeAll':
      return isArray(stored) ? stored.filter((element) => !contains(transform.elements, element)) : [];
  }
}

/** Integers stop at the ends of their range instead of wrapping; a double on either side makes a double. */
function increment(stored: Value | undefined, operand: bigint | number): bigint | number {
  if (!isNumeric(stored)) return operand;
  if (typeof stored === 'bigint' && typeof operand === 'bigint') {
    const sum = stored + operand;
    return sum > MAX_INT64 ? MAX_INT64 : sum < MIN_INT64 ? MIN_INT64 : sum;
  }
  return Number(stored) + Number(operand);
}

/** Of equal numbers (3 and 3.0, 0 and -0) the stored one stays; NaN on either side wins. */
function extreme(
  stored: Value | undefined,
  operand: bigint | number,
  wins: (operand: bigint | number, value: bigint | number) => boolean,
): bigint | number {
  if (!isNumeric(stored)) return operand;
  if (Number.isNaN(stored)) return stored;
  return Number.isNaN(operand) || wins(operand, stored) ? operand : stored;
}

function appendMissing(stored: Value | undefined, elements: ArrayValue): ArrayValue {
  const result = isArray(stored) ? [...stored] : [];
  for (const element of elements) if (!contains(result, element)) result.push(element);
  return result;
}

function contains(array: ArrayValue, value: Value): boolean {
  return array.some((element) => equal(element, value));
}
