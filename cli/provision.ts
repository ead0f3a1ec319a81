// Brings dataset, tables and views to what bigquery-schemas/ says. Idempotent: what is there stays, missing columns
// are added, views are replaced; nothing is dropped or narrowed, and rows are kept for less long only when asked for.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BigQuery, type Dataset } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { DATASET_OPTIONS, SCHEMAS, TABLES, type Table } from './tables.ts';

export interface ProvisionOptions {
  readonly project: string;
  /** Default `analytics_production`. */
  readonly dataset?: string;
  /** Location of a dataset that has to be created. Default `asia-northeast1`. */
  readonly location?: string;
  /** Variables of the local suite; `BIGQUERY_EMULATOR_HOST` leads there. Empty for the real service. */
  readonly env?: Readonly<Record<string, string>>;
  /** Sets partition expiry and time travel where they differ. Rows that are older go at once, so it has to be asked for. */
  readonly retention?: boolean;
  readonly log?: (line: string) => void;
}

/** The dataset's name unless a param says otherwise, as in the functions. */
export const DATASET = 'analytics_production';

const VIEWS = path.join(SCHEMAS, 'views');

type Log = (line: string) => void;

export async function provision(options: ProvisionOptions): Promise<void> {
  const {
    project,
    dataset: name = DATASET,
    location = 'asia-northeast1',
    env = {},
    retention = false,
  } = options;
  const log = options.log ?? (() => undefined);
  const apiEndpoint = env['BIGQUERY_EMULATOR_HOST'];
  // Locally there are no credentials to look for.
  const local = apiEndpoint ? { apiEndpoint, authClient: new PassThroughClient() } : {};
  const bigquery = new BigQuery({ projectId: project, ...local });
  const dataset = bigquery.dataset(name);
  const [exists] = await dataset.exists();
  if (!exists) {
    await dataset.create({ location, ...DATASET_OPTIONS });
    log(`created dataset ${name}`);
  } else await ensureTimeTravel(dataset, retention, log);
  for (const [table, wanted] of TABLES) {
    log(await ensureTable(dataset, table, wanted));
    await ensureExpiry(dataset, table, wanted, retention, log);
  }
  for (const file of readdirSync(VIEWS).toSorted()) {
    const query = readFileSync(path.join(VIEWS, file), 'utf8').replaceAll('${dataset}', name);
    log(await ensureView(dataset, path.parse(file).name, query));
  }
}

const DAY_MS = 86_400_000;
const HOW_TO_KEEP_LESS = '"provision --retention" sets it, and what is older goes';

async function ensureTimeTravel(dataset: Dataset, retention: boolean, log: Log): Promise<void> {
  const { maxTimeTravelHours: wanted } = DATASET_OPTIONS;
  const [{ maxTimeTravelHours = '168' }] = await dataset.getMetadata();
  if (String(maxTimeTravelHours) === wanted) return;
  if (retention) await dataset.setMetadata({ maxTimeTravelHours: wanted });
  log(
    `time travel of ${maxTimeTravelHours} hours, wanted ${wanted}: ${retention ? 'set' : HOW_TO_KEEP_LESS}`,
  );
}

async function ensureExpiry(
  dataset: Dataset,
  name: string,
  { timePartitioning }: Table,
  retention: boolean,
  log: Log,
): Promise<void> {
  const wanted = timePartitioning.expirationMs;
  const table = dataset.table(name);
  const [metadata] = await table.getMetadata();
  const now: string | undefined = metadata.timePartitioning?.expirationMs;
  if (wanted === undefined || now === wanted) return;
  if (retention) {
    await table.setMetadata({ timePartitioning: { ...metadata.timePartitioning, expirationMs: wanted } });
  }
  const kept = now === undefined ? 'for ever' : `${Number(now) / DAY_MS} days`;
  log(
    `table ${name} keeps rows ${kept}, wanted ${Number(wanted) / DAY_MS} days: ${retention ? 'set' : HOW_TO_KEEP_LESS}`,
  );
}

async function ensureTable(dataset: Dataset, name: string, wanted: Table): Promise<string> {
  const table = dataset.table(name);
  const [exists] = await table.exists();
  if (!exists) {
    await dataset.createTable(name, { ...wanted });
    return `created table ${name}`;
  }
  const [metadata] = await table.getMetadata();
  const present = new Set((metadata.schema?.fields ?? []).map((field: { name: string }) => field.name));
  const missing = wanted.schema.fields.filter((field) => !present.has(field.name));
  if (missing.length === 0) return `table ${name} is as wanted`;
  // A column added to a table that has rows cannot be REQUIRED.
  const added = missing.map((field) => ({
    ...field,
    mode: field.mode === 'REQUIRED' ? 'NULLABLE' : field.mode,
  }));
  await table.setMetadata({ schema: { fields: [...metadata.schema.fields, ...added] } });
  return `added to table ${name}: ${missing.map((field) => field.name).join(', ')}`;
}

async function ensureView(dataset: Dataset, name: string, query: string): Promise<string> {
  const view = dataset.table(name);
  const [exists] = await view.exists();
  const definition = { view: { query, useLegacySql: false } };
  if (!exists) {
    await dataset.createTable(name, definition);
    return `created view ${name}`;
  }
  await view.setMetadata(definition);
  return `view ${name} is as wanted`;
}
