// Brings dataset, tables and views to what bigquery-schemas/ says. Idempotent: what is there stays, missing columns
// are added, views are replaced; nothing is dropped or narrowed.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BigQuery, type Dataset, type TableMetadata } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';

export interface ProvisionOptions {
  readonly project: string;
  /** Default `analytics_production`. */
  readonly dataset?: string;
  /** Location of a dataset that has to be created. Default `asia-northeast1`. */
  readonly location?: string;
  /** Variables of the local suite; `BIGQUERY_EMULATOR_HOST` leads there. Empty for the real service. */
  readonly env?: Readonly<Record<string, string>>;
  readonly log?: (line: string) => void;
}

/** The dataset's name unless a param says otherwise, as in the functions. */
export const DATASET = 'analytics_production';

const schemas = path.join(import.meta.dirname, '..', 'bigquery-schemas');

export async function provision(options: ProvisionOptions): Promise<void> {
  const { project, dataset: name = DATASET, location = 'asia-northeast1', env = {} } = options;
  const log = options.log ?? (() => undefined);
  const apiEndpoint = env['BIGQUERY_EMULATOR_HOST'];
  // Locally there are no credentials to look for.
  const local = apiEndpoint ? { apiEndpoint, authClient: new PassThroughClient() } : {};
  const bigquery = new BigQuery({ projectId: project, ...local });
  const dataset = bigquery.dataset(name);
  const [exists] = await dataset.exists();
  if (!exists) {
    await dataset.create({ location });
    log(`created dataset ${name}`);
  }
  for (const file of filesIn(schemas, '.json')) {
    const wanted: TableMetadata = JSON.parse(readFileSync(path.join(schemas, file), 'utf8'));
    log(await ensureTable(dataset, path.parse(file).name, wanted));
  }
  for (const file of filesIn(path.join(schemas, 'views'), '.sql')) {
    const query = readFileSync(path.join(schemas, 'views', file), 'utf8').replaceAll('${dataset}', name);
    log(await ensureView(dataset, path.parse(file).name, query));
  }
}

async function ensureTable(dataset: Dataset, name: string, wanted: TableMetadata): Promise<string> {
  const table = dataset.table(name);
  const [exists] = await table.exists();
  if (!exists) {
    await dataset.createTable(name, wanted);
    return `created table ${name}`;
  }
  const [metadata] = await table.getMetadata();
  const present = new Set((metadata.schema?.fields ?? []).map((field: { name: string }) => field.name));
  const missing = fieldsOf(wanted).filter((field) => !present.has(field.name));
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

function fieldsOf(table: TableMetadata): { name: string; type: string; mode: string }[] {
  const { schema } = table;
  return typeof schema === 'object' && 'fields' in schema ? (schema.fields as never) : [];
}

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .toSorted();
}
