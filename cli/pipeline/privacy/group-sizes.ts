// How large the groups are that share their quasi-identifiers, in GoogleSQL over the newest versions: for everything
// that an attacker may know (each combination of quasi-identifiers) how many rows and persons stand alone.
import type { BigQuery } from '@google-cloud/bigquery';
import { z } from 'zod';
import type { Pipeline } from '../../../functions/pipelines/pipeline.ts';
import { personColumn } from './published-view.ts';
import { quasiIdentifiersOf } from './quasi-identifiers.ts';

/** What becomes of those who know these things about a person. */
export interface GroupSizes {
  readonly known: readonly string[];
  readonly groups: number;
  readonly rows: number;
  readonly persons: number;
  /** Persons in the smallest group: the k of k-anonymity. 0 without rows. */
  readonly k: number;
  /** Distinct sensitive values in the least diverse group: the l of l-diversity. NULL is no value. */
  readonly l: number;
  /** In groups of one person. */
  readonly aloneRows: number;
  readonly alonePersons: number;
  /** In groups of fewer persons than asked for. */
  readonly smallGroups: number;
  readonly smallRows: number;
}

export interface Group {
  readonly persons: number;
  readonly rows: number;
  /** Distinct sensitive values. */
  readonly l: number;
  /** By quasi-identifier. */
  readonly values: Readonly<Record<string, string | null>>;
}

const number = z.coerce.number();
const sizesSchema = z.object({
  combination: number,
  groups: number,
  rows_in: number,
  persons: number,
  k: number,
  l: number,
  alone_rows: number,
  alone_persons: number,
  small_groups: number,
  small_rows: number,
});
const groupSchema = z.object({ persons: number, rows_in: number, l: number, quasi: z.string() });

/** One for each combination, those of few quasi-identifiers first; all of them together last. */
export async function groupSizes(
  bigquery: BigQuery,
  dataset: string,
  pipeline: Pipeline,
  k: number,
): Promise<readonly GroupSizes[]> {
  const labels = quasiIdentifiersOf(pipeline).map(({ label }) => label);
  const names = labels.map((_, i) => `q${i}`);
  // A combination is a number whose bits say what is known: all of them are counted in one pass over the table.
  const all = 2 ** labels.length - 1;
  const known = names.map((name, i) => `IF(combination & ${1 << i} != 0, ${name}, NULL) AS ${name}`);
  const group = `PARTITION BY combination, ${names.join(', ')}`;
  const query = `${factsOf(bigquery, dataset, pipeline)},
known AS (
  SELECT person, sensitive, combination, ${known.join(', ')}
  FROM facts CROSS JOIN UNNEST(GENERATE_ARRAY(1, ${all})) AS combination
),
grouped AS (
  SELECT combination, person,
    COUNT(DISTINCT person) OVER (${group}) AS k,
    COUNT(DISTINCT sensitive) OVER (${group}) AS l,
    ROW_NUMBER() OVER (${group} ORDER BY person) AS nth
  FROM known
)
SELECT combination, COUNTIF(nth = 1) AS \`groups\`, COUNT(*) AS rows_in, COUNT(DISTINCT person) AS persons,
  MIN(k) AS k, MIN(l) AS l,
  COUNTIF(k = 1) AS alone_rows, COUNT(DISTINCT IF(k = 1, person, NULL)) AS alone_persons,
  COUNTIF(nth = 1 AND k < @k) AS small_groups, COUNTIF(k < @k) AS small_rows
FROM grouped
GROUP BY combination`;
  const [rows] = await bigquery.query({ query, params: { k } });
  const found = new Map(rows.map((row) => sizesSchema.parse(row)).map((sizes) => [sizes.combination, sizes]));
  return Array.from({ length: all }, (_, i) => i + 1)
    .toSorted((a, b) => bitsOf(a) - bitsOf(b) || a - b)
    .map((combination) => {
      const sizes = found.get(combination);
      return {
        known: labels.filter((_, i) => combination & (1 << i)),
        groups: sizes?.groups ?? 0,
        rows: sizes?.rows_in ?? 0,
        persons: sizes?.persons ?? 0,
        k: sizes?.k ?? 0,
        l: sizes?.l ?? 0,
        aloneRows: sizes?.alone_rows ?? 0,
        alonePersons: sizes?.alone_persons ?? 0,
        smallGroups: sizes?.small_groups ?? 0,
        smallRows: sizes?.small_rows ?? 0,
      };
    });
}

function bitsOf(combination: number): number {
  return combination === 0 ? 0 : (combination & 1) + bitsOf(combination >> 1);
}

/** The groups of the fewest persons, by all quasi-identifiers together. */
export async function smallestGroups(
  bigquery: BigQuery,
  dataset: string,
  pipeline: Pipeline,
  limit: number,
): Promise<readonly Group[]> {
  const columns = quasiIdentifiersOf(pipeline).map(({ column }) => column);
  const all = columns.map((_, i) => `q${i}`);
  const texts = all.map((name) => `CAST(${name} AS STRING)`);
  const query = `${factsOf(bigquery, dataset, pipeline)}
SELECT COUNT(DISTINCT person) AS persons, COUNT(*) AS rows_in, COUNT(DISTINCT sensitive) AS l,
  TO_JSON_STRING([${texts.map((text) => `COALESCE(CONCAT('=', ${text}), '')`).join(', ')}]) AS quasi
FROM facts
GROUP BY ${all.join(', ')}
ORDER BY persons, rows_in, quasi
LIMIT ${limit}`;
  const [rows] = await bigquery.query({ query });
  return rows.map((row) => {
    const { quasi, rows_in, ...same } = groupSchema.parse(row);
    const values = z.array(z.string()).parse(JSON.parse(quasi));
    return {
      ...same,
      rows: rows_in,
      values: Object.fromEntries(columns.map((column, i) => [column, values[i] ? values[i].slice(1) : null])),
    };
  });
}

/** A row for each row of the view: who, what is sensitive, and the quasi-identifiers. */
function factsOf({ projectId }: BigQuery, dataset: string, pipeline: Pipeline): string {
  const { table, reidentification } = pipeline;
  if (!reidentification)
    throw new Error(`Cannot count groups of pipeline "${pipeline.name}": it speaks of no person`);
  const quasi = quasiIdentifiersOf(pipeline).map(({ sql }, i) => `${sql} AS q${i}`);
  return `WITH facts AS (
  SELECT ${personColumn(pipeline)} AS person, ${reidentification.sensitive} AS sensitive, ${quasi.join(', ')}
  FROM \`${projectId}.${dataset}.${table}_latest\`
)`;
}
