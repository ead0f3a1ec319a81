// The statement that would make a table as it is.
import type { Table } from '../../catalog.ts';
import { isRecord } from '../../request.ts';
import { standardType } from '../../schema.ts';
import type { Field } from '../../schema.ts';
import { tableOptions } from './table-options.ts';

function column(field: Field): string {
  const required = field.mode === 'REQUIRED' ? ' NOT NULL' : '';
  const fallback =
    typeof field['defaultValueExpression'] === 'string' ? ` DEFAULT ${field['defaultValueExpression']}` : '';
  const options =
    typeof field['description'] === 'string'
      ? ` OPTIONS(description=${JSON.stringify(field['description'])})`
      : '';
  return `  ${field.name} ${standardType(field)}${fallback}${required}${options}`;
}

function partitionBy({ metadata }: Table): string {
  const { timePartitioning: time, rangePartitioning: range } = metadata;
  if (isRecord(time)) {
    const field = typeof time['field'] === 'string' ? time['field'] : '_PARTITIONTIME';
    const unit = typeof time['type'] === 'string' ? time['type'] : 'DAY';
    return `\nPARTITION BY ${unit === 'DAY' ? `DATE(${field})` : `TIMESTAMP_TRUNC(${field}, ${unit})`}`;
  }
  if (!isRecord(range) || !isRecord(range['range'])) return '';
  const { start, end, interval } = range['range'];
  return `\nPARTITION BY RANGE_BUCKET(${String(range['field'])}, GENERATE_ARRAY(${String(start)}, ${String(end)}, ${String(interval)}))`;
}

export function tableDdl(table: Table): string {
  const { ref, kind, fields, metadata } = table;
  const name = `\`${ref.projectId}.${ref.datasetId}.${ref.tableId}\``;
  const options = tableOptions(table).map(([option, , value]) => `  ${option}=${value}`);
  const written = options.length > 0 ? `\nOPTIONS(\n${options.join(',\n')}\n)` : '';
  const view = metadata['view'] ?? metadata['materializedView'];
  if (kind !== 'TABLE' && isRecord(view))
    return `CREATE ${kind.replace('_', ' ')} ${name}${written}\nAS ${String(view['query'])};`;
  const clustering = metadata['clustering'];
  const clusterBy =
    isRecord(clustering) && Array.isArray(clustering['fields'])
      ? `\nCLUSTER BY ${clustering['fields'].join(', ')}`
      : '';
  return `CREATE TABLE ${name}\n(\n${fields.map(column).join(',\n')}\n)${partitionBy(table)}${clusterBy}${written};`;
}
