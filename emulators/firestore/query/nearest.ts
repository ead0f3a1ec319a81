// Vector search: which documents of a query have the vectors nearest to a given one. Every vector is compared;
// there is no index to be near-right with.
// https://cloud.google.com/firestore/docs/vector-search
import type { ProtoFindNearest } from '../protocol/messages.ts';
import { fromProtoValue } from '../protocol/values.ts';
import { invalidArgument } from '../../shared/status.ts';
import type { Document } from '../store/document.ts';
import { getField, isDocumentId, parseFieldPath, setField } from '../values/field-path.ts';
import type { Value } from '../values/value.ts';
import { isMap, isNumeric, vectorElements } from '../values/value.ts';
import type { DistanceMeasure, Nearest } from './query.ts';

const MAX_DIMENSIONS = 2048;
const MAX_LIMIT = 1000;

export function parseNearest(proto: ProtoFindNearest): Nearest {
  const vector = toVector(proto.queryVector && fromProtoValue(proto.queryVector));
  if (!vector) throw invalidArgument('FindNearest.query_vector must be a vector.');
  if (vector.length === 0 || vector.length > MAX_DIMENSIONS) {
    throw invalidArgument(`FindNearest.query_vector must have 1 to ${MAX_DIMENSIONS} dimensions.`);
  }
  const field = parseFieldPath(proto.vectorField?.fieldPath ?? '');
  if (isDocumentId(field)) throw invalidArgument('FindNearest.vector_field cannot be "__name__".');
  const measure = proto.distanceMeasure ?? '';
  if (!isMeasure(measure)) {
    throw invalidArgument(`FindNearest.distance_measure must be one of ${Object.keys(MEASURES).join(', ')}.`);
  }
  const limit = proto.limit?.value ?? 0;
  if (limit <= 0 || limit > MAX_LIMIT) {
    throw invalidArgument(`FindNearest.limit must be positive and no more than ${MAX_LIMIT}.`);
  }
  return {
    field,
    vector,
    measure,
    limit,
    threshold: proto.distanceThreshold && (proto.distanceThreshold.value ?? 0),
    resultField: proto.distanceResultField ? parseFieldPath(proto.distanceResultField) : undefined,
  };
}

/** The nearest first; those equally near in the order in which they came. */
export function nearestOf(nearest: Nearest, documents: readonly Document[]): readonly Document[] {
  const { field, vector, measure, limit, threshold, resultField } = nearest;
  const { distance, sign } = MEASURES[measure];
  const found = documents.flatMap((document) => {
    const other = toVector(getField(document.fields, field));
    if (other?.length !== vector.length) return [];
    const away = distance(vector, other);
    // NaN: a cosine with the zero vector is not defined, so such a document is near to nothing.
    if (Number.isNaN(away) || (threshold !== undefined && sign * away > sign * threshold)) return [];
    return [{ document, away }];
  });
  found.sort((a, b) => sign * (a.away - b.away));
  return found
    .slice(0, limit)
    .map(({ document, away }) =>
      resultField ? { ...document, fields: setField(document.fields, resultField, away) } : document,
    );
}

type Vector = readonly number[];

const dot = (a: Vector, b: Vector): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** `sign` is negative where a greater value means nearer. */
const MEASURES: Readonly<
  Record<DistanceMeasure, { readonly sign: 1 | -1; readonly distance: (a: Vector, b: Vector) => number }>
> = {
  EUCLIDEAN: { sign: 1, distance: (a, b) => Math.hypot(...a.map((x, i) => x - b[i]!)) },
  COSINE: { sign: 1, distance: (a, b) => 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)) },
  DOT_PRODUCT: { sign: -1, distance: dot },
};

function isMeasure(name: string): name is DistanceMeasure {
  return Object.hasOwn(MEASURES, name);
}

function toVector(value: Value | undefined): Vector | undefined {
  const elements = isMap(value) ? vectorElements(value) : undefined;
  return elements?.every(isNumeric) ? elements.map(Number) : undefined;
}
