// From a request's StructuredQuery to a Query, or INVALID_ARGUMENT in the service's words where they are known.
import { checkId, documentName } from '../names.ts';
import type { ProtoCursor, ProtoFilter, ProtoQuery, ProtoValue } from '../protocol/messages.ts';
import { fromProtoValue } from '../protocol/values.ts';
import { invalidArgument } from '../../shared/status.ts';
import { compareStrings } from '../values/compare-strings.ts';
import type { FieldPath } from '../values/field-path.ts';
import { DOCUMENT_ID, formatFieldPath, isDocumentId, parseFieldPath } from '../values/field-path.ts';
import { isArray, Reference } from '../values/value.ts';
import type { ArrayValue, Value } from '../values/value.ts';
import { checkFilter } from './check-filter.ts';
import { inequalityFields } from './inequality-fields.ts';
import { parseNearest } from './nearest.ts';
import type {
  Cursor,
  FieldFilter,
  Filter,
  ListOperator,
  Order,
  Query,
  Source,
  ValueOperator,
} from './query.ts';

/** The parent of the query: the database's name and the path of a document, empty for the root. */
export interface QueryParent {
  readonly database: string;
  readonly path: string;
}

/** `aggregated` are the fields that an aggregation over the query reads. */
export function parseQuery(
  parent: QueryParent,
  proto: ProtoQuery,
  aggregated: readonly FieldPath[] = [],
): Query {
  const source = parseSource(parent, proto);
  const where = proto.where && parseFilter(parent, source, proto.where);
  if (where) checkFilter(where);
  const orderBy = completeOrder(parseOrders(proto), where, aggregated);
  const offset = proto.offset ?? 0;
  if (offset < 0) throw invalidArgument('offset is negative');
  const limit = proto.limit && (proto.limit.value ?? 0);
  if (limit !== undefined && limit < 0) throw invalidArgument('limit is negative');
  return {
    source,
    where,
    orderBy,
    startAt: proto.startAt && parseCursor(parent, source, proto.startAt, orderBy),
    endAt: proto.endAt && parseCursor(parent, source, proto.endAt, orderBy),
    offset,
    limit,
    nearest: proto.findNearest && parseNearest(proto.findNearest),
    select: parseSelect(proto),
  };
}

function parseSource(parent: QueryParent, { from = [] }: ProtoQuery): Source {
  if (from.length > 1) throw invalidArgument('At most one collection selector is supported in "from".');
  const { collectionId, allDescendants = false } = from[0] ?? { allDescendants: true };
  if (collectionId) checkId(collectionId, parent.path);
  return { parent: parent.path, collectionId: collectionId || undefined, allDescendants };
}

function parseSelect({ select }: ProtoQuery): readonly FieldPath[] | undefined {
  const fields = select?.fields ?? [];
  return fields.length === 0 ? undefined : fields.map(({ fieldPath }) => parseFieldPath(fieldPath ?? ''));
}

function parseOrders({ orderBy = [] }: ProtoQuery): readonly Order[] {
  const orders = orderBy.map(({ field, direction }) => ({
    field: parseFieldPath(field?.fieldPath ?? ''),
    descending: direction === 'DESCENDING',
  }));
  const names = orders.map(({ field }) => formatFieldPath(field));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice) throw invalidArgument(`order by clause cannot contain duplicate fields ${twice}`);
  return orders;
}

/**
 * Fields with inequalities are ordered by even when not named, then those that are aggregated, then the name, in
 * the last direction given. Fields that come behind the name only say that a document must have them.
 */
function completeOrder(
  explicit: readonly Order[],
  where: Filter | undefined,
  aggregated: readonly FieldPath[],
): readonly Order[] {
  const name = explicit.findIndex(({ field }) => isDocumentId(field));
  const descending = explicit.at(-1)?.descending ?? false;
  const byName = (a: FieldPath, b: FieldPath): number =>
    compareStrings(formatFieldPath(a), formatFieldPath(b));
  const inequalities = inequalityFields(where).filter((field) => !isDocumentId(field));
  const implied =
    name < 0
      ? [...inequalities.toSorted(byName), ...aggregated.toSorted(byName), [DOCUMENT_ID]]
      : aggregated.toSorted(byName);
  const orders = new Map<string, Order>();
  for (const order of name < 0 ? explicit : explicit.slice(0, name + 1)) {
    orders.set(formatFieldPath(order.field), order);
  }
  for (const field of implied) {
    const key = formatFieldPath(field);
    if (!orders.has(key)) orders.set(key, { field, descending });
  }
  return [...orders.values()];
}

const VALUE_OPERATORS: Readonly<Record<string, ValueOperator>> = {
  LESS_THAN: '<',
  LESS_THAN_OR_EQUAL: '<=',
  GREATER_THAN: '>',
  GREATER_THAN_OR_EQUAL: '>=',
  EQUAL: '==',
  NOT_EQUAL: '!=',
  ARRAY_CONTAINS: 'array-contains',
};

const LIST_OPERATORS: Readonly<Record<string, ListOperator>> = {
  IN: 'in',
  NOT_IN: 'not-in',
  ARRAY_CONTAINS_ANY: 'array-contains-any',
};

const UNARY_OPERATORS: Readonly<Record<string, { readonly op: '==' | '!='; readonly value: Value }>> = {
  IS_NULL: { op: '==', value: null },
  IS_NAN: { op: '==', value: Number.NaN },
  IS_NOT_NULL: { op: '!=', value: null },
  IS_NOT_NAN: { op: '!=', value: Number.NaN },
};

function parseFilter(parent: QueryParent, source: Source, proto: ProtoFilter): Filter {
  switch (proto.filterType) {
    case 'compositeFilter': {
      const { op, filters = [] } = proto.compositeFilter!;
      if (op !== 'AND' && op !== 'OR')
        throw invalidArgument(`Composite operator "${op}" is unknown: want AND or OR`);
      if (filters.length === 0) throw invalidArgument('A composite filter has no filters: want one at least');
      return {
        op: op === 'AND' ? 'and' : 'or',
        filters: filters.map((filter) => parseFilter(parent, source, filter)),
      };
    }
    case 'unaryFilter': {
      const { op = '', field } = proto.unaryFilter!;
      const unary = UNARY_OPERATORS[op];
      if (!unary) throw invalidArgument(`Unary operator "${op}" is unknown`);
      return { ...unary, field: parseFieldPath(field?.fieldPath ?? '') };
    }
    case 'fieldFilter': {
      const { op = '', field, value } = proto.fieldFilter!;
      return parseFieldFilter(parent, source, op, parseFieldPath(field?.fieldPath ?? ''), value ?? {});
    }
    case undefined:
    default:
      throw invalidArgument('A filter has no type: want one of composite, field or unary filter');
  }
}

function parseFieldFilter(
  parent: QueryParent,
  source: Source,
  operator: string,
  field: FieldPath,
  proto: ProtoValue,
): FieldFilter {
  const parsed = fromProtoValue(proto);
  const comparable = (value: Value): Value => (isDocumentId(field) ? toPath(parent, source, value) : value);
  const valueOperator = VALUE_OPERATORS[operator];
  if (valueOperator) {
    if (isDocumentId(field) && valueOperator === 'array-contains') {
      throw invalidArgument(`Operator ${operator} cannot be used on "__name__".`);
    }
    return { op: valueOperator, field, value: comparable(parsed) };
  }
  const listOperator = LIST_OPERATORS[operator];
  if (!listOperator) throw invalidArgument(`Field operator "${operator}" is unknown`);
  if (!isArray(parsed)) throw invalidArgument(`'${operator}' requires an ArrayValue.`);
  const values: ArrayValue = parsed.map(comparable);
  return { op: listOperator, field, values };
}

function parseCursor(
  parent: QueryParent,
  source: Source,
  { values = [], before = false }: ProtoCursor,
  orderBy: readonly Order[],
): Cursor {
  if (values.length > orderBy.length) throw invalidArgument('Cursor has too many values.');
  return {
    before,
    values: values.map((proto, i) => {
      const value = fromProtoValue(proto);
      return isDocumentId(orderBy[i]!.field) ? toPath(parent, source, value) : value;
    }),
  };
}

/** Names are compared by their paths within the database. */
function toPath(parent: QueryParent, source: Source, value: Value): Reference {
  if (!(value instanceof Reference)) throw invalidArgument('__key__ filter value must be a Key');
  const root = documentName(parent.database, '');
  const inSource = source.parent === '' ? root : `${root}${source.parent}/`;
  if (!value.name.startsWith(inSource)) {
    throw invalidArgument(`__key__ filter value must be a document under "${inSource}"`);
  }
  return new Reference(value.name.slice(root.length));
}
