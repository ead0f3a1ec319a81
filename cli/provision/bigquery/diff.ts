// How a dataset differs from what bigquery-schemas/ wants, as steps that bring it there. Pure. What BigQuery cannot
// change without loss is refused; rows are kept for less long only when that was asked for.
import type { Table } from '../../tables.ts';
import type { Change, Step } from '../part.ts';
import { diffColumns, NEW_TABLE, type Field } from './columns.ts';
import { reads, type WantedBigQuery } from './wanted.ts';

export interface FoundTable {
  /** `TABLE`, `VIEW`, `MATERIALIZED_VIEW`, … */
  readonly type: string;
  readonly description?: string | undefined;
  readonly fields: readonly Field[];
  readonly timePartitioning?: Table['timePartitioning'] | undefined;
  readonly clustering?: readonly string[] | undefined;
  /** Of a view. */
  readonly query?: string | undefined;
  readonly usesLegacySql?: boolean | undefined;
}

export interface FoundDataset {
  readonly location: string;
  readonly maxTimeTravelHours: string;
  /** Of those that are wanted, the ones that are there. */
  readonly tables: ReadonlyMap<string, FoundTable>;
}

export type BigQueryEdit =
  | { readonly do: 'createDataset'; readonly location: string; readonly maxTimeTravelHours: string }
  | { readonly do: 'setTimeTravel'; readonly maxTimeTravelHours: string }
  | { readonly do: 'createTable'; readonly name: string; readonly table: Table }
  | { readonly do: 'updateTable'; readonly name: string; readonly metadata: TableMetadata }
  | { readonly do: 'widenColumn'; readonly table: string; readonly column: string; readonly type: string }
  | { readonly do: 'createView' | 'replaceView'; readonly name: string; readonly query: string };

/** What an update of a table sets; the rest stays. */
export interface TableMetadata {
  readonly description?: string;
  readonly clustering?: Table['clustering'];
  readonly timePartitioning?: Omit<Table['timePartitioning'], 'expirationMs'> & {
    readonly expirationMs: string | null;
  };
  readonly schema?: { readonly fields: readonly Field[] };
}

type BigQueryStep = Step<BigQueryEdit>;

const KEEP_LESS = 'npm run pipeline -- provision --retention, if what is older may go';
const DAY_MS = 86_400_000;

/** `found` is undefined when there is no dataset. */
export function diffBigQuery(
  found: FoundDataset | undefined,
  wanted: WantedBigQuery,
): readonly BigQueryStep[] {
  const tables = [...wanted.tables].map(([name, table]) => ({
    name,
    steps: diffTable(name, found?.tables.get(name), table, wanted.retention),
  }));
  /** Tables and views that get columns, and those of which a type changes: a view remembers what it reads. */
  const sources = (kind: Change['kind']) =>
    new Set(
      tables.filter(({ steps }) => steps.some((step) => hasChange(step, kind))).map(({ name }) => name),
    );
  const [grown, widened] = [sources('add'), sources('widen')];
  const views = [...wanted.views].flatMap(([name, query]) => {
    const readsOneOf = (names: ReadonlySet<string>) => [...names].some((source) => reads(query, source));
    const [isGrown, isWidened] = [/SELECT \*/i.test(query) && readsOneOf(grown), readsOneOf(widened)];
    if (isGrown) grown.add(name);
    if (isWidened) widened.add(name);
    return diffView(name, found?.tables.get(name), query, isGrown || isWidened);
  });
  return [...diffDataset(found, wanted), ...tables.flatMap(({ steps }) => steps), ...views];
}

function diffDataset(found: FoundDataset | undefined, wanted: WantedBigQuery): BigQueryStep[] {
  const { location, options, retention } = wanted;
  const { maxTimeTravelHours } = options;
  const what = `dataset ${wanted.dataset}`;
  if (!found) {
    const to = `in ${location}, time travel of ${maxTimeTravelHours} hours`;
    const edit = { do: 'createDataset', location, maxTimeTravelHours } as const;
    return [{ changes: [{ kind: 'create', what, to }], edit }];
  }
  const steps: BigQueryStep[] = [];
  if (found.location.toLowerCase() !== location.toLowerCase()) {
    const why = 'a dataset cannot move';
    const remedy = `pass --location ${found.location} if it is to stay there; else name a new dataset in BIGQUERY_DATASET, provision, deploy, and copy the rows`;
    steps.push(refused({ kind: 'refuse', what, from: found.location, to: location, why, remedy }));
  }
  if (found.maxTimeTravelHours !== maxTimeTravelHours) {
    const [from, to] = [`time travel of ${found.maxTimeTravelHours} hours`, `${maxTimeTravelHours} hours`];
    const keepsLess = Number(maxTimeTravelHours) < Number(found.maxTimeTravelHours);
    const edit = { do: 'setTimeTravel', maxTimeTravelHours } as const;
    steps.push(keepFor({ what, from, to }, keepsLess, retention, edit));
  }
  return steps;
}

/** A change of how long something is kept: for longer at once, for less long when asked for. */
function keepFor(
  change: Omit<Change, 'kind'>,
  keepsLess: boolean,
  retention: boolean,
  edit: BigQueryEdit,
): BigQueryStep {
  if (!keepsLess) return { changes: [{ ...change, kind: 'set' }], edit };
  if (retention) return { changes: [{ ...change, kind: 'set', why: 'what is older goes' }], edit };
  return refused({ ...change, kind: 'refuse', why: 'what is older would go at once', remedy: KEEP_LESS });
}

function diffTable(
  name: string,
  found: FoundTable | undefined,
  wanted: Table,
  retention: boolean,
): readonly BigQueryStep[] {
  const what = `table ${name}`;
  if (!found) {
    const { type, field } = wanted.timePartitioning;
    const to = `${wanted.schema.fields.length} columns, one partition per ${type} of ${field}`;
    return [{ changes: [{ kind: 'create', what, to }], edit: { do: 'createTable', name, table: wanted } }];
  }
  if (found.type !== 'TABLE') return [otherKind(what, found, 'TABLE')];

  const columns = diffColumns(name, found.fields, wanted.schema.fields);
  const changes: Change[] = [];
  if (wanted.description !== (found.description ?? '')) {
    changes.push({ kind: 'describe', what, from: found.description, to: wanted.description });
  }
  const [clusteredBy, clusterBy] = [found.clustering ?? [], wanted.clustering.fields];
  if (clusteredBy.join() !== clusterBy.join()) {
    const [from, to] = [clusteredBy, clusterBy].map((list) => `clustered by ${list.join(', ') || 'nothing'}`);
    changes.push({ kind: 'set', what, from, to, why: 'rows that are there are sorted anew by and by' });
  }
  const metadata: TableMetadata = {
    ...(changes.some(({ kind }) => kind === 'describe') ? { description: wanted.description } : {}),
    ...(changes.some(({ kind }) => kind === 'set') ? { clustering: wanted.clustering } : {}),
    ...(columns.changes.length > 0 ? { schema: { fields: columns.fields } } : {}),
  };
  changes.push(...columns.changes);
  return [
    ...(changes.length > 0 ? [{ changes, edit: { do: 'updateTable', name, metadata } as const }] : []),
    ...diffPartitioning(name, found, wanted, retention),
    ...columns.widened.map(({ column, type, change }) => ({
      changes: [change],
      edit: { do: 'widenColumn', table: name, column, type } as const,
    })),
    ...[...columns.refused, ...columns.left].map(refused),
  ];
}

function diffPartitioning(
  name: string,
  { timePartitioning: found }: FoundTable,
  { timePartitioning: wanted }: Table,
  retention: boolean,
): BigQueryStep[] {
  const what = `table ${name}`;
  if (found?.type !== wanted.type || found.field !== wanted.field) {
    const from = found ? `one partition per ${found.type} of ${found.field}` : 'not partitioned by time';
    const to = `one partition per ${wanted.type} of ${wanted.field}`;
    const why = 'the partitioning of a table cannot be changed';
    return [refused({ kind: 'refuse', what, from, to, why, remedy: NEW_TABLE })];
  }
  if (found.expirationMs === wanted.expirationMs) return [];
  const kept = ({ expirationMs }: Table['timePartitioning']) =>
    expirationMs === undefined ? 'for ever' : `for ${Number(expirationMs) / DAY_MS} days`;
  const { type, field, expirationMs = null } = wanted;
  const keepsLess = Number(wanted.expirationMs ?? Infinity) < Number(found.expirationMs ?? Infinity);
  const edit = {
    do: 'updateTable',
    name,
    metadata: { timePartitioning: { type, field, expirationMs } },
  } as const;
  return [keepFor({ what, from: `rows kept ${kept(found)}`, to: kept(wanted) }, keepsLess, retention, edit)];
}

/** `isStale`: the columns of what it reads change in this plan. */
function diffView(
  name: string,
  found: FoundTable | undefined,
  query: string,
  isStale: boolean,
): readonly BigQueryStep[] {
  const what = `view ${name}`;
  if (!found) return [{ changes: [{ kind: 'create', what }], edit: { do: 'createView', name, query } }];
  if (found.type !== 'VIEW') return [otherKind(what, found, 'VIEW')];
  const isOther = found.query?.trimEnd() !== query || found.usesLegacySql === true;
  if (!isOther && !isStale) return [];
  const why = isOther ? 'its query is another' : 'what it reads gets other columns, and it remembers them';
  return [{ changes: [{ kind: 'replace', what, why }], edit: { do: 'replaceView', name, query } }];
}

function otherKind(what: string, { type }: FoundTable, wanted: string): BigQueryStep {
  const why = 'something else has the name';
  const remedy = 'rename or remove what is there, if nobody needs it';
  return refused({ kind: 'refuse', what, from: type, to: wanted, why, remedy });
}

const refused = (change: Change): BigQueryStep => ({ changes: [change] });

function hasChange({ changes, edit }: BigQueryStep, wanted: Change['kind']): boolean {
  return edit !== undefined && changes.some(({ kind }) => kind === wanted);
}
