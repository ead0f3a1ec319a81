// Table schemas: BigQuery's field list, its names for types, and the DuckDB types that store them.
import { invalid, notImplemented } from './errors.ts';
import { isRecord } from './request.ts';

export type FieldType =
  | 'STRING'
  | 'BYTES'
  | 'INTEGER'
  | 'FLOAT'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  | 'BOOLEAN'
  | 'TIMESTAMP'
  | 'DATE'
  | 'TIME'
  | 'DATETIME'
  | 'JSON'
  | 'GEOGRAPHY'
  | 'INTERVAL'
  | 'RECORD';

export type Mode = 'NULLABLE' | 'REQUIRED' | 'REPEATED';

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly mode?: Mode;
  readonly fields?: readonly Field[];
  /** What else the client set (`description`, `policyTags`, …): kept and returned, never interpreted. */
  readonly [extra: string]: unknown;
}

const TYPE_NAMES: Readonly<Record<string, FieldType>> = {
  STRING: 'STRING',
  BYTES: 'BYTES',
  INTEGER: 'INTEGER',
  INT64: 'INTEGER',
  INT: 'INTEGER',
  SMALLINT: 'INTEGER',
  BIGINT: 'INTEGER',
  TINYINT: 'INTEGER',
  BYTEINT: 'INTEGER',
  FLOAT: 'FLOAT',
  FLOAT64: 'FLOAT',
  NUMERIC: 'NUMERIC',
  DECIMAL: 'NUMERIC',
  BIGNUMERIC: 'BIGNUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
  BOOLEAN: 'BOOLEAN',
  BOOL: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMP',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'DATETIME',
  JSON: 'JSON',
  GEOGRAPHY: 'GEOGRAPHY',
  INTERVAL: 'INTERVAL',
  RECORD: 'RECORD',
  STRUCT: 'RECORD',
};

/** BigQuery writes the types of a schema in their older names: INT64 comes back as INTEGER. */
export function fieldType(name: string): FieldType {
  const type = TYPE_NAMES[name.toUpperCase()];
  if (type) return type;
  if (name.toUpperCase() === 'RANGE') throw notImplemented('Type RANGE');
  throw invalid(`Invalid value for type: ${name} is not a valid value`);
}

const STANDARD_NAMES: Readonly<Partial<Record<FieldType, string>>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  RECORD: 'STRUCT',
};

/** The name of a type in GoogleSQL. */
export const standardName = (type: FieldType): string => STANDARD_NAMES[type] ?? type;

/** A type in GoogleSQL that names the fields of records as they are: for CAST. */
export function typeOf(field: Field): string {
  const base =
    field.type === 'RECORD'
      ? `STRUCT<${(field.fields ?? []).map((f) => `\`${f.name}\` ${typeOf(f)}`).join(', ')}>`
      : (STANDARD_NAMES[field.type] ?? field.type);
  return field.mode === 'REPEATED' ? `ARRAY<${base}>` : base;
}

/** The name of a field's type in GoogleSQL, as INFORMATION_SCHEMA shows it. */
export function standardType(field: Field): string {
  const base =
    field.type === 'RECORD'
      ? `STRUCT<${(field.fields ?? []).map((f) => `${f.name} ${standardType(f)}`).join(', ')}>`
      : (STANDARD_NAMES[field.type] ?? field.type);
  return field.mode === 'REPEATED' ? `ARRAY<${base}>` : base;
}

const MODES: readonly Mode[] = ['NULLABLE', 'REQUIRED', 'REPEATED'];

/** Checks a client's field list; throws ApiError `invalid`. */
export function normalizeFields(input: unknown): Field[] {
  if (!Array.isArray(input)) return [];
  const seen = new Set<string>();
  return input.map((raw: Record<string, unknown>) => {
    const name = raw['name'];
    if (typeof name !== 'string' || name === '') throw invalid('Field name is missing or empty in schema');
    if (!/^[\p{L}\p{M}\p{N}_\p{Pc}\p{Pd} &%=+:'<>#|/-]{1,300}$/u.test(name))
      throw invalid(`Invalid field name "${name}".`);
    const key = name.toLowerCase();
    if (seen.has(key)) throw invalid(`Field ${name} already exists in schema`);
    seen.add(key);
    const type = fieldType(typeof raw['type'] === 'string' ? raw['type'] : '');
    if (type === 'TIMESTAMP' && Number(raw['timestampPrecision']) > 6)
      throw notImplemented('TIMESTAMP of picoseconds');
    const given = typeof raw['mode'] === 'string' ? raw['mode'].toUpperCase() : undefined;
    const mode = MODES.find((m) => m === given);
    if (given !== undefined && given !== '' && !mode)
      throw invalid(`Invalid mode "${given}" of field ${name}`);
    const { mode: _, fields: inner, ...rest } = raw;
    if (type === 'RECORD' && (!Array.isArray(inner) || inner.length === 0))
      throw invalid(`Field ${name} is type RECORD but has no schema`);
    return {
      ...attributesOf(rest),
      name,
      type,
      ...(mode ? { mode } : {}),
      ...(type === 'RECORD' ? { fields: normalizeFields(inner) } : {}),
    };
  });
}

/** Whole numbers that the API writes as text. */
const SIZES = ['maxLength', 'precision', 'scale', 'timestampPrecision'];

/** What else is kept of a field: null, and policy tags without a name, are how clients take something away. */
function attributesOf(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { policyTags } = given;
  const untagged = isRecord(policyTags) && Array.isArray(policyTags['names']) && !policyTags['names'].length;
  const kept = Object.entries(given).filter(
    ([key, value]) => value !== null && !(untagged && key === 'policyTags'),
  );
  return Object.fromEntries(
    kept.map(([key, value]) => [
      key,
      SIZES.includes(key) && typeof value === 'number' ? String(value) : value,
    ]),
  );
}

/** What a column of text without a collation of its own compares by. */
export function withCollation(fields: readonly Field[], collation: unknown): Field[] {
  if (typeof collation !== 'string' || collation === '') return [...fields];
  return fields.map((field) => {
    if (field.type === 'RECORD') return { ...field, fields: withCollation(field.fields ?? [], collation) };
    return field.type === 'STRING' ? { collation, ...field } : field;
  });
}

export const quoteIdentifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
export const quoteString = (text: string) => `'${text.replaceAll("'", "''")}'`;

const STORAGE: Readonly<Record<Exclude<FieldType, 'RECORD'>, string>> = {
  STRING: 'VARCHAR',
  BYTES: 'BLOB',
  INTEGER: 'BIGINT',
  FLOAT: 'DOUBLE',
  NUMERIC: 'DECIMAL(38,9)',
  BIGNUMERIC: 'DECIMAL(38,18)',
  BOOLEAN: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMPTZ',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'TIMESTAMP',
  JSON: 'JSON',
  GEOGRAPHY: 'VARCHAR',
  INTERVAL: 'INTERVAL',
};

/** The DuckDB type that stores a field. */
export function storageType(field: Field): string {
  const base =
    field.type === 'RECORD'
      ? `STRUCT(${(field.fields ?? []).map((f) => `${quoteIdentifier(f.name)} ${storageType(f)}`).join(', ')})`
      : STORAGE[field.type];
  return field.mode === 'REPEATED' ? `${base}[]` : base;
}

/** A column definition for CREATE TABLE; NOT NULL and collation only where DuckDB knows them (top level). */
export function columnDefinition(field: Field): string {
  const collation = field['collation'] === 'und:ci' && field.mode !== 'REPEATED' ? ' COLLATE NOCASE' : '';
  const required = field.mode === 'REQUIRED' ? ' NOT NULL' : '';
  return `${quoteIdentifier(field.name)} ${storageType(field)}${collation}${required}`;
}
