// Deletes people's rows from BigQuery, behind a port: many people in one statement, because each scans the table.
import type { BigQuery } from '@google-cloud/bigquery';
import * as z from 'zod';
import type { Pipeline } from '../pipelines/pipeline.ts';
import { ServiceError } from '../steps/service-error.ts';
import { readRequestError } from './bigquery-error.ts';
import { property } from './client-error.ts';
import type { RowSinkConfig } from './row-sink.ts';

/** One person in one table. */
export interface RowsOfPerson {
  /** The person's pseudonyms, under every key. */
  readonly cells: readonly string[];
  /** Of versions up to this time. */
  readonly until: Date;
}

export interface RowEraser {
  /** How many rows each of them has. Throws a ServiceError. */
  count(pipeline: Pipeline, column: string, persons: readonly RowsOfPerson[]): Promise<readonly number[]>;
  /** `streamed`: BigQuery holds some of the rows in its streaming buffer, and nothing was deleted. */
  remove(
    pipeline: Pipeline,
    column: string,
    persons: readonly RowsOfPerson[],
  ): Promise<'removed' | 'streamed'>;
  /** Deletes what a rotation of keys noted of these pseudonyms (docs/privacy.md, "Rotation"), if it noted anything. */
  unlink(column: string, cells: readonly string[]): Promise<void>;
  /** How far back the dataset's rows can be read after they were deleted, in ms. */
  timeTravelMs(): Promise<number>;
}

const HOUR_MS = 3_600_000;
/** https://cloud.google.com/bigquery/docs/time-travel#configure_the_time_travel_window */
const DEFAULT_TIME_TRAVEL_HOURS = 168;
const counted = z.object({ person: z.coerce.number(), found: z.coerce.number() });

export function createRowEraser(
  connect: () => Promise<BigQuery>,
  { project, dataset }: RowSinkConfig,
): RowEraser {
  const failed = (operation: string, error: unknown) =>
    new ServiceError(readRequestError({ service: 'bigquery', operation }, error));
  const tableOf = ({ table }: Pipeline) => `\`${project}.${dataset}.${table}\``;
  const paramsOf = (client: BigQuery, persons: readonly RowsOfPerson[]) => ({
    marks: persons.flatMap(({ cells, until }, person) =>
      cells.map((cell) => ({ person, cell, until: client.timestamp(until) })),
    ),
  });

  return {
    async count(pipeline, column, persons) {
      const query = `SELECT mark.person AS person, COUNT(*) AS found
        FROM ${tableOf(pipeline)} AS t JOIN UNNEST(@marks) AS mark
        ON t.${column} = mark.cell AND t.source_updated_at <= mark.until
        GROUP BY person`;
      try {
        const client = await connect();
        const [rows] = await client.query({ query, params: paramsOf(client, persons) });
        const found = new Map(rows.map((row) => counted.parse(row)).map((row) => [row.person, row.found]));
        return persons.map((_, person) => found.get(person) ?? 0);
      } catch (error) {
        throw failed('count rows of persons', error);
      }
    },

    async remove(pipeline, column, persons) {
      const query = `DELETE FROM ${tableOf(pipeline)} AS t
        WHERE EXISTS (
          SELECT 1 FROM UNNEST(@marks) AS mark
          WHERE mark.cell = t.${column} AND t.source_updated_at <= mark.until
        )`;
      try {
        const client = await connect();
        await client.query({ query, params: paramsOf(client, persons) });
        return 'removed';
      } catch (error) {
        if (isAboutStreamedRows(error)) return 'streamed';
        throw failed('delete rows of persons', error);
      }
    },

    async unlink(column, cells) {
      const query = `DELETE FROM \`${project}.${dataset}_restricted.pseudonym_bridge\`
        WHERE column_name = @column AND (old_pseudonym IN UNNEST(@cells) OR new_pseudonym IN UNNEST(@cells))`;
      try {
        await (await connect()).query({ query, params: { column, cells } });
      } catch (error) {
        const failure = failed('delete pairs of pseudonyms', error);
        if (failure.details.httpStatus !== 404) throw failure;
      }
    },

    async timeTravelMs() {
      try {
        const [metadata] = await (await connect()).dataset(dataset, { projectId: project }).getMetadata();
        return Number(metadata.maxTimeTravelHours ?? DEFAULT_TIME_TRAVEL_HOURS) * HOUR_MS;
      } catch (error) {
        throw failed('get dataset', error);
      }
    },
  };
}

/** `UPDATE or DELETE statement over table … would affect rows in the streaming buffer, which is not supported`. */
function isAboutStreamedRows(error: unknown): boolean {
  return /streaming buffer/i.test(String(property(error, 'message')));
}
