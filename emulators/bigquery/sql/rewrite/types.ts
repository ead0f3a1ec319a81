// GoogleSQL's types in a tree, by the names DuckDB has for them.
import { invalidQuery } from '../../errors.ts';
import { quoteIdentifier } from '../../schema.ts';
import { isObject, leafText } from '../ast.ts';
import type { Json } from '../ast.ts';

const TYPES: Readonly<Record<string, string>> = {
  INT64: 'BIGINT',
  INTEGER: 'BIGINT',
  INT: 'BIGINT',
  SMALLINT: 'BIGINT',
  TINYINT: 'BIGINT',
  BYTEINT: 'BIGINT',
  BIGINT: 'BIGINT',
  FLOAT64: 'DOUBLE',
  FLOAT: 'DOUBLE',
  DOUBLE: 'DOUBLE',
  STRING: 'VARCHAR',
  TEXT: 'VARCHAR',
  VARCHAR: 'VARCHAR',
  BYTES: 'BLOB',
  BINARY: 'BLOB',
  VARBINARY: 'BLOB',
  BOOL: 'BOOLEAN',
  BOOLEAN: 'BOOLEAN',
  NUMERIC: 'DECIMAL(38,9)',
  DECIMAL: 'DECIMAL(38,9)',
  BIGNUMERIC: 'DECIMAL(38,18)',
  BIGDECIMAL: 'DECIMAL(38,18)',
  TIMESTAMP: 'TIMESTAMPTZ',
  DATETIME: 'TIMESTAMP',
  DATE: 'DATE',
  TIME: 'TIME',
  JSON: 'JSON',
  GEOGRAPHY: 'VARCHAR',
  INTERVAL: 'INTERVAL',
};

/** DuckDB's name for a data type node of the parser. */
export function typeName(type: Json | undefined): string {
  if (!isObject(type)) throw invalidQuery('Syntax error: Expected a type');
  const kind = leafText(type['data_type']);
  if (kind === 'array') return `${typeName(type['element_type'])}[]`;
  if (kind === 'struct') {
    const fields = (Array.isArray(type['fields']) ? type['fields'] : []).filter(isObject);
    const inner = fields.map((f, i) => {
      const name = leafText(f['name']).replace(/^"(.*)"$/, '$1') || `_field_${i + 1}`;
      return `${quoteIdentifier(name)} ${typeName(f['data_type'])}`;
    });
    return `STRUCT(${inner.join(', ')})`;
  }
  const name = (kind === 'custom' ? leafText(type['name']) : kind).toUpperCase().replace(/_/g, '');
  const duck = TYPES[name.replace(/\(.*$/, '')];
  if (!duck) throw invalidQuery(`Type not found: ${name}`);
  return duck;
}
