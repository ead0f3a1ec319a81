// count, sum and avg over the documents of a query.
import type { ProtoAggregation } from '../protocol/messages.ts';
import { invalidArgument } from '../../shared/status.ts';
import type { Document } from '../store/document.ts';
import type { FieldPath } from '../values/field-path.ts';
import { getField, isDocumentId, parseFieldPath } from '../values/field-path.ts';
import { isNumeric } from '../values/value.ts';
import type { Value } from '../values/value.ts';

export type Aggregation =
  | { readonly alias: string; readonly kind: 'count'; readonly upTo: number | undefined }
  | { readonly alias: string; readonly kind: 'sum' | 'avg'; readonly field: FieldPath };

const MAX_AGGREGATIONS = 5;
const MAX_INT64 = 2n ** 63n - 1n;

export function parseAggregations(protos: readonly ProtoAggregation[]): readonly Aggregation[] {
  if (protos.length === 0) throw invalidArgument('Aggregations can not be empty.');
  if (protos.length > MAX_AGGREGATIONS) {
    throw invalidArgument(
      `The maximum number of aggregations allowed in an aggregation query is ${MAX_AGGREGATIONS}.`,
    );
  }
  const aggregations = protos.map((proto, i) => parseAggregation(proto, `field_${i + 1}`));
  const aliases = aggregations.map(({ alias }) => alias);
  const twice = aliases.find((alias, i) => aliases.indexOf(alias) !== i);
  if (twice) throw invalidArgument(`Aggregation aliases contain duplicate alias: ${twice}.`);
  return aggregations;
}

function parseAggregation(proto: ProtoAggregation, defaultAlias: string): Aggregation {
  const alias = proto.alias || defaultAlias;
  switch (proto.operator) {
    case 'count': {
      const limit = proto.count!.upTo;
      const upTo = limit && Number(limit.value ?? 0);
      if (upTo !== undefined && upTo <= 0) throw invalidArgument('up_to must be greater than zero');
      return { alias, kind: 'count', upTo };
    }
    case 'sum':
    case 'avg': {
      const field = parseFieldPath(proto[proto.operator]!.field?.fieldPath ?? '');
      if (isDocumentId(field))
        throw invalidArgument('Aggregations are not supported for the field: __name__');
      return { alias, kind: proto.operator, field };
    }
    case undefined:
    default:
      throw invalidArgument(`Aggregation "${alias}" has no operator: want one of count, sum or avg`);
  }
}

/** The fields that documents must have to count at all, as in the service: also in the other aggregations. */
export function aggregatedFields(aggregations: readonly Aggregation[]): readonly FieldPath[] {
  return aggregations.flatMap((wanted) => (wanted.kind === 'count' ? [] : [wanted.field]));
}

/** `documents` are those of a query that was parsed with the aggregated fields. */
export function aggregate(
  aggregations: readonly Aggregation[],
  documents: readonly Document[],
): ReadonlyMap<string, Value> {
  return new Map(
    aggregations.map((aggregation): [string, Value] => {
      if (aggregation.kind === 'count') {
        return [aggregation.alias, BigInt(Math.min(documents.length, aggregation.upTo ?? Infinity))];
      }
      const numbers = documents.map(({ fields }) => getField(fields, aggregation.field)).filter(isNumeric);
      const total = sum(numbers);
      if (aggregation.kind === 'sum') return [aggregation.alias, total];
      return [aggregation.alias, numbers.length === 0 ? null : Number(total) / numbers.length];
    }),
  );
}

/** An integer as long as all are integers and the sum is one of 64 bits; a double otherwise. */
function sum(numbers: readonly (bigint | number)[]): bigint | number {
  let integers = 0n;
  const doubles: number[] = [];
  for (const number of numbers) {
    if (typeof number === 'bigint') integers += number;
    else doubles.push(number);
  }
  const isExact = doubles.length === 0 && integers <= MAX_INT64 && integers >= -MAX_INT64 - 1n;
  return isExact ? integers : sumDoubles([Number(integers), ...doubles]);
}

/** Neumaier's summation: 0.1 ten times is 1, in whatever order the documents come. */
function sumDoubles(numbers: readonly number[]): number {
  let total = 0;
  let lost = 0;
  for (const number of numbers) {
    const next = total + number;
    lost += Math.abs(total) >= Math.abs(number) ? total - next + number : number - next + total;
    total = next;
  }
  return Number.isFinite(total) ? total + lost : total;
}
