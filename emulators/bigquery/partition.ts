// Partition decorators: `events$20260131` is the part of the table that its partitioning column puts into
// that partition. Partitions are not stored apart: they are what a condition on the rows selects.
import type { Catalog, Table, TableRef } from './catalog.ts';
import { tableName } from './catalog.ts';
import { invalid, notFound, notImplemented } from './errors.ts';
import { recordOf, textOf } from './request.ts';
import { encodeValue } from './rows/encode-row.ts';
import type { Cell } from './rows/cell.ts';
import { storedValue } from './rows/stored-value.ts';
import { quoteIdentifier, quoteString } from './schema.ts';
import { storageName } from './storage.ts';
import { timePartitions } from './sql/partitions.ts';

export interface Partition {
  readonly id: string;
  /** The condition, in DuckDB's SQL, that its rows fulfil. */
  readonly where: string;
  /** Whether a row belongs to it. */
  readonly holds: (row: readonly Cell[]) => boolean;
}

/** A table, or one of its partitions. */
export interface Target {
  readonly table: Table;
  readonly partition: Partition | undefined;
}

/** A reference without its decorator, and the decorator. */
export function splitDecorator(ref: TableRef): { readonly ref: TableRef; readonly id: string | undefined } {
  if (ref.tableId.includes('@')) throw notImplemented('A table as of an earlier time (table@time)');
  const [tableId = '', ...decorator] = ref.tableId.split('$');
  return decorator.length === 0
    ? { ref, id: undefined }
    : { ref: { ...ref, tableId }, id: decorator.join('$') };
}

export function getTarget(catalog: Catalog, ref: TableRef): Target {
  const target = findTarget(catalog, ref);
  if (target) return target;
  catalog.getDataset(ref.projectId, ref.datasetId);
  throw notFound(`Table ${tableName(ref)}`);
}

export function findTarget(catalog: Catalog, named: TableRef): Target | undefined {
  const { ref, id } = splitDecorator(named);
  const table = catalog.findTable(ref);
  return table && { table, partition: id === undefined ? undefined : partitionOf(table, id) };
}

/** The stored rows of a target: what stands after FROM in DuckDB's SQL. */
export const rowsOf = ({ table, partition }: Target) =>
  `${storageName(table.ref)}${partition ? ` WHERE ${partition.where}` : ''}`;

const FORMATS = { YEAR: '%Y', MONTH: '%Y%m', DAY: '%Y%m%d', HOUR: '%Y%m%d%H' } as const;
const DIGITS = { YEAR: 4, MONTH: 6, DAY: 8, HOUR: 10 } as const;

interface Partitioning {
  readonly field: string;
  /** The id of a row's partition, in DuckDB's SQL. */
  readonly sql: string;
  readonly idOf: (cell: Cell) => string;
  readonly isId: (id: string) => boolean;
}

/** Undefined for tables that no column partitions. */
export function partitioning(table: Table): Partitioning | undefined {
  return byTime(table) ?? byRange(table);
}

function byTime(table: Table): Partitioning | undefined {
  const partitions = timePartitions(table);
  const field = table.fields.find(({ name }) => name === partitions?.field);
  if (!partitions || !field) return undefined;
  const digits = DIGITS[partitions.unit];
  return {
    field: field.name,
    sql: `strftime(CAST(${quoteIdentifier(field.name)} AS TIMESTAMP), '${FORMATS[partitions.unit]}')`,
    idOf: (cell) =>
      String(encodeValue(storedValue(cell, field), field, 'iso8601'))
        .replaceAll(/\D/g, '')
        .slice(0, digits),
    isId: (id) => /^\d+$/.test(id) && id.length === digits,
  };
}

function byRange({ fields, metadata }: Table): Partitioning | undefined {
  const { field: name, range } = recordOf(metadata['rangePartitioning']);
  const field = fields.find((one) => one.name.toLowerCase() === textOf(name)?.toLowerCase());
  if (!field) return undefined;
  const [start, end, interval] = ['start', 'end', 'interval'].map((key) => Number(recordOf(range)[key])) as [
    number,
    number,
    number,
  ];
  const column = quoteIdentifier(field.name);
  const outside = '__UNPARTITIONED__';
  return {
    field: field.name,
    sql: `CASE WHEN ${column} < ${start} OR ${column} >= ${end} THEN '${outside}'
      ELSE CAST(${column} - (${column} - ${start}) % ${interval} AS VARCHAR) END`,
    idOf(cell) {
      const value = Number(cell);
      return value < start || value >= end ? outside : String(value - ((value - start) % interval));
    },
    isId: (id) => /^-?\d+$/.test(id) && (Number(id) - start) % interval === 0,
  };
}

const OF_NULL = '__NULL__';

/** The id of a row's partition, in DuckDB's SQL. */
export const partitionIdSql = ({ sql }: Partitioning) => `COALESCE(${sql}, '${OF_NULL}')`;

function partitionOf(table: Table, id: string): Partition {
  const parts = partitioning(table);
  if (!parts) {
    if (table.metadata['timePartitioning'] !== undefined)
      throw notImplemented('A partition of a table partitioned by time of ingestion');
    throw invalid(`Partition $${id} of table ${tableName(table.ref)}: the table is not partitioned.`);
  }
  if (id.startsWith('__') && id !== OF_NULL) throw notImplemented(`Partition $${id}`);
  if (id !== OF_NULL && !parts.isId(id))
    throw invalid(`Invalid partition decorator "$${id}" for table ${tableName(table.ref)}.`);
  const position = table.fields.findIndex(({ name }) => name === parts.field);
  return {
    id,
    where: `${partitionIdSql(parts)} = ${quoteString(id)}`,
    holds(row) {
      const cell = row[position] ?? null;
      return (cell === null ? OF_NULL : parts.idOf(cell)) === id;
    },
  };
}

export const otherPartition = (id: string) =>
  `Some rows belong to different partitions rather than destination partition ${id}`;
