// Tables, columns and types as the analyzer takes them.
import { modeOf, typeOf, type Field } from '../../cli/provision/bigquery/columns.ts';
import { FUNCTIONS, LANGUAGE } from './language.ts';
import type { ParameterType } from './recorder.ts';
import { PROJECT } from './tables.ts';

/** TypeProto. */
export interface Type {
  readonly typeKind: string;
  readonly arrayType?: { readonly elementType: Type };
  readonly structType?: {
    readonly field: readonly { readonly fieldName: string; readonly fieldType: Type }[];
  };
}

export interface Column {
  readonly name: string;
  readonly type: Type;
}

/** By `dataset.table`. */
export type Catalog = ReadonlyMap<string, readonly Column[]>;

/** The API's names, and those of SQL. */
const KINDS: Readonly<Record<string, string>> = {
  INTEGER: 'INT64',
  FLOAT: 'DOUBLE',
  FLOAT64: 'DOUBLE',
  BOOLEAN: 'BOOL',
  RECORD: 'STRUCT',
};

const simple = (name: string): Type => ({ typeKind: `TYPE_${KINDS[name] ?? name}` });
const arrayOf = (elementType: Type): Type => ({ typeKind: 'TYPE_ARRAY', arrayType: { elementType } });
const structOf = (columns: readonly Column[]): Type => ({
  typeKind: 'TYPE_STRUCT',
  structType: { field: columns.map(({ name, type }) => ({ fieldName: name, fieldType: type })) },
});

export function columnsOf(fields: readonly Field[]): readonly Column[] {
  return fields.map((field) => {
    const type = typeOf(field) === 'RECORD' ? structOf(columnsOf(field.fields ?? [])) : simple(typeOf(field));
    return { name: field.name, type: modeOf(field) === 'REPEATED' ? arrayOf(type) : type };
  });
}

export function typeOfParameter({ type, arrayType, structTypes }: ParameterType): Type {
  if (arrayType) return arrayOf(typeOfParameter(arrayType));
  if (!structTypes) return simple(type);
  return structOf(structTypes.map((field) => ({ name: field.name, type: typeOfParameter(field.type) })));
}

/**
 * SimpleCatalogProto. A table has every name that BigQuery takes for it: with the project or without, as a path or as
 * one quoted name.
 */
export function catalogOf(catalog: Catalog): object {
  const tables = [...catalog].map(([fullName, columns]) => {
    const [dataset = '', name = ''] = fullName.split('.');
    return { dataset, name, fullName, column: columns };
  });
  const datasets = [...new Set(tables.map(({ dataset }) => dataset))].map((dataset) => ({
    name: dataset,
    table: tables
      .filter((table) => table.dataset === dataset)
      .map(({ name, fullName, column }) => ({ name, fullName, column })),
  }));
  const quoted = tables.flatMap(({ fullName, column }) =>
    [fullName, `${PROJECT}.${fullName}`].map((name) => ({ name, fullName, column })),
  );
  return {
    name: 'bigquery',
    table: quoted,
    catalog: [...datasets, { name: PROJECT, catalog: datasets }],
    builtinFunctionOptions: { languageOptions: LANGUAGE },
    customFunction: FUNCTIONS,
  };
}
