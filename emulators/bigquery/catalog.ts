// What exists: datasets, tables and views with their metadata. The rows themselves are the engine's;
// this file never touches them. Every change raises a version, from which the etag is made.
import { createHash } from 'node:crypto';
import { alreadyExists, invalid, notFound, preconditionFailed } from './errors.ts';
import type { Field } from './schema.ts';

export type Metadata = Readonly<Record<string, unknown>>;

export interface TableRef {
  readonly projectId: string;
  readonly datasetId: string;
  readonly tableId: string;
}

export type TableKind = 'TABLE' | 'VIEW' | 'MATERIALIZED_VIEW';

export interface Table {
  readonly ref: TableRef;
  readonly kind: TableKind;
  fields: readonly Field[];
  /** What clients set and get back: description, labels, partitioning, … */
  metadata: Metadata;
  /** Who may do what, as a client said; nothing here asks. */
  policy?: Metadata;
  readonly createdMs: number;
  modifiedMs: number;
  version: number;
}

/** A SQL function `(a INT64, b ANY TYPE) RETURNS INT64 AS (a + b)`, or a procedure, whose body is a script. */
export interface Routine {
  readonly name: string;
  /** Absent for a function that returns a value. */
  readonly kind?: 'PROCEDURE' | 'TABLE_VALUED_FUNCTION';
  readonly parameters: readonly RoutineParameter[];
  readonly returns: string | undefined;
  readonly body: string;
  /** What else was said of it over REST. */
  readonly metadata?: Metadata;
  readonly createdMs: number;
  readonly modifiedMs?: number;
  readonly version?: number;
}

export interface RoutineParameter {
  readonly name: string;
  readonly type: string;
  /** Of a procedure's parameter. */
  readonly mode?: 'IN' | 'OUT' | 'INOUT';
}

export interface Dataset {
  readonly projectId: string;
  readonly datasetId: string;
  metadata: Metadata;
  readonly createdMs: number;
  modifiedMs: number;
  version: number;
  readonly tables: Map<string, Table>;
  readonly routines: Map<string, Routine>;
}

export const datasetName = (projectId: string, datasetId: string) => `${projectId}:${datasetId}`;
export const tableName = (ref: TableRef) => `${ref.projectId}:${ref.datasetId}.${ref.tableId}`;

export function etagOf(name: string, version: number): string {
  return createHash('md5').update(`${name}/${version}`).digest('base64');
}

function tableIn({ tables, metadata }: Dataset, tableId: string): Table | undefined {
  const table = tables.get(tableId);
  if (table || metadata['isCaseInsensitive'] !== true) return table;
  return [...tables.values()].find(({ ref }) => ref.tableId.toLowerCase() === tableId.toLowerCase());
}

export function checkDatasetId(datasetId: string, location = datasetId): void {
  if (!/^[A-Za-z0-9_-]{1,1024}$/.test(datasetId))
    throw invalid(
      `Invalid dataset ID "${datasetId}". Dataset IDs must be alphanumeric (plus underscores and dashes) and must be at most 1024 characters long.`,
      location,
    );
}

export function checkTableId(tableId: string): void {
  if (!/^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]{1,1024}$/u.test(tableId))
    throw invalid(
      `Invalid table ID "${tableId}". Table IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.`,
    );
}

/** The dataset of anonymous results: every project has it, no list shows it, and clients may keep tables in it. */
export const RESULTS_DATASET = '_bq_results';

export class Catalog {
  readonly #datasets = new Map<string, Dataset>();
  /** No table expires before this time. */
  #nextExpiryMs = Infinity;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  datasets(projectId: string): Dataset[] {
    this.#expire();
    return [...this.#datasets.values()].filter(
      (dataset) => dataset.projectId === projectId && dataset.datasetId !== RESULTS_DATASET,
    );
  }

  all(): Dataset[] {
    this.#expire();
    return [...this.#datasets.values()];
  }

  findDataset(projectId: string, datasetId: string): Dataset | undefined {
    this.#expire();
    const found = this.#datasets.get(datasetName(projectId, datasetId));
    return found ?? (datasetId === RESULTS_DATASET ? this.addDataset(projectId, datasetId, {}) : undefined);
  }

  getDataset(projectId: string, datasetId: string): Dataset {
    const dataset = this.findDataset(projectId, datasetId);
    if (!dataset) throw notFound(`Dataset ${datasetName(projectId, datasetId)}`);
    return dataset;
  }

  addDataset(projectId: string, datasetId: string, metadata: Metadata): Dataset {
    const name = datasetName(projectId, datasetId);
    if (this.#datasets.has(name)) throw alreadyExists(`Dataset ${name}`);
    const now = this.#now();
    const dataset: Dataset = {
      projectId,
      datasetId,
      metadata,
      createdMs: now,
      modifiedMs: now,
      version: 1,
      tables: new Map(),
      routines: new Map(),
    };
    this.#datasets.set(name, dataset);
    return dataset;
  }

  removeDataset(dataset: Dataset): void {
    this.#datasets.delete(datasetName(dataset.projectId, dataset.datasetId));
  }

  findTable(ref: TableRef): Table | undefined {
    const dataset = this.findDataset(ref.projectId, ref.datasetId);
    return dataset && tableIn(dataset, ref.tableId);
  }

  getTable(ref: TableRef): Table {
    const dataset = this.getDataset(ref.projectId, ref.datasetId);
    const table = tableIn(dataset, ref.tableId);
    if (!table) throw notFound(`Table ${tableName(ref)}`);
    return table;
  }

  addTable(ref: TableRef, kind: TableKind, fields: readonly Field[], given: Metadata): Table {
    const dataset = this.getDataset(ref.projectId, ref.datasetId);
    if (tableIn(dataset, ref.tableId)) throw alreadyExists(`Table ${tableName(ref)}`);
    const now = this.#now();
    const lifeMs = dataset.metadata['defaultTableExpirationMs'];
    const metadata =
      lifeMs === undefined || given['expirationTime'] !== undefined
        ? given
        : { ...given, expirationTime: String(now + Number(lifeMs)) };
    const table: Table = { ref, kind, fields, metadata, createdMs: now, modifiedMs: now, version: 1 };
    dataset.tables.set(ref.tableId, table);
    this.#noteExpiry(table);
    return table;
  }

  removeTable(table: Table): void {
    this.findDataset(table.ref.projectId, table.ref.datasetId)?.tables.delete(table.ref.tableId);
  }

  /** Notes a change; when the client named an etag, it must be the current one. */
  touch(item: Table | Dataset): void {
    item.version++;
    item.modifiedMs = this.#now();
    if ('ref' in item) this.#noteExpiry(item);
  }

  clear(): void {
    this.#datasets.clear();
    this.#nextExpiryMs = Infinity;
  }

  #noteExpiry({ metadata }: Table): void {
    const at = Number(metadata['expirationTime'] ?? Infinity);
    if (at < this.#nextExpiryMs) this.#nextExpiryMs = at;
  }

  /** Forgets tables whose time is over; their rows go when the name is used again, or with the dataset. */
  #expire(): void {
    const now = this.#now();
    if (now < this.#nextExpiryMs) return;
    this.#nextExpiryMs = Infinity;
    for (const { tables } of this.#datasets.values())
      for (const table of tables.values())
        if (Number(table.metadata['expirationTime'] ?? Infinity) <= now) tables.delete(table.ref.tableId);
        else this.#noteExpiry(table);
  }

  /** Everything, as JSON that `load` reads. */
  dump(): string {
    return JSON.stringify(
      this.all().map((dataset) => ({
        ...dataset,
        tables: [...dataset.tables.values()],
        routines: [...dataset.routines.values()],
      })),
    );
  }

  /** Returns what was read; it replaces datasets of the same name. */
  load(json: string): Dataset[] {
    type Dumped = Omit<Dataset, 'tables' | 'routines'> & {
      readonly tables: readonly Table[];
      readonly routines?: readonly Routine[];
    };
    const datasets = (JSON.parse(json) as Dumped[]).map((dataset) => ({
      ...dataset,
      tables: new Map(dataset.tables.map((table) => [table.ref.tableId, table])),
      routines: new Map((dataset.routines ?? []).map((routine) => [routine.name, routine])),
    }));
    for (const dataset of datasets)
      this.#datasets.set(datasetName(dataset.projectId, dataset.datasetId), dataset);
    this.#nextExpiryMs = 0;
    return datasets;
  }
}

/** Throws 412 when the client's etag is not the current one. */
export function checkEtag(given: unknown, current: string): void {
  if (typeof given !== 'string' || given === '' || given === '*') return;
  if (given.replace(/^(W\/)?"|"$/g, '') !== current) throw preconditionFailed();
}
