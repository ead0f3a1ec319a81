// Partitions of stored tables: what decides them, which are too old, which queries must name them.
import type { Table } from '../catalog.ts';
import { ApiError, invalidQuery, notImplemented } from '../errors.ts';
import { isRecord, textOf } from '../request.ts';
import { quoteIdentifier } from '../schema.ts';
import type { Token } from './lex.ts';

export interface TimePartitions {
  readonly field: string;
  readonly unit: 'HOUR' | 'DAY' | 'MONTH' | 'YEAR';
  readonly expirationMs: number | undefined;
}

/** The partitioning by a column of time; undefined for other tables, also those by time of ingestion. */
export function timePartitions({ kind, fields, metadata }: Table): TimePartitions | undefined {
  const given = metadata['timePartitioning'];
  if (kind !== 'TABLE' || !isRecord(given)) return undefined;
  const name = textOf(given['field'])?.toLowerCase();
  const field = fields.find((one) => one.name.toLowerCase() === name);
  if (!field) return undefined;
  const { type, expirationMs } = given;
  return {
    field: field.name,
    unit: type === 'HOUR' || type === 'MONTH' || type === 'YEAR' ? type : 'DAY',
    expirationMs: expirationMs === undefined ? undefined : Number(expirationMs),
  };
}

const UNIT_START = { YEAR: 4, MONTH: 7, DAY: 10, HOUR: 13 } as const;

/** The beginning of a partition, as `2026-01-02 03:00:00`. */
function startOf(unit: keyof typeof UNIT_START, ms: number): string {
  const text = new Date(ms).toISOString().slice(0, UNIT_START[unit]).replace('T', ' ');
  return `${text}${'0000-01-01 00:00:00'.slice(text.length)}`;
}

/**
 * The time of ingestion that every row of the tables has. Rows carry none of their own: it is known as long as
 * the table is no older than the partition that rows go to now.
 */
export function ingestionTime(tables: readonly Table[], nowMs: number): string {
  const starts = new Set<string>();
  for (const { kind, metadata, createdMs, ref } of tables) {
    const given = metadata['timePartitioning'];
    if (kind !== 'TABLE' || !isRecord(given) || textOf(given['field']) !== undefined) continue;
    const { type } = given;
    const unit = type === 'HOUR' || type === 'MONTH' || type === 'YEAR' ? type : 'DAY';
    if (startOf(unit, createdMs) !== startOf(unit, nowMs))
      throw notImplemented(`_PARTITIONTIME of ${ref.tableId}, which may have rows of several partitions,`);
    starts.add(startOf(unit, nowMs));
  }
  const [start] = starts;
  if (start === undefined) throw invalidQuery('Unrecognized name: _PARTITIONTIME');
  if (starts.size > 1) throw notImplemented('_PARTITIONTIME of tables with different units');
  return start;
}

/** The condition of rows whose partition is older than the table keeps them. */
export function expiredRows(table: Table, nowMs: number): string | undefined {
  const partitions = timePartitions(table);
  if (partitions?.expirationMs === undefined) return undefined;
  const oldest = new Date(nowMs - partitions.expirationMs).toISOString();
  const start = `CAST(date_trunc('${partitions.unit}', ${quoteIdentifier(partitions.field)}) AS TIMESTAMP)`;
  return `${start} <= TIMESTAMP '${oldest}'`;
}

/** Throws when a table wants a filter on its partitions and the statement names none. */
export function checkPartitionFilter(tokens: readonly Token[], table: Table): void {
  const { metadata, ref } = table;
  const time = metadata['timePartitioning'];
  const required =
    metadata['requirePartitionFilter'] === true ||
    (isRecord(time) && time['requirePartitionFilter'] === true);
  if (!required) return;
  const range = metadata['rangePartitioning'];
  const column =
    timePartitions(table)?.field ??
    (isRecord(range) ? textOf(range['field']) : undefined) ??
    '_PARTITIONTIME';
  const from = tokens.findIndex(({ text }) => /^(WHERE|ON)$/i.test(text));
  const named = (token: Token) => token.value.toLowerCase().split('.').at(-1) === column.toLowerCase();
  if (from >= 0 && tokens.slice(from).some(named)) return;
  throw new ApiError(
    400,
    'invalidQuery',
    `Cannot query over table '${ref.projectId}.${ref.datasetId}.${ref.tableId}' without a filter over column(s) '${column}' that can be used for partition elimination`,
    'query',
  );
}
