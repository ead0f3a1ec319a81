// BigQuery as a part of the set-up: the dataset, its tables and views, read and changed over REST.
import { z } from 'zod';
import type { Api } from '../api.ts';
import { ApiError, definePart, type AnyPart } from '../part.ts';
import { sqlType, type Field } from './columns.ts';
import { diffBigQuery, type BigQueryEdit, type FoundDataset, type FoundTable } from './diff.ts';
import type { WantedBigQuery } from './wanted.ts';

/** BigQuery's own, where a dataset says nothing. */
const DEFAULT_TIME_TRAVEL_HOURS = '168';

const datasetSchema = z.object({
  location: z.string(),
  maxTimeTravelHours: z.coerce.string().default(DEFAULT_TIME_TRAVEL_HOURS),
});

/** Loose: what an update does not name of a column would be lost. */
const fieldSchema: z.ZodType<Field> = z.looseObject({
  name: z.string(),
  type: z.string(),
  mode: z.string().exactOptional(),
  description: z.string().exactOptional(),
  get fields() {
    return z.array(fieldSchema).exactOptional();
  },
});

const tableSchema = z
  .object({
    type: z.string(),
    description: z.string().optional(),
    schema: z.object({ fields: z.array(fieldSchema).default([]) }).default({ fields: [] }),
    timePartitioning: z
      .object({
        type: z.string(),
        field: z.string().default('the time of ingestion'),
        expirationMs: z.coerce.string().exactOptional(),
      })
      .optional(),
    clustering: z.object({ fields: z.array(z.string()) }).optional(),
    view: z.object({ query: z.string(), useLegacySql: z.boolean().optional() }).optional(),
  })
  .transform(({ schema, clustering, view, ...rest }): FoundTable => ({
    ...rest,
    fields: schema.fields,
    clustering: clustering?.fields,
    query: view?.query,
    usesLegacySql: view?.useLegacySql,
  }));

const queryAnswer = z.object({
  jobComplete: z.boolean(),
  errors: z.array(z.object({ message: z.string() })).optional(),
});

/** `project`: of the dataset. */
export function createBigQueryPart(api: Api, project: string, wanted: WantedBigQuery): AnyPart {
  const { dataset } = wanted;
  const datasets = `/bigquery/v2/projects/${project}/datasets`;
  const tables = `${datasets}/${dataset}/tables`;

  async function readTable(name: string): Promise<[string, FoundTable] | undefined> {
    const found = await api.get(`${tables}/${name}`);
    return found === undefined ? undefined : [name, tableSchema.parse(found)];
  }

  async function apply(edit: BigQueryEdit): Promise<void> {
    switch (edit.do) {
      case 'createDataset': {
        const { location, maxTimeTravelHours } = edit;
        const datasetReference = { projectId: project, datasetId: dataset };
        await api.post(datasets, { datasetReference, location, maxTimeTravelHours });
        break;
      }
      case 'setTimeTravel':
        await api.patch(`${datasets}/${dataset}`, { maxTimeTravelHours: edit.maxTimeTravelHours });
        break;
      case 'createTable':
        await api.post(tables, { tableReference: referenceOf(edit.name), ...edit.table });
        break;
      case 'updateTable':
        await api.patch(`${tables}/${edit.name}`, edit.metadata);
        break;
      case 'widenColumn':
        await widen(edit.table, edit.column, sqlType(edit.type));
        break;
      case 'createView':
        await api.post(tables, { tableReference: referenceOf(edit.name), view: viewOf(edit.query) });
        break;
      case 'replaceView':
        await api.patch(`${tables}/${edit.name}`, { view: viewOf(edit.query) });
        break;
    }
  }

  const referenceOf = (tableId: string) => ({ projectId: project, datasetId: dataset, tableId });
  const viewOf = (query: string) => ({ query, useLegacySql: false });

  /** The API has no other way to change a type. */
  async function widen(table: string, column: string, type: string): Promise<void> {
    const query = `ALTER TABLE \`${project}.${dataset}.${table}\` ALTER COLUMN \`${column}\` SET DATA TYPE ${type}`;
    const body = { query, useLegacySql: false, timeoutMs: 20_000 };
    const { jobComplete, errors } = queryAnswer.parse(
      await api.post(`/bigquery/v2/projects/${project}/queries`, body),
    );
    const message =
      errors?.[0]?.message ?? (jobComplete ? undefined : 'not done yet; plan again in a minute');
    if (message !== undefined) throw new ApiError(`ALTER TABLE ${table}`, 200, message);
  }

  return definePart<FoundDataset | undefined, BigQueryEdit>({
    name: 'BigQuery',
    roles: { read: 'roles/bigquery.metadataViewer', change: 'roles/bigquery.dataOwner' },
    async read() {
      const found = await api.get(`${datasets}/${dataset}`);
      if (found === undefined) return undefined;
      const names = [...wanted.tables.keys(), ...wanted.views.keys()];
      const present = await Promise.all(names.map(readTable));
      return {
        ...datasetSchema.parse(found),
        tables: new Map(present.filter((table) => table !== undefined)),
      };
    },
    diff: (found) => diffBigQuery(found, wanted),
    async apply(edit) {
      await apply(edit);
      return undefined;
    },
  });
}
